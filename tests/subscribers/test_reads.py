"""Reads: the subscriber with its parts, lists and their filters, history; and that none asks more for more rows."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocsportal.people import groups
from ocsportal.people.groups import AUDITOR, BACK_OFFICE, CARE, CRM
from ocsportal.people.keys import make_client
from ocsportal.transactions.system import system_change
from tests.client import RestClient, problem
from tests.subscribers.conftest import MSISDN, OTHER, REF, standing

pytestmark = pytest.mark.django_db
SWAP = {"resourceType": "MSISDN", "swapResource": MSISDN, "resource": OTHER}
GONE = {"state": {"state": "DEACTIVATED", "stateReason": "portedOut"}}


@pytest.fixture
def world(api: RestClient, make: Any) -> None:
    """Two subscribers of one account, one of them with a past; a number that went from one to the other."""
    make(customName="Driver 3")
    api.done("/subscribers/resources/create", **REF, resourceType="IMSI", resource="262015550142001")
    api.done("/subscribers/resources/swap", **REF, **SWAP)
    make("s-2", number=MSISDN, subscriberSegment="premium")


class TestSubscriber:
    def test_parts_hang_on_it_when_asked(self, api: RestClient, world: None) -> None:
        plain = api.get("/subscribers/read", externalId="s-1").json()
        assert not {"resources", "stateHistory", "offers"} & plain.keys()
        found = api.get("/subscribers/read", refId=plain["refId"], resources="true", stateHistory="true", offers="true")
        body = found.json()
        assert found["ETag"] == f'"{plain["refId"]}-3"'
        assert [(row["resource"], row["validTo"] is None) for row in body["resources"]] == [
            (MSISDN, False), ("262015550142001", True), (OTHER, True),
        ]  # fmt: skip
        assert body["resources"][0]["validTo"] == body["resources"][2]["validFrom"]
        assert ([step["state"] for step in body["stateHistory"]], body["offers"]) == (["ACTIVE"], [])

    def test_an_account_lists_its_subscribers(self, api: RestClient, world: None) -> None:
        body = api.get("/accounts/read", externalId="acc-1", subscribers="true").json()
        assert [found["externalId"] for found in body["subscribers"]] == ["s-1", "s-2"]

    def test_history_and_as_it_stood(self, api: RestClient, world: None) -> None:
        items = api.get("/subscribers/history", externalId="s-1").json()["items"]
        assert [item["operation"] for item in items] == [
            "SwapSubscriberResource", "CreateSubscriberResource", "CreateSubscriber",
        ]  # fmt: skip
        assert items[0]["changes"] == [
            {"field": "primaryResource", "old": MSISDN, "new": OTHER},
            {"field": "liveResources.MSISDN", "old": MSISDN, "new": OTHER},
        ]
        assert items[1]["changes"] == [{"field": "liveResources.IMSI", "old": None, "new": "262015550142001"}]
        then = api.get("/subscribers/history", externalId="s-1", asOf=items[2]["at"]).json()
        assert (then["primaryResource"], then["liveResources"]) == (MSISDN, {"MSISDN": MSISDN})
        assert then["customer"]["externalId"] == "cust-1"

    def test_unknown(self, api: RestClient) -> None:
        for path in ("/subscribers/read", "/subscribers/history", "/subscribers/resources/read"):
            problem(api.get(path, externalId="nobody"), 404, "ENTITY-NOT-FOUND", "externalId")
            problem(api.get(path), 400, "REQUEST-VALIDATION", "refId")


class TestResources:
    def test_live_ones_only_unless_asked(self, api: RestClient, world: None) -> None:
        answer = api.get("/subscribers/resources/read", externalId="s-1")
        assert [row["resource"] for row in answer.json()["items"]] == ["262015550142001", OTHER]
        tag = api.get("/subscribers/read", externalId="s-1")["ETag"]
        assert answer["ETag"] == tag
        every = api.get("/subscribers/resources/read", externalId="s-1", historyIncluded="true").json()["items"]
        assert [row["resource"] for row in every] == [MSISDN, "262015550142001", OTHER]
        phone = {"externalId": "s-1", "resourceType": "MSISDN"}
        assert len(api.get("/subscribers/resources/read", **phone).json()["items"]) == 1
        assert len(api.get("/subscribers/resources/read", **phone, historyIncluded="true").json()["items"]) == 2

    def test_of_a_deactivated_subscriber(self, api: RestClient, world: None) -> None:
        api.done("/subscribers/update-state", **REF, **GONE)
        assert api.get("/subscribers/resources/read", externalId="s-1").json() == {"items": []}
        every = api.get("/subscribers/resources/read", externalId="s-1", historyIncluded="true").json()["items"]
        assert len(every) == 3
        assert all(row["validTo"] for row in every)

    def test_refused(self, api: RestClient, world: None) -> None:
        path = "/subscribers/resources/read"
        problem(api.get(path, externalId="s-1", resourceType="FAX"), 400, "CONFIG-NOT-FOUND", "resourceType")
        problem(api.get(path, externalId="s-1", historyIncluded="1"), 400, "REQUEST-VALIDATION", "historyIncluded")
        problem(api.get(path, externalId="s-1", history="true"), 400, "REQUEST-VALIDATION", "history")


class TestLists:
    def test_customers_and_accounts_by_what_is_below(self, api: RestClient, world: None, make: Any) -> None:
        one = api.get("/subscribers/read", externalId="s-1").json()
        other = api.done("/subscribers/create", subscriberProfile="prepaidMobile")
        asked = [{"resource": OTHER}, {"subscriber": one["refId"]}]
        for path, own, filters in (
            ("/accounts", "account", asked),
            ("/customers", "customer", [*asked, {"account": one["account"]["refId"]}]),
        ):
            for given in filters:
                assert [item["refId"] for item in api.get(path, **given).json()["items"]] == [one[own]["refId"]]
            assert len(api.get(path, subscriber=other["refId"]).json()["items"]) == 1
            assert api.get(path, resource=OTHER, subscriber=other["refId"]).json()["items"] == []
            assert api.get(path, resource="4917055").json()["items"] == []
        former = api.done("/subscribers/update-state", subscriber={"refId": one["refId"]}, **GONE)
        assert former["liveResources"] == {}
        assert api.get("/customers", resource=OTHER).json()["items"] == []

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ({}, ["s-1", "s-2"]),
            ({"resource": OTHER}, ["s-1"]),
            ({"resource": MSISDN}, ["s-2"]),
            ({"resource": "4917055"}, []),
            ({"type": "IMSI"}, ["s-1"]),
            ({"type": "MSISDN"}, ["s-1", "s-2"]),
            ({"type": "IMSI", "resource": OTHER}, []),
            ({"type": "MSISDN", "resource": OTHER}, ["s-1"]),
            ({"segment": "premium"}, ["s-2"]),
            ({"externalId": "s-2"}, ["s-2"]),
            ({"customNameContains": "river"}, ["s-1"]),
            ({"state": "SUSPENDED"}, []),
            ({"account": "A"}, ["s-1", "s-2"]),
            ({"customer": "C"}, ["s-1", "s-2"]),
            ({"account": "C"}, []),
            ({"subscriber": "S"}, ["s-1"]),
        ],
    )
    def test_subscribers(self, api: RestClient, world: None, filters: dict[str, str], found: list[str]) -> None:
        one = api.get("/subscribers/read", externalId="s-1").json()
        ids = {"A": one["account"]["refId"], "C": one["customer"]["refId"], "S": one["refId"]}
        asked = {name: ids.get(value, value) for name, value in filters.items()}
        body = api.get("/subscribers", **asked).json()
        assert [item["externalId"] for item in body["items"]] == found

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ({}, [("s-1", MSISDN), ("s-1", "262015550142001"), ("s-1", OTHER), ("s-2", MSISDN)]),
            ({"resource": MSISDN}, [("s-1", MSISDN), ("s-2", MSISDN)]),
            ({"resource": MSISDN, "live": "true"}, [("s-2", MSISDN)]),
            ({"resource": MSISDN, "live": "false"}, [("s-1", MSISDN)]),
            ({"type": "IMSI"}, [("s-1", "262015550142001")]),
            ({"subscriber": "S", "live": "true"}, [("s-1", "262015550142001"), ("s-1", OTHER)]),
            ({"account": "A", "type": "IMSI"}, [("s-1", "262015550142001")]),
            ({"customer": "C", "live": "false"}, [("s-1", MSISDN)]),
            ({"customer": "A"}, []),
        ],
    )
    def test_resources(self, api: RestClient, world: None, filters: dict[str, str], found: list[Any]) -> None:
        one = api.get("/subscribers/read", externalId="s-1").json()
        ids = {"A": one["account"]["refId"], "C": one["customer"]["refId"], "S": one["refId"]}
        asked = {name: ids.get(value, value) for name, value in filters.items()}
        items = api.get("/resources", **asked).json()["items"]
        assert [(item["subscriber"]["externalId"], item["resource"]) for item in items] == found

    def test_resources_are_paged_by_key(self, api: RestClient, world: None) -> None:
        seen: list[str] = []
        asked: dict[str, str] = {"limit": "3", "ordering": "-created"}
        while True:
            body = api.get("/resources", **asked).json()
            seen += [item["resource"] for item in body["items"]]
            if body["nextCursor"] is None:
                break
            asked["cursor"] = body["nextCursor"]
        assert seen == [MSISDN, OTHER, "262015550142001", MSISDN]

    @pytest.mark.parametrize("path", ["/subscribers", "/resources"])
    def test_refused(self, api: RestClient, path: str) -> None:
        for name, value in (
            ("resorce", "1"),
            ("live", "yes"),
            ("ordering", "value"),
            ("resource", ""),
            ("limit", "501"),
        ):
            problem(api.get(path, **{name: value}), 400, "REQUEST-VALIDATION", name)


@pytest.mark.parametrize(
    "path",
    ["/subscribers", "/resources", "/accounts/read?externalId=acc-1&subscribers=true",
     "/subscribers/history?externalId=s-1", "/subscribers/read?externalId=s-1&resources=true&stateHistory=true",
     "/subscribers/resources/read?externalId=s-1&historyIncluded=true"],
)  # fmt: skip
def test_more_rows_take_no_more_queries(api: RestClient, make: Any, path: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(path).status_code == 200
        return len(queries)

    make()
    asked()
    few = asked()
    for number in range(4):
        make(f"more-{number}", number=f"49170111000{number}")
        api.done("/subscribers/resources/swap", **REF, resourceType="MSISDN",
                 swapResource=MSISDN if not number else f"49170222000{number - 1}", resource=f"49170222000{number}")  # fmt: skip
    assert asked() == few


def test_a_cascade_asks_the_same_for_one_subscriber_and_for_many(api: RestClient, make: Any) -> None:
    make()
    # What is configured is looked up once and kept.
    api.done("/customers/create", externalId="warm", customerProfile="b2b")
    api.done("/customers/update-state", customer={"externalId": "warm"}, **GONE)
    asked = []
    # The first one is for what is looked up once and remembered.
    for customer, times in (("cust-1", 1), ("cust-2", 6), ("cust-3", 2)):
        if customer != "cust-1":
            api.done("/customers/create", externalId=customer, customerProfile="b2b")
            of = {"externalId": customer}
            api.done("/accounts/create", externalId=f"a-{customer}", accountProfile="postpaid", customer=of)
            for number in range(times):
                name = f"{customer}-{number}"
                make(name, number=f"49170111{times}00{number}", account={"externalId": f"a-{customer}"})
        with CaptureQueriesContext(connection) as queries:
            answer = api.post(
                "/customers/update-state", customer={"externalId": customer}, subordinateUpdated=True, **GONE
            )
        assert len(json.loads(answer.content)) == 2 + 2 * times
        asked.append(len(queries))
    assert asked[1] == asked[2]


@pytest.mark.parametrize(("group", "may"), [(CARE, True), (BACK_OFFICE, True), (AUDITOR, False), (CRM, True)])
def test_who_may_work_on_resources(group: str, may: bool, make: Any) -> None:
    make()
    user, key = make_client("someone", group, system_change("tests"))
    api = RestClient(user.application_id or "", key)
    assert api.get("/resources").status_code == 200
    assert api.get("/subscribers/resources/read", externalId="s-1").status_code == 200
    before = standing()
    swap = api.post("/subscribers/resources/swap", **REF, **SWAP)
    if may:
        assert swap.status_code == 200
    else:
        problem(swap, 403, "PERMISSION-DENIED")
        assert standing() == before


def test_who_only_configures_reads_nothing(make: Any) -> None:
    make()
    user, key = make_client("someone", groups.CONFIGURATION, system_change("tests"))
    api = RestClient(user.application_id or "", key)
    for path in ("/resources", "/subscribers", "/subscribers/read?externalId=s-1"):
        problem(api.get(path), 403, "PERMISSION-DENIED")
