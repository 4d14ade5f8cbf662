"""Plans that end or reach below are settled by sets: the very rows that one by one would leave, at a fixed cost."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import operations as account_operations
from accounts.models import Account
from customers import operations as customers
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import due, plans
from ocsportal.entities.models import StateReason
from ocsportal.entities.states import NewState
from ocsportal.transactions import door
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from offers import operations as offers
from offers.models import Subscription
from offers.operations.plain import BY_OWNER
from subscribers import operations as subscribers
from subscribers.models import ResourceType, Subscriber, SubscriberResource
from tests.entities.conftest import DEFAULT_REASONS, NOON, days
from tests.entities.tree import Tree
from tests.transactions.racing import deadlocks

pytestmark = pytest.mark.django_db

TABLES = (Customer, Account, Subscriber, SubscriberResource, Subscription)
# What differs between two runs of the same work.
PASSING = ("history_id", "history_date", "transaction_id", "digest", "salt", "personal_digest", "changed_at")


def standing() -> list[Any]:
    """Return every row, and every version with the operation it was made by."""
    found: list[Any] = []
    for kind in TABLES:
        rows = kind._default_manager.order_by("pk").values()
        found.append([{name: value for name, value in row.items() if name not in PASSING} for row in rows])
    for kind in TABLES:
        history = kind.history.select_related("transaction").order_by("id", "version")  # type: ignore[attr-defined]
        for row in history:
            columns = {name: value for name, value in vars(row).items() if name[0] != "_" and name not in PASSING}
            made = row.transaction
            found.append((columns, made.operation, made.on_behalf_of, made.reason))
    return found


def one_by_one(at: Any) -> None:
    """Settle what is due without sets: each plan in its own database transaction."""
    for model in due.entity_models():
        for kind in plans.kinds_of(model):
            while keys := list(kind.due(model, at).values_list("pk", flat=True)):
                assert sum(due._alone(kind, model, key, at) for key in keys)


def forest(change: Any, seed: int) -> None:
    """Make customers with accounts in trees and subscribers, in all states, with plans at every level."""
    chance = random.Random(seed)
    tree = Tree(change)
    imsi = ResourceType.objects.get(code="IMSI")
    for number in range(5):
        top = tree.customer(f"c{number}")
        names = [tree.account(f"a{number}", customer=top), tree.account(f"b{number}", f"a{number}", customer=top)]
        tree.subscribers(names[0], f"s{number}", f"t{number}")
        tree.subscribers(names[1], f"u{number}", state=chance.choice(["ACTIVE", "INACTIVE"]))
        if chance.random() < 0.5:
            tree.go(f"s{number}", "SUSPENDED", "lostSim")
        if chance.random() < 0.3:
            tree.go(chance.choice([top, *names]), "SUSPENDED", below=True)
        if chance.random() < 0.3:
            tree.go(f"t{number}", "DEACTIVATED")
        kept = Subscriber.objects.get(external_id=f"u{number}")

        def work(kept: Subscriber = kept, number: int = number) -> Touched:
            value = f"26201000000{number}"
            made = SubscriberResource(subscriber=kept, resource_type=imsi, value=value, valid_from=NOON)
            made.save()
            return Touched([made])

        door.record("MakeResource", system_change("tests"), None, work)
        subscriptions(change, chance, number)
        for name in (top, *names, f"s{number}", f"u{number}"):
            standing = tree.row(name)
            orders = {
                "ACTIVE": ["SUSPENDED", "DEACTIVATED"], "SUSPENDED": ["ACTIVE", "DEACTIVATED"],
                "INACTIVE": ["ACTIVE", "DEACTIVATED"],
            }[standing.state]  # fmt: skip
            if chance.random() < 0.6:
                below = name[0] in "cab" and chance.random() < 0.8
                tree.go(name, chance.choice(orders), below=below, since=days(chance.choice([1, 2, 3, 9])))


def subscriptions(change: Any, chance: random.Random, number: int) -> None:
    """Subscribe what stands of a customer's tree: bundles with children that end with them, in all states, some planned."""

    def subscribe(kind: str, owner: str, name: str, parent: str | None = None) -> None:
        above = {"parent_offer_subscription": Ref(external_id=parent)} if parent else {}
        first = chance.choice(["ACTIVE", "ACTIVE", "INACTIVE"])
        state = NewState(state=first, state_reason=DEFAULT_REASONS[first])
        fields = {"offer": "dataBundle10", "external_id": name, "state": state, **above}
        BY_OWNER[kind](change(at=NOON), **{kind: Ref(external_id=owner)}, **fields)

    def go(name: str, state: str, since: Any = None) -> None:
        new = NewState(state=state, state_reason=DEFAULT_REASONS[state], state_valid_from=since)
        offers.update_subscription_state(change(at=NOON), subscription=Ref(external_id=name), state=new)

    owners = {"customer": f"c{number}", "account": f"b{number}", "subscriber": f"u{number}"}
    for kind, owner in owners.items():
        row = {"customer": Customer, "account": Account, "subscriber": Subscriber}[kind]._default_manager.get(
            external_id=owner
        )
        if row.state == "DEACTIVATED":
            continue
        subscribe(kind, owner, f"{kind}-{number}")
        subscribe(kind, owner, f"{kind}-{number}-child", f"{kind}-{number}")
        subscribe(kind, owner, f"{kind}-{number}-grandchild", f"{kind}-{number}-child")
        for name in (f"{kind}-{number}", f"{kind}-{number}-child"):
            made = Subscription.objects.get(external_id=name)
            if made.state == "ACTIVE" and chance.random() < 0.2:
                go(name, "SUSPENDED")
                made.refresh_from_db()
            if chance.random() < 0.6:
                orders = {"ACTIVE": "SUSPENDED", "SUSPENDED": "ACTIVE", "INACTIVE": "ACTIVE"}
                state = "DEACTIVATED" if chance.random() < 0.5 else orders[made.state]
                go(name, state, since=days(chance.choice([1, 2, 3, 9])))


