"""Demo subscriptions on customers, accounts and subscribers: plain and individual, used up to every degree, adjusted."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import Group

from accounts.models import Account
from balances import operations as balance_operations
from balances.models import AdjustmentLimit
from balances.operations.updating import Adjustment
from customers.models import Customer
from ocsportal.care.demo.clock import Clock
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import Entity
from ocsportal.entities.states import NewState
from ocsportal.people import groups
from ocsportal.people.models import User
from ocsportal.transactions import door
from ocsportal.transactions.change import to_millisecond
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from offers import operations
from offers.models import ServiceType, Subscription
from offers.operations.plain import BY_OWNER
from subscribers.models import Subscriber

ACTIVE = NewState(state="ACTIVE", state_reason="dfltActive")
# At once and per day; of everything else Customer Care may give nothing.
LIMITS = {"EUR": ("50", "200"), "MEGABYTE": ("5120", None), "MINUTE": ("120", None)}
# How much of a balance is used, of hundred: nothing, some, past thresholds, everything.
DEGREES = (0, 23, 47, 68, 82, 88, 96, 100)
GOODWILL = ("outage on the motorway cell, agreed on the phone", "roaming bundle did not start, made good", "goodwill")
INDIVIDUAL: tuple[tuple[ServiceType, str, dict[str, object]], ...] = (
    (
        ServiceType.MONETARY_BALANCE,
        "indMonetaryBalance",
        {"grantedBalance": "200.00", "thresholds": ["50", "90"], "rejectWhenExhausted": True},
    ),
    (
        ServiceType.RECURRENT_FEE,
        "indRecurrentFee",
        {"charge": "9.90", "chargeAt": "BILL_CYCLE_START", "everyX": 1, "recurrenceCycles": 24, "taxIncluded": True},
    ),
    (ServiceType.PERCENTAGE_BILLING_DISCOUNT, "indPercentageBillingDiscount", {"percentage": "12.5"}),
    (
        ServiceType.BALANCE,
        "indBalance",
        {"grantedBalance": "2000", "unitsOfMeasurement": "MINUTE", "thresholds": ["80", "95"]},
    ),
    (ServiceType.ONE_TIME_FEE, "indOneTimeFee", {"charge": "25.00", "glCode": "4711"}),
)


def load_subscriptions(people: dict[str, User], seed: int, told: Callable[[int], None] = lambda made: None) -> int:
    """Subscribe the demo's customers, accounts and subscribers that have nothing yet; return how many were made.

    `told` is called after each owner with how many there are by then.
    """
    _limits()
    made = 0
    owners: tuple[tuple[str, type[Entity], float], ...] = (
        ("customer", Customer, 0.15),
        ("account", Account, 0.45),
        ("subscriber", Subscriber, 0.8),
    )
    for kind, model, share in owners:
        rows = model._default_manager.filter(external_id__startswith=f"demo-{seed}-").exclude(state="DEACTIVATED")
        # Who was there at an earlier run had their turn then.
        known = set(
            Subscription.objects.filter(external_id__startswith=f"{kind}-demo-{seed}-").values_list(
                f"{kind}_id", flat=True
            )
        )
        for number, owner in enumerate(rows.order_by("pk")):
            chance = random.Random(f"subscriptions:{owner.external_id}")  # noqa: S311
            if owner.pk not in known and (chance.random() < share or number < len(INDIVIDUAL)):
                made += _Owner(people, chance, kind, owner, number).subscribe()
                told(made)
    return made


def _limits() -> None:
    """Limit what Customer Care may move, where nothing was set up."""
    care = Group.objects.get(name=groups.CARE)
    missing = [unit for unit in LIMITS if not AdjustmentLimit.objects.filter(group=care, unit=unit).exists()]
    for unit in missing:
        each, day = (Decimal(value) if value else None for value in LIMITS[unit])
        limit = AdjustmentLimit(group=care, unit=unit, per_adjustment=each, per_day=day)

        def work(limit: AdjustmentLimit = limit) -> Touched:
            limit.save()
            return Touched([limit])

        door.record("AddAdjustmentLimit", system_change("load_demo"), None, work)


class _Owner(Clock):
    """The subscriptions of one owner, each step at its own time after the owner's last."""

    def __init__(self, people: dict[str, User], chance: random.Random, kind: str, owner: Entity, number: int) -> None:
        super().__init__(people, Ref(ref_id=owner.ref_id), number)
        self.chance, self.kind, self.owner = chance, kind, owner
        self.made = 0

    def timeline(self) -> Iterator[datetime]:
        """Yield moments between the owner's last change and now."""
        moment = self.owner.changed_at
        while True:
            moment += (self.now - moment) * self.chance.uniform(0.05, 0.3)
            yield to_millisecond(moment)

    def _external(self) -> str:
        self.made += 1
        return f"{self.kind}-{self.owner.external_id}-{self.made}"

    def subscribe(self) -> int:
        """Subscribe to a bundle, as a rule to something else too; let it be used and adjusted."""
        bundle = self._plain("dataBundle10") if self.kind != "customer" else None
        if self.kind == "customer" or self.chance.random() < 0.5:
            self._individual(self.number % len(INDIVIDUAL), bundle)
        if self.chance.random() < 0.2:
            self._plain("welcomeDiscount", parent=bundle)
        if bundle is not None:
            self._use(bundle, "data", Decimal("10240"), DEGREES[self.number % len(DEGREES)])
            self._use(bundle, "voice", Decimal("300"), self.chance.choice(DEGREES))
            self._fate(bundle)
        return self.made

    def _plain(self, offer: str, parent: Ref | None = None) -> Ref:
        external_id = self._external()
        BY_OWNER[self.kind](
            self.change("crm-demo", behalf="shop"),
            **{self.kind: self.ref},
            offer=offer,
            external_id=external_id,
            state=ACTIVE,
            parent_offer_subscription=parent,
        )
        return Ref(external_id=external_id)

    def _individual(self, which: int, parent: Ref | None) -> None:
        service_type, offer, values = INDIVIDUAL[which]
        ref = Ref(external_id=self._external())
        operations.SPECIAL[service_type](
            # Beyond what Customer Care may give.
            self.change("bruno", "agreed on the phone, offer of the campaign"),
            **{self.kind: self.ref},
            offer=offer,
            external_id=ref.external_id,
            state=ACTIVE,
            attributes=values,
            priority=self.chance.choice((None, 10, 50)),
            parent_offer_subscription=parent if self.number % 2 else None,
        )
        if service_type == ServiceType.MONETARY_BALANCE:
            self._adjust("crm-demo", ref, None, "-87.40", "")
            self._adjust("maria", ref, None, "12.50", self.chance.choice(GOODWILL))

    def _use(self, ref: Ref, service: str, granted: Decimal, degree: int) -> None:
        """Use a balance up to a degree, in two goes; now and then an agent gives something back."""
        used = granted * degree / 100
        for share in (Decimal("0.6"), Decimal("0.4")):
            if used:
                self._adjust("crm-demo", ref, service, str(-(used * share).quantize(Decimal(1))), "")
        if degree >= 82 and self.chance.random() < 0.4:
            self._adjust("maria", ref, service, "30", self.chance.choice(GOODWILL))

    def _adjust(self, who: str, ref: Ref, service: str | None, amount: str, reason: str) -> None:
        balance_operations.update_subscription_balance(
            self.change(who, reason or "rated usage", "" if reason else "rating"),
            subscription=ref,
            item=Adjustment(service=service, adjustment=amount),
        )

    def _fate(self, ref: Ref) -> None:
        """Suspend a few, plan something for a few."""
        fate = self.number % 12
        if fate == 3:
            state = NewState(state="SUSPENDED", state_reason="dfltSuspended")
            self._state(ref, "maria", "abroad for three months", state)
        elif fate in (5, 8):
            starts = self.now + timedelta(days=self.chance.randint(2, 40))
            state = NewState(
                state="DEACTIVATED", state_reason="customerRequest", state_valid_from=starts, pending=fate == 8
            )
            self._state(ref, "bruno", "cancelled by letter", state)

    def _state(self, ref: Ref, who: str, reason: str, state: NewState) -> None:
        operations.update_subscription_state(self.change(who, reason), subscription=ref, state=state)
