"""Random adjustments against a model of balances in a few lines of plain Python: both must always agree."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from balances import ledger, operations
from balances.models import Balance, LedgerEntry
from balances.operations.updating import Adjustment
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import BusinessTransaction
from offers import operations as offers
from tests.client import RestClient
from tests.offers.world import offer, version

MOST = Decimal(10) ** 12
SERVICES = ("down", "up")
# Mostly small steps, sometimes the edges.
STEPS = st.sampled_from(
    [Decimal(text) for text in ("0", "1", "-1", "0.1", "-0.1", "30", "-30", "70.000001", "-200", "999999999999")]
)
GRANTS = st.sampled_from([None, None, None, Decimal("0"), Decimal("50"), Decimal("100")])


class Model:
    """What the documentation says of one balance, and nothing else."""

    def __init__(self, down: bool) -> None:
        self.down = down
        self.granted = Decimal(100)
        self.entries = [Decimal(100) if down else Decimal(0)]

    @property
    def actual(self) -> Decimal:
        return sum(self.entries, Decimal(0))

    def after(self, absolute: bool, amount: Decimal) -> Decimal:
        return amount if absolute else self.actual + amount

    def refusal(self, absolute: bool, amount: Decimal, granted: Decimal | None) -> str | None:
        after, limit = self.after(absolute, amount), self.granted if granted is None else granted
        if after < 0 or (not self.down and after > limit and after > self.actual):
            return "CASM-BALANCE-INSUFFICIENT"
        return "REQUEST-VALIDATION" if after >= MOST else None

    def do(self, absolute: bool, amount: Decimal, granted: Decimal | None) -> None:
        self.granted = self.granted if granted is None else granted
        self.entries.append(self.after(absolute, amount) - self.actual)

    def grant(self, granted: Decimal) -> None:
        self.granted = granted


Items = list[tuple[str, bool, Decimal, Decimal | None]]


def orders_of(items: Items) -> list[Adjustment]:
    """Return the items as the operations take them."""
    return [
        Adjustment(service=service, granted_balance=granted, **{"balance" if absolute else "adjustment": amount})
        for service, absolute, amount, granted in items
    ]


def machine(make_change: Any) -> type[RuleBasedStateMachine]:
    """Return the machine, whose subscriptions are made by this maker of changes."""
    numbers = iter(range(1_000_000))

    class Balances(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.ref = Ref(external_id=f"machine-{next(numbers)}")
            offers.create_subscription_on_account(
                make_change(),
                account=Ref(external_id="acc-1"),
                offer="machine",
                external_id=self.ref.external_id,
                state=NewState(state="ACTIVE", state_reason="dfltActive"),
            )
            self.models = {"down": Model(True), "up": Model(False)}
            self.rows = {
                row.service.code: row.pk
                for row in Balance.objects.filter(subscription__external_id=self.ref.external_id)
            }
            self.answered: list[tuple[str, list[Adjustment], bool, str]] = []

        def both(self, items: Items, alone: bool = False) -> None:
            """Do it, and demand what the model expects of it."""
            wanted = next(
                (refusal for service, *rest in items if (refusal := self.models[service].refusal(*rest))), None
            )
            if len({service for service, *_ in items}) < len(items):
                wanted = "REQUEST-VALIDATION"
            if self.done(orders_of(items), alone, wanted):
                for service, *rest in items:
                    self.models[service].do(*rest)

        def done(self, orders: list[Adjustment], alone: bool, wanted: str | None = None) -> bool:
            """Send it under a new requestId; demand the refusal that is wanted, or return that it was done."""
            request = f"request-{next(numbers)}"
            answer = self.send(request, orders, alone)
            if wanted is not None:
                assert answer == wanted
                return False
            self.answered.append((request, orders, alone, answer))
            return True

        def send(self, request: str, orders: list[Adjustment], alone: bool) -> str:
            """Return the answer, or the code of the refusal."""
            change = make_change(request_id=request, body=[str(order) for order in orders])
            try:
                if alone:
                    return operations.update_subscription_balance(change, subscription=self.ref, item=orders[0]).answer
                return operations.update_subscription_balances(change, subscription=self.ref, balances=orders).answer
            except OperationRefused as refused:
                return refused.code

        @rule(
            service=st.sampled_from(SERVICES), absolute=st.booleans(), amount=STEPS, granted=GRANTS, alone=st.booleans()
        )
        def one(self, service: str, absolute: bool, amount: Decimal, granted: Decimal | None, alone: bool) -> None:
            self.both([(service, absolute, amount, granted)], alone)

        @rule(first=STEPS, second=STEPS, services=st.permutations(SERVICES))
        def two(self, first: Decimal, second: Decimal, services: list[str]) -> None:
            self.both([(services[0], False, first, None), (services[1], False, second, None)])

        @rule(amount=STEPS, service=st.sampled_from(SERVICES))
        def one_twice(self, amount: Decimal, service: str) -> None:
            self.both([(service, False, amount, None)] * 2)

        @rule(service=st.sampled_from(SERVICES), granted=GRANTS.filter(lambda granted: granted is not None))
        def a_grant_moves_nothing(self, service: str, granted: Decimal) -> None:
            assert self.done([Adjustment(service=service, granted_balance=granted)], alone=True)
            self.models[service].grant(granted)

        @rule(which=st.integers(min_value=0, max_value=30), other=STEPS)
        def an_earlier_one_again(self, which: int, other: Decimal) -> None:
            if not self.answered:
                return
            request, orders, alone, answer = self.answered[which % len(self.answered)]
            before = BusinessTransaction.objects.count()
            assert self.send(request, orders, alone) == answer
            different = [Adjustment(service="down", adjustment=other, reason="another order")]
            assert self.send(request, different, alone) == "REQUEST-ID-CONFLICT"
            assert BusinessTransaction.objects.count() == before

        @invariant()
        def agree(self) -> None:
            if not hasattr(self, "models"):
                return
            for service, model in self.models.items():
                row = Balance.objects.get(pk=self.rows[service])
                assert (row.actual, row.granted, row.entries) == (model.actual, model.granted, len(model.entries))
                entries = LedgerEntry.objects.filter(balance=row).order_by("number")
                assert list(entries.values_list("amount", flat=True)) == model.entries

    return Balances


@pytest.mark.django_db
def test_random_adjustments(owned: RestClient, change: Any) -> None:
    version(
        offer("machine", ("down", "BALANCE")),
        values={"down": {"grantedBalance": "100"}},
    )
    add_counter()
    run_state_machine_as_test(
        machine(change),
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert not ledger.off().exists()


def add_counter() -> None:
    """Give the offer a second service, one that counts up from 0."""
    from offers.models import Offer, OfferService, OfferVersion, ProductService, Service
    from tests.offers.world import as_system

    def work() -> None:
        up = Service.objects.create(code="up", name="up", type="BALANCE", balance_deducted=False)
        found = Offer.objects.get(code="machine")
        ProductService.objects.create(product=found.product, service=up)
        values = {"grantedBalance": "100", "rejectWhenExhausted": True}
        OfferService.objects.create(version_of=OfferVersion.objects.get(offer=found), service=up, values=values)

    as_system(work)
