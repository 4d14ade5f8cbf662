"""Requests at once, with real threads on a real PostgreSQL: one wins, the others hear by name, the audit trail holds.

Few tests with several races each, since emptying the database after a test takes longer than any of them.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account
from accounts.operations import create_account, update_account_state
from customers.models import Customer
from customers.operations import create_customer, update_customer_state
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.verification import findings
from subscribers import operations
from subscribers.models import Subscriber, SubscriberResource
from tests.subscribers.conftest import MSISDN, OTHER, live

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ACC = Ref(external_id="acc-1")
THIRD = "491700000009"
GONE = NewState(state="DEACTIVATED", state_reason="portedOut")
Work = Callable[[], Any]


@pytest.fixture(autouse=True)
def _world(change: Any) -> Any:
    for number in (1, 2, 3):
        create_customer(change(), external_id=f"cust-{number}", customer_profile="b2b")
        customer = Ref(external_id=f"cust-{number}")
        create_account(change(), external_id=f"acc-{number}", account_profile="postpaid", customer=customer)
    yield
    assert list(findings()) == []


@pytest.fixture
def make(change: Any) -> Any:
    def made(external_id: str, number: str | None = None, **more: Any) -> Work:
        known = {"primary_resource_type": "MSISDN", "primary_resource": number} if number else {}
        given = {"subscriber_profile": "mobile", "account": ACC, "external_id": external_id, **known, **more}
        return lambda: operations.create_subscriber(change(), **given)

    return made


@pytest.fixture
def add(change: Any) -> Any:
    def added(external_id: str, value: str, kind: str = "MSISDN") -> Work:
        return lambda: operations.create_subscriber_resource(
            change(), subscriber=Ref(external_id=external_id), resource_type=kind, resource=value
        )

    return added


@pytest.fixture
def swap(change: Any) -> Any:
    def swapped(external_id: str, old: str, new: str) -> Work:
        return lambda: operations.swap_subscriber_resource(
            change(),
            subscriber=Ref(external_id=external_id),
            resource_type="MSISDN",
            swap_resource=old,
            resource=new,
        )

    return swapped


def at_once(*works: Work) -> list[str]:
    """Run the works at the same time, each on a connection of its own; return what came of each: done, or a code."""
    start = Barrier(len(works))

    def run(work: Work) -> str:
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            work()
            return "done"
        except OperationRefused as refusal:
            return f"{refusal.code} {refusal.parameter}"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_a_value_is_given_once(make: Any, add: Any) -> None:
    found = at_once(*(make(f"s-{number}", MSISDN) for number in range(8)))
    assert sorted(found) == [*["RESOURCE-NOT-UNIQUE primaryResource"] * 7, "done"]
    assert Subscriber.objects.count() == SubscriberResource.objects.count() == 1

    make("one")()
    found = at_once(make("two", OTHER), add("one", OTHER), make("three", OTHER))
    assert found.count("done") == 1
    assert set(found) == {"done", "RESOURCE-NOT-UNIQUE primaryResource"} | set(found[1:2])
    assert found[1] in ("done", "RESOURCE-NOT-UNIQUE resource")
    assert SubscriberResource.objects.filter(value=OTHER).count() == 1

    make("four")()
    found = at_once(add("four", "491700000001"), add("four", "491700000002"))
    assert sorted(found) == ["RESOURCE-TYPE-IN-USE resourceType", "done"]
    assert len(live("four")) == 1


def test_swaps(make: Any, swap: Any) -> None:
    make("s-1", "491700000001")()
    found = at_once(swap("s-1", "491700000001", MSISDN), swap("s-1", "491700000001", "491700000003"))
    assert sorted(found) == ["RESOURCE-NOT-FOUND swapResource", "done"]
    assert SubscriberResource.objects.filter(valid_to=None).count() == 1
    if found[0] != "done":
        swap("s-1", "491700000003", MSISDN)()

    # Two that want each other's values both keep their own.
    make("s-2", OTHER)()
    for _ in range(3):
        found = at_once(swap("s-1", MSISDN, OTHER), swap("s-2", OTHER, MSISDN))
        assert found == ["RESOURCE-NOT-UNIQUE resource"] * 2
    assert (live("s-1"), live("s-2")) == ({"MSISDN": MSISDN}, {"MSISDN": OTHER})

    # Two that want the same one: one has it then.
    found = at_once(swap("s-1", MSISDN, THIRD), swap("s-2", OTHER, THIRD))
    assert sorted(found) == ["RESOURCE-NOT-UNIQUE resource", "done"]
    expected = (THIRD, OTHER) if found[0] == "done" else (MSISDN, THIRD)
    assert (live("s-1")["MSISDN"], live("s-2")["MSISDN"]) == expected


def test_what_goes_takes_along_what_was_made_before(make: Any, add: Any, change: Any) -> None:
    updates = {
        "account": update_account_state,
        "customer": update_customer_state,
        "subscriber": operations.update_subscriber_state,
    }

    def deactivate(kind: str, external_id: str) -> Work:
        ref = {kind: Ref(external_id=external_id)}
        return lambda: updates[kind](change(), **ref, state=GONE, subordinate_updated=True)

    def below(account: str) -> Any:
        return SubscriberResource.objects.filter(subscriber__account__external_id=account)

    # A subscriber below its account, and one below its customer, as these go.
    for kind, account, superior in (("account", "acc-1", "acc-1"), ("customer", "acc-2", "cust-2")):
        new = make(f"in-{account}", MSISDN, account=Ref(external_id=account))
        made, gone = at_once(new, deactivate(kind, superior))
        assert gone == "done"
        assert made in ("done", f"CASM-STATE-DEACTIVATED {kind}")
        assert below(account).count() == (made == "done")
        assert not below(account).filter(valid_to=None).exists()

    # A resource of a subscriber, as the subscriber goes; and its number, as somebody else wants it.
    third = {"account": Ref(external_id="acc-3")}
    make("s-3", OTHER, **third)()
    added, gone, taken = at_once(
        add("s-3", "10.0.0.1", "ipV4"), deactivate("subscriber", "s-3"), make("s-4", OTHER, **third)
    )
    assert gone == "done"
    assert added in ("done", "CASM-STATE-DEACTIVATED subscriber")
    assert taken in ("done", "RESOURCE-NOT-UNIQUE primaryResource")
    assert not SubscriberResource.objects.filter(subscriber__external_id="s-3", valid_to=None).exists()
    assert SubscriberResource.objects.filter(value=OTHER, valid_to=None).count() == (taken == "done")
    alive = Subscriber.objects.exclude(state="DEACTIVATED")
    assert list(alive.values_list("external_id", flat=True)) == (["s-4"] if taken == "done" else [])
    assert not Subscriber.objects.filter(state="DEACTIVATED").exclude(live_resources={}).exists()


def test_chains_by_profile(make: Any) -> None:
    chain = {"account": None, "subscriber_profile": "prepaidMobile"}
    assert at_once(*(make(f"s-{number}", f"49170111000{number}", **chain) for number in range(8))) == ["done"] * 8
    assert (Subscriber.objects.count(), Account.objects.count(), Customer.objects.count()) == (8, 11, 11)
    made = Subscriber.objects.select_related("account")
    assert len({subscriber.account.customer_id for subscriber in made}) == 8

    found = at_once(*(make(f"t-{number}", MSISDN, **chain) for number in range(8)))
    assert sorted(found) == [*["RESOURCE-NOT-UNIQUE primaryResource"] * 7, "done"]
    assert (Subscriber.objects.count(), Account.objects.count(), Customer.objects.count()) == (9, 12, 12)