@pytest.mark.parametrize("seed", range(8))
def test_sets_leave_what_one_by_one_leaves(change: Any, other_reasons: None, seed: int) -> None:
    forest(change, seed)
    found = []
    for settle in (due.bring_due_into_force, one_by_one):
        begun = transaction.savepoint()
        settle(days(4))
        found.append(standing())
        transaction.savepoint_rollback(begun)
    assert found[0] == found[1]
    assert any("Planned" in entry[1] for entry in found[0][len(TABLES) :])
    reached = {row["state"] for row in found[0][TABLES.index(Subscription)] if row["version"] > 2}
    assert "DEACTIVATED" in reached


def test_what_is_below_another_one_in_the_batch_waits_for_it(change: Any, other_reasons: None) -> None:
    """The later plan of what ends with its parent is dropped; taken with the set, it came first."""
    tree = Tree(change)
    tree.customer("c")
    tree.account("a")
    tree.account("b", "a")
    tree.go("a", "DEACTIVATED", below=True, since=days(1))
    tree.go("b", "SUSPENDED", since=days(2))
    assert due.bring_due_into_force(days(4)) == 1
    child = tree.row("b")
    assert (child.state, child.state_valid_from, child.version) == ("DEACTIVATED", days(1), 3)
    assert (child.last_plan_outcome, child.last_plan_state) == ("CANCELLED", "SUSPENDED")


