"""Reads of the past: the whole of what hangs on an entity as it was known at an instant, and as it is known today to have been."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.client import RestClient, problem
from tests.offers.conftest import owned
from tests.offers.world import subscribed

__all__ = ["owned"]

pytestmark = pytest.mark.django_db
PARTS = {
    "/customers/read": ("stateHistory", "accounts", "subscribers", "offers", "balances"),
    "/accounts/read": ("stateHistory", "billCycleHistory", "subscribers", "subordinates", "offers", "balances"),
    "/subscribers/read": ("stateHistory", "resources", "offers", "balances"),
    "/subscriptions/read": ("stateHistory",),
    "/subscribers/resources/read": ("historyIncluded",),
    "/subscriptions/balance/read": ("ledger",),
    "/subscriptions/balances/read": (),
}
NAMES = {"/customers": "cust-1", "/accounts": "acc-1", "/subscribers": "s-1", "/subscriptions": "sub-1"}
CUSTOMER, ACCOUNT, SUBSCRIBER = (
    {"customer": {"externalId": "cust-1"}}, {"account": {"externalId": "acc-1"}}, {"subscriber": {"externalId": "s-1"}},
)  # fmt: skip


def instant() -> str:
    """Return the present instant, with all that was done before it and nothing after it in the same millisecond."""
    time.sleep(0.003)
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    time.sleep(0.003)
    return moment


def read(api: RestClient, path: str, **parameters: str) -> Any:
    """Return what is read at a path of the world's entity with all parts."""
    name = NAMES["/" + path.split("/")[1]]
    further = {"service": "data"} if "balance/" in path else {}
    answer = api.get(path, externalId=name, **dict.fromkeys(PARTS[path], "true"), **further, **parameters)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def grown(owned: RestClient) -> RestClient:
    """The world with something at every level: a sub-account, a number, subscriptions of all owners, a balance."""
    api = owned
    api.done(
        "/accounts/create", externalId="acc-sub", accountProfile="prepaid", **CUSTOMER, parent={"externalId": "acc-1"}
    )
    api.done("/subscribers/resources/create", **SUBSCRIBER, resourceType="IMSI", resource="262011234567890")
    subscribed(api, "subscriber", "s-1", externalId="sub-1", offer="dataBundle10")
    subscribed(api, "account", "acc-1", externalId="sub-2", offer="dataBundle10")
    subscribed(api, "customer", "cust-1", externalId="sub-3", offer="dataBundle10")
    return api


def change_everything(api: RestClient) -> None:
    """Change something of everything, add to it, and take from it."""
    api.done("/customers/update-contact", **CUSTOMER, contact={"city": "Graz"})
    api.done("/accounts/update-parent", account={"externalId": "acc-sub"}, parent=None)
    api.done("/accounts/update-bill-cycle", **ACCOUNT, billCycle="monthly15")
    api.done(
        "/subscribers/resources/swap", **SUBSCRIBER, resourceType="IMSI", swapResource="262011234567890",
        resource="262011234567891",
    )  # fmt: skip
    api.done("/subscriptions/update-balance", subscription={"externalId": "sub-1"}, service="data", adjustment="-1")
    api.done("/subscribers/create", externalId="s-new", subscriberProfile="mobile", **ACCOUNT)
    subscribed(api, "subscriber", "s-1", externalId="sub-new", offer="unlimitedVoice")
    fraud = {"state": "SUSPENDED", "stateReason": "fraud"}
    api.done("/customers/update-state", **CUSTOMER, state=fraud, subordinateUpdated=True)


class TestAsKnownThen:
    def test_every_read_says_what_it_said_then(self, grown: RestClient) -> None:
        before = {path: read(grown, path) for path in PARTS}
        then = instant()
        change_everything(grown)
        for path, body in before.items():
            assert read(grown, path, asOf=then) == body, path
            assert read(grown, path) != body, path
        now = instant()
        for path in PARTS:
            assert read(grown, path, asOf=now) == read(grown, path), path

    def test_corrected_it_is_the_same_where_nothing_was_entered_late(self, grown: RestClient) -> None:
        before = {path: read(grown, path) for path in ("/customers/read", "/accounts/read")}
        then = instant()
        grown.done("/customers/update-custom-name", **CUSTOMER, customName="Other")
        for path, body in before.items():
            assert read(grown, path, asOf=then, corrected="true") == body

    def test_fields_choose_as_elsewhere(self, grown: RestClient) -> None:
        answer = grown.get("/customers/read", externalId="cust-1", asOf=instant(), fields="state")
        assert set(answer.json()) == {"refId", "state"}
        assert not answer.has_header("ETag")

    def test_what_was_not_there_yet_is_not_found(self, owned: RestClient) -> None:
        then = instant()
        owned.done("/customers/create", externalId="late", customerProfile="b2c")
        problem(owned.get("/customers/read", externalId="late", asOf=then), 404, "ENTITY-NOT-FOUND", "asOf")

    def test_many_cost_as_many_statements_as_few(self, grown: RestClient) -> None:
        counts = []
        for number in (1, 8):
            for place in range(number):
                grown.done(
                    "/subscribers/create", externalId=f"n{number}-{place}", subscriberProfile="mobile", **ACCOUNT
                )
            then = instant()
            for corrected in ("true", "false"):
                read(grown, "/customers/read", asOf=then, corrected=corrected)
                with CaptureQueriesContext(connection) as captured:
                    body = read(grown, "/customers/read", asOf=then, corrected=corrected)
                assert len(body["subscribers"]) >= number
                counts.append(len(captured))
        # The client and the customer, itself then, its states, and two for each of four parts.
        assert len(set(counts)) == 1
        assert counts[0] <= 13


