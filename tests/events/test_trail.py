"""The audit trail over REST: each filter, alone and with others, page by page; bounded for what is rare or not there."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import operations as customers
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.events import trail
from ocsportal.people import groups
from ocsportal.transactions import journal
from ocsportal.transactions.models import BusinessTransaction
from tests.client import RestClient, problem
from tests.entities.tree import Tree
from tests.rest.conftest import ClientOf, client_of

__all__ = ["client_of"]

pytestmark = pytest.mark.django_db
ONE, TWO = {"customer": {"externalId": "one"}}, {"customer": {"externalId": "two"}}


@pytest.fixture
def past(api: RestClient, change: Any) -> dict[str, Any]:
    """Something of everything: two customers, an account, names, segments, who ordered it, why, and by which way."""
    made = api.done("/customers/create", externalId="one", customerProfile="b2c", requestId="r-1")
    api.done("/customers/create", externalId="two", customerProfile="b2c", requestId="r-2")
    api.done("/accounts/create", externalId="acc", accountProfile="postpaid", requestId="r-3", **ONE)
    headers = {"X-Ocs-Io-Reason": "A 100% Letter", "X-Ocs-Io-On-Behalf-Of": "agent.7"}
    for number, on in (("4", ONE), ("5", TWO)):
        api.post(
            "/customers/update-custom-name",
            headers,
            requestId=f"r-{number}",
            transactionId="case-1",
            customName="X",
            **on,
        )
    api.done("/customers/update-segment", requestId="r-6", customerSegment="vip", **TWO)
    customers.update_customer_custom_name(
        change(request_id="r-7"), customer=Ref(external_id="one"), custom_name="From the portal"
    )
    journal.give_all()
    return made


def listed(api: RestClient, **parameters: str) -> list[str]:
    """Return the request IDs of a page, newest first."""
    answer = api.get("/transactions", **parameters)
    assert answer.status_code == 200, answer.content
    return [item["requestId"] for item in answer.json()["items"] if item["requestId"].startswith("r-")]


class TestFilters:
    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ({}, "7654321"),
            ({"transactionId": "case-1"}, "54"),
            ({"requestId": "r-3"}, "3"),
            ({"customerExternalId": "one"}, "7431"),
            ({"customerExternalId": "one", "operation": "UpdateCustomerCustomName"}, "74"),
            ({"customerExternalId": "two", "transactionId": "case-1"}, "5"),
            ({"actor": "crm"}, "654321"),
            ({"onBehalfOf": "agent.7"}, "54"),
            ({"operation": "CreateCustomer"}, "21"),
            ({"channel": "PORTAL"}, "7"),
            ({"channel": "REST"}, "654321"),
            ({"field": "customName"}, "754"),
            ({"field": "customerSegment", "operation": "UpdateCustomerSegment"}, "6"),
            ({"field": "billCycle"}, "3"),
            ({"reason": "100% letter"}, "54"),
            ({"reason": "100_"}, ""),
            ({"reason": "because"}, "7"),
            ({"actor": "nobody"}, ""),
            ({"operation": "Nothing"}, ""),
            ({"transactionId": "case-2"}, ""),
            ({"requestId": "r-99"}, ""),
            ({"field": "nothing"}, ""),
            ({"from": "2020-01-01T00:00:00Z"}, "7654321"),
            ({"to": "2020-01-01T00:00:00Z"}, ""),
            ({"from": "2020-01-01T00:00:00Z", "operation": "CreateAccount"}, "3"),
        ],
    )
    def test_each(self, api: RestClient, past: None, parameters: dict[str, str], expected: str) -> None:
        assert listed(api, **parameters) == [f"r-{number}" for number in expected]

    def test_between_instants(self, api: RestClient, past: None) -> None:
        at = {item["requestId"]: item["at"] for item in api.get("/transactions").json()["items"]}
        # Until right before it, and from its own instant on; a millisecond may hold more than one.
        between = [name for name in at if name.startswith("r-") and at["r-3"] <= at[name] < at["r-6"]]
        assert "r-3" in between
        assert listed(api, **{"from": at["r-3"], "to": at["r-6"]}) == between

    def test_by_customer_also_by_ref_id(self, api: RestClient, past: dict[str, Any]) -> None:
        assert listed(api, customer=past["refId"]) == ["r-7", "r-4", "r-3", "r-1"]

    @pytest.mark.parametrize(
        "parameters",
        [
            {},
            {"customerExternalId": "one"},
            {"from": "2020-01-01T00:00:00Z"},
            {"field": "customName"},
            {"actor": "crm"},
        ],
    )
    def test_page_by_page_it_is_the_same(self, api: RestClient, past: None, parameters: dict[str, str]) -> None:
        whole = [item["requestId"] for item in api.get("/transactions", **parameters).json()["items"]]
        found: list[str] = []
        body = api.get("/transactions", limit="2", **parameters).json()
        found += [item["requestId"] for item in body["items"]]
        while body["nextCursor"]:
            body = api.get("/transactions", limit="2", cursor=body["nextCursor"], **parameters).json()
            found += [item["requestId"] for item in body["items"]]
        assert found == whole

    def test_what_is_rare_is_found_in_bounded_pages(
        self, api: RestClient, past: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(trail, "MOST_ROWS", 3)
        monkeypatch.setattr(trail, "MOST_COMPARED", 2)
        for parameters in ({"onBehalfOf": "agent.7"}, {"field": "customName", "channel": "REST"}):
            found, cursor, pages = list[str](), {}, 0
            while pages == 0 or cursor["cursor"]:
                body = api.get("/transactions", **parameters, **cursor).json()
                found += [item["requestId"] for item in body["items"]]
                cursor, pages = {"cursor": body["nextCursor"]}, pages + 1
            assert found == ["r-5", "r-4"]
            assert pages > 2


class TestItems:
    def test_says_who_what_when_and_why(self, api: RestClient, past: dict[str, Any]) -> None:
        (item,) = api.get("/transactions", requestId="r-4").json()["items"]
        made = BusinessTransaction.objects.get(request_id="r-4")
        assert item.pop("at")[-6] in "+-"
        assert item == {
            "refId": str(made.pk),
            "position": made.journal.position,
            "operation": "UpdateCustomerCustomName",
            "channel": "REST",
            "actor": "crm",
            "onBehalfOf": "agent.7",
            "reason": "A 100% Letter",
            "requestId": "r-4",
            "transactionId": "case-1",
            "notice": None,
            "touched": 1,
            "customers": [{"refId": past["refId"], "externalId": "one"}],
        }

    def test_one_with_items_and_changes(self, api: RestClient, past: None) -> None:
        (listed,) = api.get("/transactions", requestId="r-4").json()["items"]
        found = api.get("/transactions/read", refId=listed["refId"]).json()
        assert {name: found[name] for name in listed} == listed
        feed = api.get("/changes", after=str(listed["position"] - 1), limit="1").json()["items"]
        assert found["items"] == feed
        assert feed[0]["changes"] == [{"field": "customName", "old": None, "new": "X"}]
        assert found["nextCursor"] is None

    def test_what_has_no_position_yet(self, api: RestClient, past: None) -> None:
        api.done("/customers/update-segment", requestId="r-8", customerSegment="b2b", **TWO)
        (item,) = api.get("/transactions", requestId="r-8").json()["items"]
        assert item["position"] is None
        assert api.get("/transactions/read", refId=item["refId"]).json()["items"][0]["position"] is None

    def test_the_items_of_a_cascade_come_some_at_a_time(self, api: RestClient, change: Any) -> None:
        tree = Tree(change)
        tree.customer()
        tree.account("a")
        tree.subscribers("a", *(f"s-{number}" for number in range(5)))
        state = NewState(state="SUSPENDED", state_reason="fraud")
        customers.update_customer_state(
            change(request_id="all"), customer=Ref(external_id="c"), state=state, subordinate_updated=True
        )
        (item,) = api.get("/transactions", requestId="all").json()["items"]
        found, cursor = [], {}
        while True:
            body = api.get("/transactions/read", refId=item["refId"], limit="3", **cursor).json()
            found += [one["seqno"] for one in body["items"]]
            if not body["nextCursor"]:
                break
            cursor = {"cursor": body["nextCursor"]}
        assert found == list(range(1, 8))

    @pytest.mark.parametrize("parameters", [{}, {"customerExternalId": "one"}, {"field": "customName"}])
    def test_many_cost_as_many_statements_as_few(self, api: RestClient, past: None, parameters: dict[str, str]) -> None:
        counts = []
        for _ in range(2):
            for number in range(10):
                api.done("/customers/update-custom-name", customName=f"N {number}", **ONE)
            journal.give_all()
            api.get("/transactions", limit="500", **parameters)
            with CaptureQueriesContext(connection) as captured:
                assert len(api.get("/transactions", limit="500", **parameters).json()["items"]) >= 10
            counts.append(len(captured))
        # What was changed is asked of each kind of entity that was touched.
        assert counts[0] == counts[1] <= (50 if "field" in parameters else 12)


class TestRefused:
    @pytest.mark.parametrize(
        ("parameters", "parameter"),
        [
            ({"channel": "POST"}, "channel"),
            ({"from": "yesterday"}, "from"),
            ({"to": "2026-01-01T00:00:00"}, "to"),
            ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
            ({"actor": ""}, "actor"),
            ({"reason": "x" * 1001}, "reason"),
            ({"operation": "a\x00"}, "operation"),
            ({"cursor": "x"}, "cursor"),
            ({"limit": "501"}, "limit"),
            ({"who": "me"}, "who"),
        ],
    )
    def test_what_is_malformed(self, api: RestClient, parameters: dict[str, str], parameter: str) -> None:
        problem(api.get("/transactions", **parameters), 400, "REQUEST-VALIDATION", parameter)

    def test_a_cursor_goes_with_its_filters(self, api: RestClient, past: None) -> None:
        cursor = api.get("/transactions", limit="1").json()["nextCursor"]
        problem(api.get("/transactions", cursor=cursor, actor="crm"), 400, "REQUEST-VALIDATION", "cursor")
        problem(api.get("/transactions", cursor=cursor, customerExternalId="one"), 400, "REQUEST-VALIDATION", "cursor")

    @pytest.mark.parametrize("ref_id", ["0", "x", "999999999", "9" * 40, "-1", "٣"])
    def test_one_that_is_not_there(self, api: RestClient, ref_id: str) -> None:
        problem(api.get("/transactions/read", refId=ref_id), 404, "ENTITY-NOT-FOUND", "refId")

    def test_customers_that_are_not_there(self, api: RestClient) -> None:
        problem(api.get("/transactions", customerExternalId="none"), 404, "ENTITY-NOT-FOUND", "customerExternalId")
        problem(api.get("/transactions/read"), 400, "REQUEST-VALIDATION", "refId")
        problem(api.get("/transactions/read", refId="1", cursor="x"), 400, "REQUEST-VALIDATION", "cursor")

    @pytest.mark.parametrize("path", ["/transactions", "/transactions/read"])
    @pytest.mark.parametrize("group", groups.GROUPS)
    def test_by_permission(self, client_of: ClientOf, past: None, path: str, group: str) -> None:
        parameters = {"refId": str(BusinessTransaction.objects.latest("pk").pk)} if "read" in path else {}
        answer = client_of(group).get(path, **parameters)
        if group in (groups.BACK_OFFICE, groups.AUDITOR, groups.CRM):
            assert answer.status_code == 200
        else:
            problem(answer, 403, "PERMISSION-DENIED")