def ending(prefix: str, count: int, state: str = "DEACTIVATED") -> list[int]:
    """Make customers with an account and two subscribers each, planned to end with everything below on day 1."""
    reasons = {reason.state: reason for reason in StateReason.objects.filter(code__startswith="dflt")}
    common = {"state": "ACTIVE", "state_reason": reasons["ACTIVE"], "state_valid_from": NOON}
    template = Account.objects.get(external_id="template")
    kept = {name: getattr(template, name) for name in ("account_type", "currency", "bill_cycle", "cycle_valid_from")}
    plan = {
        "plan_status": "SCHEDULED", "plan_state": state, "plan_reason": reasons[state], "plan_subordinates": True,
        "plan_by": prefix,
    }  # fmt: skip

    def work() -> Touched:
        tops = Customer.objects.bulk_create(
            Customer(external_id=f"{prefix}{number}", plan_valid_from=days(1 + number / 1000), **plan, **common)
            for number in range(count)
        )
        accounts = Account.objects.bulk_create(Account(customer=top, **kept, **common) for top in tops)
        Subscriber.objects.bulk_create(Subscriber(account=account, **common) for account in 2 * accounts)
        return Touched([])

    door.record("MakeEnding", system_change("tests"), None, work)
    return list(Customer.objects.filter(plan_by=prefix).values_list("pk", flat=True))


@pytest.fixture
def template(change: Any, other_reasons: None) -> None:
    """An account to make others like."""
    tree = Tree(change)
    tree.customer("c")
    tree.account("template")


def scheduled() -> list[BusinessTransaction]:
    return list(BusinessTransaction.objects.filter(channel="SCHEDULE").order_by("id"))