class TestCorrected:
    def test_a_state_that_was_entered_later_counts(self, grown: RestClient) -> None:
        time.sleep(0.02)
        began = (datetime.now(UTC) - timedelta(milliseconds=10)).isoformat(timespec="milliseconds")
        then = instant()
        late = {"state": "SUSPENDED", "stateReason": "fraud", "stateValidFrom": began}
        grown.done("/customers/update-state", **CUSTOMER, state=late, subordinateUpdated=True)
        known = read(grown, "/customers/read", asOf=then)
        assert (known["state"]["state"], known["subscribers"][0]["state"]["state"]) == ("ACTIVE", "ACTIVE")
        assert [step["state"] for step in known["stateHistory"]] == ["ACTIVE"]
        corrected = read(grown, "/customers/read", asOf=then, corrected="true")
        assert corrected["state"] == read(grown, "/customers/read")["state"]
        assert {one["state"]["state"] for part in ("accounts", "subscribers", "offers") for one in corrected[part]} == {
            "SUSPENDED"
        }
        assert [step["state"] for step in corrected["stateHistory"]] == ["ACTIVE", "SUSPENDED"]

    def test_what_was_entered_later_and_had_begun_is_there(self, owned: RestClient) -> None:
        then = instant()
        began = (datetime.now(UTC) - timedelta(days=2)).isoformat(timespec="milliseconds")
        state = {"state": "ACTIVE", "stateReason": "dfltActive", "stateValidFrom": began}
        owned.done("/customers/create", externalId="late", customerProfile="b2c", state=state)
        asked = {"externalId": "late", "asOf": then}
        problem(owned.get("/customers/read", **asked), 404, "ENTITY-NOT-FOUND", "asOf")
        assert owned.get("/customers/read", **asked, corrected="true").json()["externalId"] == "late"
        earlier = (datetime.now(UTC) - timedelta(days=3)).isoformat(timespec="milliseconds")
        answer = owned.get("/customers/read", externalId="late", asOf=earlier, corrected="true")
        problem(answer, 404, "ENTITY-NOT-FOUND", "asOf")


class TestRefused:
    @pytest.mark.parametrize(
        ("parameters", "parameter"),
        [
            ({"asOf": "yesterday"}, "asOf"),
            ({"asOf": "2026-01-01T00:00:00"}, "asOf"),
            ({"asOf": "2999-01-01T00:00:00Z"}, "asOf"),
            ({"corrected": "true"}, "asOf"),
            ({"asOf": "2026-01-01T00:00:00Z", "corrected": "maybe"}, "corrected"),
            ({"asOf": "2026-01-01T00:00:00Z", "balance": "true"}, "balance"),
        ],
    )
    @pytest.mark.parametrize("path", PARTS)
    def test_what_is_malformed(self, grown: RestClient, path: str, parameters: dict[str, str], parameter: str) -> None:
        name = NAMES["/" + path.split("/")[1]]
        further = {"service": "data"} if "balance/" in path else {}
        answer = grown.get(path, externalId=name, **further, **parameters)
        problem(answer, 400, "REQUEST-VALIDATION", parameter)

    def test_who_has_a_number_now_is_no_question_of_the_past(self, grown: RestClient) -> None:
        answer = grown.get("/subscribers/read", resource="262011234567890", asOf=instant())
        problem(answer, 400, "REQUEST-VALIDATION", "resource")


class TestParts:
    def test_subscribers_and_balances_of_a_customer(self, grown: RestClient) -> None:
        body = read(grown, "/customers/read")
        assert [one["externalId"] for one in body["subscribers"]] == ["s-1"]
        # As the offers: what it has itself.
        assert {one["subscription"]["externalId"] for one in body["balances"]} == {"sub-3"}
        assert {one["subscription"]["externalId"] for one in read(grown, "/accounts/read")["balances"]} == {"sub-2"}
        assert {one["subscription"]["externalId"] for one in read(grown, "/subscribers/read")["balances"]} == {"sub-1"}
