"""In whose trees something happened, and that all of it is found for a customer in one index scan."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import operations as accounts
from customers import operations as customers
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.entities.states import NewState
from ocsportal.transactions import door, journal
from ocsportal.transactions.models import BusinessTransaction, CustomerEntry
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from ocsportal.transactions.trees import customers_json, customers_of
from offers.models import Subscription
from subscribers import operations as subscribers
from subscribers.models import SubscriberResource
from tests.entities.conftest import days
from tests.transactions.racing import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def trees(world: World) -> World:
    """Two customers, each with an account, a subscriber, and a subscription of every owner."""
    world.customer("d")
    for name in "cd":
        world.account(f"a{name}", customer=name)
        world.subscriber(f"s{name}", f"a{name}", f"49170555014{'cd'.index(name)}")
        world.subscription("customer", name, f"oc{name}")
        world.subscription("account", f"a{name}", f"oa{name}")
        world.subscription("subscriber", f"s{name}", f"os{name}")
    return world


def key(name: str) -> int:
    return int(Customer.objects.get(external_id=name).pk)


def last_customers() -> Any:
    """Return the customers in whose trees the last thing happened."""
    said = BusinessTransaction.objects.latest("id").customers
    return said and set(json.loads(said))


class TestWhose:
    def test_everything_below_is_in_the_tree(self, trees: World) -> None:
        for job in (
            trees.rename("ac"), trees.state("customer", "c", "SUSPENDED", below=True), trees.state("customer", "c", "ACTIVE"),
            trees.state("account", "ac", "ACTIVE"), trees.state("subscriber", "sc", "ACTIVE"), trees.move("ac", None),
            trees.swap("sc", "491705550140", "491705550149"), trees.state("subscription", "osc", "ACTIVE"),
            trees.adjust("occ", "-1"), trees.adjust("oac", "-1"), trees.adjust("osc", "-1"),
        ):  # fmt: skip
            before = BusinessTransaction.objects.count()
            assert job() == "done"
            assert BusinessTransaction.objects.count() == before + 1
            assert last_customers() == {key("c")}

    def test_making_something_is(self, trees: World) -> None:
        entries = BusinessTransaction.objects.filter(operation__startswith="Create", customers__isnull=False)
        assert {entry.customers for entry in entries} == {f"[{key('c')}]", f"[{key('d')}]"}
        assert entries.count() == 12

    def test_an_exchange_is_in_both(self, trees: World, change: Any) -> None:
        subscribers.exchange_subscriber_resources(
            change(), subscriber=Ref(external_id="sc"), other_subscriber=Ref(external_id="sd"), resource_type="MSISDN"
        )
        assert last_customers() == {key("c"), key("d")}
        journal.give_all()
        for name in "cd":
            assert next(journal.of_customer(key(name), 1)).transaction.operation == "ExchangeSubscriberResources"

    def test_plans_that_come_into_force_together_are_in_all(self, trees: World, change: Any) -> None:
        plan = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=days(4000))
        for name in "cd":
            accounts.update_account_state(change(), account=Ref(external_id=f"a{name}"), state=plan)
        assert bring_due_into_force(days(4001)) == 2
        entry = BusinessTransaction.objects.get(operation="PlannedStateInForce")
        assert set(json.loads(entry.customers or "")) == {key("c"), key("d")}

    def test_configuration_is_in_none(self, change: Any) -> None:
        door.record("Nothing", change(), None, lambda: Touched([]))
        assert last_customers() is None

    def test_what_is_not_in_memory_is_read_level_by_level(self, trees: World) -> None:
        rows = [*Subscription.objects.all(), *SubscriberResource.objects.all()]
        with CaptureQueriesContext(connection) as captured:
            assert customers_of(rows) == {key("c"), key("d")}
        # The subscribers, then the accounts; either may be asked for twice, since both have several ways up.
        assert len(captured) <= 4

    def test_what_an_operation_held_is_asked_for_nothing(self, trees: World, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[int] = []

        def counted(touched: Touched) -> str | None:
            with CaptureQueriesContext(connection) as captured:
                said = customers_json(touched)
            asked.append(len(captured))
            return said

        monkeypatch.setattr(door, "customers_json", counted)
        for job in (
            trees.adjust("osc", "-1"), trees.adjust("oac", "-1"), trees.rename("ac"), trees.state("subscriber", "sc", "SUSPENDED"),
            trees.state("subscription", "osc", "SUSPENDED"), trees.swap("sc", "491705550140", "491705550149"),
            trees.join("sn", "ac"), trees.subscribe("subscriber", "sn", "new"),
        ):  # fmt: skip
            assert job() == "done"
        assert asked == [0] * 8


class TestFound:
    def test_newest_first_and_page_by_page(self, trees: World, change: Any) -> None:
        for number in range(3):
            customers.update_customer_custom_name(change(), customer=Ref(external_id="c"), custom_name=str(number))
            trees.rename("ad")()
        journal.give_all()
        found = list(journal.of_customer(key("c"), 4))
        assert [entry.transaction.operation for entry in found] == [
            *["UpdateCustomerCustomName"] * 3, "CreateSubscriptionOnSubscriber",
        ]  # fmt: skip
        further = list(journal.of_customer(key("c"), 10, before=found[-1].position))
        assert [entry.transaction.operation for entry in further] == [
            "CreateSubscriptionOnAccount", "CreateSubscriptionOnCustomer", "CreateSubscriber", "CreateAccount", "CreateCustomer",
        ]  # fmt: skip

    @pytest.mark.postgres
    def test_is_one_index_scan_whatever_else_happened(self) -> None:
        def none() -> Touched:
            return Touched([])

        door.record("Filler", system_change("tests"), None, none)
        journal.give_all()
        filler = BusinessTransaction.objects.latest("id").pk
        newest = journal.latest()
        rows = [
            CustomerEntry(customer_id=number % 500, position=newest + number, transaction_id=filler)
            for number in range(1, 50_001)
        ]
        CustomerEntry.objects.bulk_create(rows)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE transactions_customerentry, transactions_businesstransaction")
        with CaptureQueriesContext(connection) as captured:
            found = list(journal.of_customer(7, 20))
        assert [entry.position for entry in found] == [newest + number for number in range(49_507, 39_507, -500)]
        (query,) = [entry["sql"] for entry in captured]
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query.replace("%", "%%"), [])
            plan = cursor.fetchone()[0][0]["Plan"]
        nodes = list(walk(plan))
        (scan,) = [node for node in nodes if node.get("Relation Name") == "transactions_customerentry"]
        assert scan["Node Type"] in ("Index Scan", "Index Only Scan")
        assert scan["Scan Direction"] == "Backward"
        assert scan["Actual Rows"] <= 21
        assert not [node for node in nodes if "Sort" in node["Node Type"]]


def walk(node: dict[str, Any]) -> Any:
    """Yield a plan's nodes."""
    yield node
    for child in node.get("Plans", []):
        yield from walk(child)
