"""What is told of the journal: each item with who, why, in whose tree, what changed; many cost no more statements than few."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import operations as customers
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.entities.states import NewState
from ocsportal.events.told import Telling
from ocsportal.transactions import journal
from ocsportal.transactions.change import present
from tests.balances.purse import adjusted, money
from tests.client import RestClient
from tests.entities.tree import Tree
from tests.offers.conftest import owned

__all__ = ["owned"]

pytestmark = pytest.mark.django_db
CUSTOMER = {"customer": {"externalId": "cust-1"}}


def told(after: int) -> list[dict[str, Any]]:
    """Return what is told of everything after a position."""
    journal.give_all()
    entries = journal.after(after, 1000)
    telling = Telling(entries)
    return [telling.data(entry, item) for entry in entries for item in telling.items[entry.transaction_id]]


@pytest.fixture
def before(api: RestClient) -> int:
    """The newest position before the test does anything."""
    journal.give_all()
    return journal.latest()


def changes(data: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what was changed by field."""
    return {change["field"]: (change["old"], change["new"]) for change in data["changes"]}


class TestData:
    def test_says_who_why_where_and_what(self, api: RestClient, before: int) -> None:
        made = api.done("/customers/create", externalId="cust-1", customerProfile="b2c", customName="Jana")
        headers = {"X-Ocs-Io-Reason": "letter", "X-Ocs-Io-On-Behalf-Of": "agent.1"}
        answer = api.post(
            "/customers/update-custom-name", headers, requestId="r2", transactionId="t2", **CUSTOMER, customName="J. B."
        )
        created, renamed = told(before)
        assert renamed.pop("at")[-6] in "+-"
        assert renamed == answer.json()[0] | {
            "position": before + 2,
            "version": 2,
            "customer": {"refId": made["refId"], "externalId": "cust-1"},
            "actor": "crm",
            "onBehalfOf": "agent.1",
            "reason": "letter",
            "channel": "REST",
            "requestId": "r2",
            "transactionId": "t2",
            "changes": [{"field": "customName", "old": "Jana", "new": "J. B."}],
        }
        assert (created["version"], created["reason"], created["onBehalfOf"]) == (1, None, None)
        assert changes(created)["customName"] == (None, "Jana")

    def test_changes_are_those_of_the_history(self, api: RestClient, before: int) -> None:
        api.done("/customers/create", externalId="cust-1", customerProfile="b2c", contact={"email": "a@example.com"})
        api.done("/customers/update-segment", **CUSTOMER, customerSegment="vip")
        api.done("/customers/update-contact", **CUSTOMER, contact={"city": "Graz"}, merge=True)
        api.done("/customers/update-state", **CUSTOMER, state={"state": "SUSPENDED", "stateReason": "fraud"})
        history = api.get("/customers/history", externalId="cust-1").json()["items"]
        assert [data["changes"] for data in told(before)] == [item["changes"] for item in reversed(history)]

    def test_each_entity_of_a_cascade_has_its_own(self, change: Any, before: int) -> None:
        tree = Tree(change)
        tree.customer()
        tree.account("a")
        tree.subscribers("a", "s-1", "s-2")
        journal.give_all()
        start = journal.latest()
        customers.update_customer_state(
            change(),
            customer=Ref(external_id="c"),
            state=NewState(state="SUSPENDED", state_reason="fraud"),
            subordinate_updated=True,
        )
        assert [(data["object"]["externalId"], *changes(data)["state"]) for data in told(start)] == [
            (name, "ACTIVE", "SUSPENDED") for name in ("c", "a", "s-1", "s-2")
        ]

    def test_of_several_customers_each_item_has_its_own(self, api: RestClient, before: int) -> None:
        for number in ("1", "2"):
            sub = {"subscriberProfile": "prepaidMobile", "externalId": f"s-{number}"}
            api.done("/subscribers/create", **sub, primaryResourceType="MSISDN", primaryResource=f"49170555019{number}")
        journal.give_all()
        start = journal.latest()
        answer = api.post(
            "/subscribers/resources/exchange", subscriber={"externalId": "s-1"}, otherSubscriber={"externalId": "s-2"},
            resourceType="MSISDN",
        )  # fmt: skip
        assert answer.status_code == 200, answer.content
        owners = {
            name: api.get("/subscribers/read", externalId=name).json()["customer"]["refId"] for name in ("s-1", "s-2")
        }
        assert owners["s-1"] != owners["s-2"]
        found = told(start)
        assert len(found) == len(answer.json())
        for data in found:
            subscriber = data["object"].get("subscriber", data["object"])["externalId"]
            assert data["customer"]["refId"] == owners[subscriber]

    def test_a_threshold_changes_nothing_more(self, api: RestClient, owned: RestClient) -> None:
        money(api, "20", thresholds=[50])
        journal.give_all()
        start = journal.latest()
        adjusted(api, adjustment="-15")
        moved, reached = told(start)
        assert (moved["name"], changes(moved)) == ("UpdateSubscriptionBalance", {"actualBalance": ("20.00", "5.00")})
        assert (reached["name"], reached["changes"]) == ("BalanceThresholdReached", [])
        assert moved["customer"] == reached["customer"] != None  # noqa: E711

    def test_a_plan_in_force_says_who_planned_it(self, api: RestClient, change: Any, before: int) -> None:
        api.done("/customers/create", externalId="cust-1", customerProfile="b2c")
        soon = present() + timedelta(days=1)
        plan = {"state": "SUSPENDED", "stateReason": "fraud", "stateValidFrom": soon.isoformat()}
        api.post("/customers/update-state", {"X-Ocs-Io-Reason": "overdue"}, **CUSTOMER, state=plan)
        bring_due_into_force(soon)
        data = told(before)[-1]
        assert (data["name"], data["channel"], data["version"]) == ("PlannedStateInForce", "SCHEDULE", 3)
        assert changes(data)["state"] == ("ACTIVE", "SUSPENDED")

    def test_configuration_belongs_to_no_customer(self, run_command: Any, before: int) -> None:
        from customers.models import CustomerSegment
        from tests.offers.world import as_system

        def rename() -> None:
            segment = CustomerSegment.objects.get(code="vip")
            segment.name = "Very important"
            segment.save()

        as_system(rename)
        journal.give_all()
        assert [data["customer"] for data in told(before)] == [None] * len(told(before))


@pytest.mark.parametrize("number", [3, 40])
def test_many_cost_as_many_statements_as_few(change: Any, before: int, number: int) -> None:
    tree = Tree(change)
    tree.customer()
    tree.account("a")
    tree.subscribers("a", *(f"s-{place}" for place in range(number)))
    customers.update_customer_state(
        change(),
        customer=Ref(external_id="c"),
        state=NewState(state="SUSPENDED", state_reason="fraud"),
        subordinate_updated=True,
    )
    for name in range(number):
        customers.update_customer_custom_name(change(), customer=Ref(external_id="c"), custom_name=f"Name {name}")
    journal.give_all()
    entries = journal.after(before, 1000)
    told(before)  # Configuration is remembered from here on.
    with CaptureQueriesContext(connection) as captured:
        telling = Telling(entries)
        data = [telling.data(entry, item) for entry in entries for item in telling.items[entry.transaction_id]]
    assert len(data) >= 2 * number + 4
    # The answers, the customers, and for each of three levels its versions and those before them.
    assert len(captured) == 8
