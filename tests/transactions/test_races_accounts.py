"""Account operations that arrive at once, on real connections: each pair ends as it would have one after the other.

The last test plays a random mix on one tree. `TEST_RACE_ROUNDS=1000 pytest tests/transactions/test_races_accounts.py -k mix`
plays it for longer.
"""

import os
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from accounts import hierarchy
from accounts import operations as accounts
from accounts.models import Account
from customers import operations as customers
from customers.models import Customer
from ocsportal.entities.due import bring_due_into_force
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.change import present
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.verification import findings
from subscribers import operations as subscribers
from subscribers.models import Subscriber
from tests.transactions.test_concurrency import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PAIRS = 6
ROUNDS = int(os.environ.get("TEST_RACE_ROUNDS", "6"))
THREADS, STEPS = 6, 6
REASONS = {"ACTIVE": "dfltActive", "SUSPENDED": "dfltSuspended", "DEACTIVATED": "dfltDeactivated"}
Job = Callable[[], Any]


def deadlocks() -> int:
    """Return how many deadlocks the server has broken in this database."""
    with connection.cursor() as cursor:
        # A backend reports at the end of a transaction, at most once a second; those of the threads have ended.
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def _no_deadlock_and_audited(transactional_db: None) -> Any:
    """Demand that the server broke no deadlock, which the door would have hidden, and that the audit trail holds."""
    before = deadlocks()
    yield
    assert deadlocks() == before
    call_command("verify_audit")


class World:
    """One customer, and what can be ordered on its accounts; every job says `done` or the code that refused it."""

    def __init__(self, change: Any) -> None:
        self.change = change

    def customer(self, name: str = "c") -> str:
        customers.create_customer(self.change(), external_id=name, customer_profile="b2b")
        return name

    def account(self, name: str, parent: str | None = None, customer: str = "c") -> str:
        above = {"parent": Ref(external_id=parent)} if parent else {}
        accounts.create_account(
            self.change(), external_id=name, account_profile="postpaid", customer=Ref(external_id=customer), **above
        )
        return name

    def job(self, operation: Any, **fields: Any) -> Job:
        def run() -> str:
            try:
                operation(self.change(), **fields)
            except OperationRefused as refusal:
                return refusal.code
            return "done"

        return run

    def create(self, name: str, parent: str | None = None, customer: str = "c") -> Job:
        above = {"parent": Ref(external_id=parent)} if parent else {}
        fields = {"external_id": name, "account_profile": "postpaid", "customer": Ref(external_id=customer), **above}
        return self.job(accounts.create_account, **fields)

    def move(self, name: str, parent: str | None) -> Job:
        above = Ref(external_id=parent) if parent else None
        return self.job(accounts.update_account_parent, account=Ref(external_id=name), parent=above)

    def state(self, kind: str, name: str, state: str, below: bool = False, since: Any = None) -> Job:
        operation = {
            "customer": customers.update_customer_state,
            "account": accounts.update_account_state,
            "subscriber": subscribers.update_subscriber_state,
        }[kind]
        new = NewState(state=state, state_reason=REASONS[state], state_valid_from=since)
        return self.job(operation, **{kind: Ref(external_id=name)}, state=new, subordinate_updated=below)

    def cycle(self, name: str, cycle: str, since: Any = None) -> Job:
        given = {"valid_from": since} if since else {}
        return self.job(accounts.update_account_bill_cycle, account=Ref(external_id=name), bill_cycle=cycle, **given)

    def rename(self, name: str) -> Job:
        return self.job(accounts.update_account_custom_name, account=Ref(external_id=name), custom_name="x")


@pytest.fixture
def world(change: Any) -> World:
    made = World(change)
    made.customer()
    return made


def states(*names: str) -> list[str]:
    return [Account.objects.get(external_id=name).state for name in names]