@pytest.mark.parametrize("state", ["DEACTIVATED", "SUSPENDED"])
def test_as_many_statements_for_10_as_for_200(template: None, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.setattr(due, "BATCH", 1000)
    counts = []
    for number in (1, 10, 200):
        ending(f"{number}-", number, state)
        with CaptureQueriesContext(connection) as captured:
            assert due.bring_due_into_force(days(5)) == number
        counts.append(len(captured))
    assert counts[1] == counts[2]
    made = [(entry.operation, entry.on_behalf_of, entry.touched) for entry in scheduled()]
    assert made == [("PlannedStateInForce", f"{number}-", 4 * number) for number in (1, 10, 200)]
    assert Subscriber.objects.filter(state=state).count() == 2 * 211
    marks = Counter(Subscriber.objects.values_list("state_imposed_by", flat=True))
    assert set(marks.values()) == ({2} if state == "SUSPENDED" else {2 * 211})


def test_batches_are_bounded_by_what_they_touch(template: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "BATCH", 20)
    ending("x", 12)
    assert due.bring_due_into_force(days(5)) == 12
    assert [entry.touched for entry in scheduled()] == [20, 20, 8]


def test_one_that_reaches_more_than_a_batch_is_a_batch(template: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "BATCH", 2)
    ending("x", 3)
    assert due.bring_due_into_force(days(5)) == 3
    assert [entry.touched for entry in scheduled()] == [4, 4, 4]


def test_refused_ones_say_why_and_the_others_go_on(template: None) -> None:
    keys = ending("x", 4)

    def work() -> Touched:
        Customer.objects.filter(pk=keys[1]).update(plan_subordinates=False)
        Customer.objects.filter(pk=keys[2]).update(state="INACTIVE", plan_state="SUSPENDED")
        return Touched([])

    door.record("Meanwhile", system_change("tests"), None, work)
    assert due.bring_due_into_force(days(5)) == 4
    states = list(Customer.objects.filter(pk__in=keys).order_by("pk").values_list("state", "last_plan_outcome"))
    assert states == [("DEACTIVATED", "DONE"), ("ACTIVE", "REFUSED"), ("INACTIVE", "REFUSED"), ("DEACTIVATED", "DONE")]
    refused = Customer.objects.get(pk=keys[1])
    assert refused.last_plan_code == "CASM-SUBORDINATES-LIVE"
    assert refused.last_plan_message.startswith("There are still 1 accounts, 2 subscribers below")
    made = {(entry.operation, entry.notice, entry.touched) for entry in scheduled()}
    assert made == {
        ("PlannedStateInForce", "", 8),
        ("PlannedStateRefused", "CASM-SUBORDINATES-LIVE", 1),
        ("PlannedStateRefused", "CASM-STATE-TRANSITION", 1),
    }
    assert refused.last_plan_message in {entry.reason for entry in scheduled()}


def test_a_bill_cycle_that_fails_is_dropped_and_told(
    change: Any, other_reasons: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(change)
    tree.customer("c")
    for name in ("a", "b"):
        tree.account(name)
        account_operations.update_account_bill_cycle(
            tree.change(at=NOON), account=Ref(external_id=name), bill_cycle="monthly15", valid_from=days(2)
        )
    kind = plans.kinds_of(Account)[1]
    genuine = kind.enter

    def broken(change: Any, rows: Any) -> Any:
        if any(row.external_id == "a" for row in rows):
            raise RuntimeError("broken")
        return genuine(change, rows)

    monkeypatch.setattr(kind, "enter", broken)
    assert due.bring_due_into_force(days(3)) == 2
    cycles = {name: (tree.row(name).bill_cycle.code, tree.row(name).has_cycle_plan) for name in ("a", "b")}
    assert cycles == {"a": ("monthly1", False), "b": ("monthly15", False)}
    assert {(entry.operation, entry.notice) for entry in scheduled()} == {
        ("PlannedBillCycleInForce", ""),
        ("PlannedBillCycleRefused", "INTERNAL-ERROR"),
    }


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_workers_settle_each_once(template: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "BATCH", 20)
    keys = ending("x", 60)

    def worker(_: int) -> int:
        try:
            return due.bring_due_into_force(days(5))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(worker, range(4)))
    done = sum(numbers) + due.bring_due_into_force(days(5))
    assert done == 60
    assert Customer.objects.filter(pk__in=keys, state="DEACTIVATED", version=2).count() == 60
    assert Subscriber.objects.filter(state="DEACTIVATED", version=2).count() == 120
    assert sum(entry.touched for entry in scheduled()) == 240


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_writes_beside_a_batch_are_neither_lost_nor_refused(
    template: None, change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Agents write to the roots and to what is below them while two workers settle; each plan and each write is done once."""
    monkeypatch.setattr(due, "BATCH", 40)
    # Suspended, so that whatever comes first, the other is possible after it.
    keys = ending("x", 40, "SUSPENDED")
    customers_ = list(Customer.objects.filter(pk__in=keys).order_by("pk").values_list("ref_id", flat=True))
    members = list(
        Subscriber.objects.filter(account__customer__in=keys).order_by("pk").values_list("ref_id", flat=True)
    )
    accounts_ = list(Account.objects.filter(customer__in=keys).order_by("pk").values_list("ref_id", flat=True))
    at, before = days(5), deadlocks()

    def worker(_: int) -> int:
        try:
            return sum(due.bring_due_into_force(at) for turn in range(6))
        finally:
            connection.close()

    def agent(number: int) -> int:
        chance, done = random.Random(number), 0
        writes = [
            *((customers.update_customer_custom_name, {"customer": Ref(ref)}) for ref in customers_),
            *((account_operations.update_account_custom_name, {"account": Ref(ref)}) for ref in accounts_),
            *((subscribers.update_subscriber_custom_name, {"subscriber": Ref(ref)}) for ref in members),
        ]
        chance.shuffle(writes)
        try:
            for operation, argument in writes:
                operation(change(at=at), custom_name=f"by {number}", **argument)
                done += 1
        finally:
            connection.close()
        return done

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(worker, number) for number in range(2)]
        writing = [pool.submit(agent, number) for number in range(2)]
        settled = sum(job.result() for job in working)
        assert [job.result() for job in writing] == [len(customers_) + len(accounts_) + len(members)] * 2
    due.bring_due_into_force(at)
    assert deadlocks() == before
    assert settled <= 40
    # Made, planned change, two names: each left one version, and none of them twice.
    for model, count in ((Customer, 40), (Account, 40), (Subscriber, 80)):
        those = model._default_manager.filter(state="SUSPENDED", version=4, custom_name__startswith="by ")
        assert those.count() == count, model
    entered = BusinessTransaction.objects.filter(operation="PlannedStateInForce").values_list("touched", flat=True)
    assert sum(entered) == 160
    assert not BusinessTransaction.objects.filter(operation="PlannedStateRefused").exists()