def test_the_end_of_a_customer_and_a_new_account(world: World) -> None:
    for number in range(PAIRS):
        name = world.customer(f"c{number}")
        ended, made = at_once(world.state("customer", name, "DEACTIVATED"), world.create(f"a{number}", customer=name))
        customer = Customer.objects.get(external_id=name)
        outcome = (ended, made, customer.state, Account.objects.filter(customer=customer).count())
        assert outcome in [
            ("done", "CASM-STATE-DEACTIVATED", "DEACTIVATED", 0),
            ("CASM-SUBORDINATES-LIVE", "done", "ACTIVE", 1),
        ]


def test_two_accounts_under_each_other(world: World) -> None:
    for number in range(PAIRS):
        a, b = world.account(f"a{number}"), world.account(f"b{number}")
        assert sorted(at_once(world.move(a, b), world.move(b, a))) == ["CASM-HIERARCHY", "done"]
        parents = {row.external_id: row.parent_id for row in Account.objects.filter(external_id__in=[a, b])}
        assert sorted(parent is None for parent in parents.values()) == [False, True]


def test_a_move_and_the_end_of_the_new_parent(world: World) -> None:
    for number in range(PAIRS):
        a, b = world.account(f"a{number}"), world.account(f"b{number}")
        moved, ended = at_once(world.move(a, b), world.state("account", b, "DEACTIVATED", below=True))
        assert ended == "done"
        assert (moved, *states(a, b)) in [
            ("done", "DEACTIVATED", "DEACTIVATED"),
            ("CASM-STATE-DEACTIVATED", "ACTIVE", "DEACTIVATED"),
        ]


def test_a_cascade_and_a_resume_below(world: World) -> None:
    for number in range(PAIRS):
        name = world.customer(f"c{number}")
        a = world.account(f"a{number}", customer=name)
        world.state("account", a, "SUSPENDED")()
        suspended, resumed = at_once(
            world.state("customer", name, "SUSPENDED", below=True), world.state("account", a, "ACTIVE")
        )
        assert (suspended, resumed) == ("done", "done")
        row = Account.objects.get(external_id=a)
        # Resumed first and then suspended with the customer, or passed over and then resumed.
        imposed = bool(row.state_imposed_by)
        assert (row.state, imposed, row.version) in [("SUSPENDED", True, 4), ("ACTIVE", False, 3)]


def test_cascades_from_two_heights(world: World) -> None:
    for number in range(PAIRS):
        name = world.customer(f"c{number}")
        p = world.account(f"p{number}", customer=name)
        a = world.account(f"a{number}", p, customer=name)
        jobs = [
            world.state("customer", name, "SUSPENDED", below=True),
            world.state("account", p, "SUSPENDED", below=True),
        ]
        assert set(at_once(*jobs)) <= {"done", "CASM-STATE-TRANSITION"}
        mark = Account.objects.get(external_id=a).state_imposed_by.partition(":")[0]
        own = Account.objects.get(external_id=p).state_imposed_by
        # The customer's first: the account's turned it into its own. Either way the nearest counts.
        assert (own, mark) == ("", "account")


def test_the_worker_and_an_agent_on_one_due_plan(world: World) -> None:
    soon = present() + timedelta(hours=1)
    later = soon + timedelta(seconds=1)
    for number in range(2 * PAIRS):
        a, of_state = world.account(f"a{number}"), number % 2 == 0
        plan = world.state("account", a, "SUSPENDED", since=soon) if of_state else world.cycle(a, "monthly15", soon)
        assert plan() == "done"
        brought, renamed = at_once(
            lambda: bring_due_into_force(later),
            lambda a=a: accounts.update_account_custom_name(
                world.change(at=later), account=Ref(external_id=a), custom_name="x"
            ),
        )
        row = Account.objects.select_related("bill_cycle").get(external_id=a)
        assert brought in (0, 1)
        assert renamed.items[0]["object"]["customName"] == "x"
        in_force = (row.state, row.state_valid_from) if of_state else (row.bill_cycle.code, row.cycle_valid_from)
        assert in_force == ("SUSPENDED" if of_state else "monthly15", soon)
        assert (row.version, row.plan_status, row.planned_cycle_id) == (4, "", None)
    # Each plan was brought into force once, by one of the two.
    assert BusinessTransaction.objects.filter(channel="SCHEDULE").count() == 2 * PAIRS


def test_several_workers_bring_each_plan_into_force_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocsportal.entities.due.BATCH", 5)
    soon = present() + timedelta(hours=1)
    names = [world.account(f"a{number}") for number in range(30)]
    for number, name in enumerate(names):
        plan = (
            world.cycle(name, "monthly15", soon)
            if number % 2
            else world.state("account", name, "SUSPENDED", since=soon)
        )
        assert plan() == "done"
    # A few that reach below and so are done one by one.
    for number in range(3):
        world.account(f"below{number}", world.account(f"top{number}"))
        assert world.state("account", f"top{number}", "SUSPENDED", below=True, since=soon)() == "done"
    brought = at_once(*[lambda: bring_due_into_force(soon + timedelta(seconds=1))] * 4)
    assert sum(brought) + bring_due_into_force(soon + timedelta(seconds=1)) == 33
    assert {row.version for row in Account.objects.filter(external_id__in=names)} == {3}
    assert states("top0", "below0", "below1", "below2") == ["SUSPENDED"] * 4
    assert not Account.objects.filter(planned_cycle__isnull=False).exists()


class Mix:
    """A random mix on one customer's tree."""

    def __init__(self, world: World, name: str, chance: random.Random) -> None:
        self.world, self.name, self.chance = world, name, chance
        world.customer(name)
        self.accounts = [world.account(f"{name}-{number}", customer=name) for number in range(5)]
        self.subscribers = [f"{name}-s{number}" for number in range(4)]
        for number, subscriber in enumerate(self.subscribers):
            subscribers.create_subscriber(
                world.change(),
                external_id=subscriber,
                subscriber_profile="mobile",
                account=Ref(external_id=self.accounts[number]),
            )

    def order(self, number: str) -> Job:
        """Draw one order."""
        chance, world = self.chance, self.world
        account, other = chance.choice(self.accounts), chance.choice(self.accounts)
        soon = present() + timedelta(milliseconds=chance.randint(20, 200))
        state = chance.choice(["ACTIVE", "SUSPENDED"])
        below = chance.random() < 0.5
        orders: list[Job] = [
            world.create(f"{self.name}-{number}", chance.choice([None, other]), self.name),
            world.move(account, chance.choice([None, other])),
            world.move(account, other),
            world.state("customer", self.name, state, below),
            world.state("account", account, state, below),
            world.state("account", account, state, below, since=soon),
            world.state("customer", self.name, state, below, since=soon),
            world.state("subscriber", chance.choice(self.subscribers), state),
            world.cycle(account, chance.choice(["monthly1", "monthly15"]), chance.choice([None, soon])),
            world.rename(account),
            lambda: f"brought {bring_due_into_force(present())}",
        ]
        if chance.random() < 0.05:
            orders.append(world.state("account", account, "DEACTIVATED", below))
        return chance.choice(orders)

    def hand(self, number: str) -> Job:
        """Draw what one thread does, one order after the other."""
        orders = [self.order(f"{number}-{step}") for step in range(STEPS)]
        return lambda: [order() for order in orders]


def test_a_random_mix_on_one_tree(world: World) -> None:
    for number in range(ROUNDS):
        mix = Mix(world, f"mix{number}", random.Random(number))
        at_once(*[mix.hand(str(thread)) for thread in range(THREADS)])
        bring_due_into_force(present() + timedelta(hours=1))
        # The proof reads everything that was ever written, so that a long run makes it now and then only.
        if number % max(1, ROUNDS // 40) == 0:
            assert list(findings()) == [], f"round {number}"
        rows = Account.objects.filter(customer__external_id=mix.name)
        for row in rows:
            chain = hierarchy.chain_to(row)
            assert len(chain) <= hierarchy.MAX_LEVELS
            dead = [one.state == "DEACTIVATED" for one in chain]
            assert dead == sorted(dead), f"round {number}: something live lies below something deactivated"
        assert not Subscriber.objects.filter(account__state="DEACTIVATED").exclude(state="DEACTIVATED").exists()
