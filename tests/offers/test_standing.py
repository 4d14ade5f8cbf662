"""The operations on subscriptions that stand, their reads, lists and histories; and states that come from above."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.people import groups
from offers.models import Subscription
from subscribers.models import Subscriber
from tests.client import RestClient, problem
from tests.offers.world import ACTIVE, ENDED, OWNERS, account, end, nothing_changed, refused, subscribed
from tests.rest.conftest import ClientOf

pytestmark = pytest.mark.django_db

REF = {"subscription": {"externalId": "sub-1"}}
SUSPENDED = {"state": "SUSPENDED", "stateReason": "fraud"}
LATER = (datetime.now(UTC) + timedelta(days=500)).isoformat(timespec="milliseconds")
PLAN = {**SUSPENDED, "stateValidFrom": LATER, "pending": True}
# Each operation, and whether Customer Care may.
WRITES: dict[str, tuple[dict[str, Any], bool]] = {
    "update-external-id": ({"externalId": "other"}, False),
    "update-custom-name": ({"customName": "Other"}, True),
    "update-custom-attributes": ({"customAttributes": {"a": "b"}}, True),
    "update-state": ({"state": SUSPENDED}, True),
    "confirm-state": ({}, False),
    "cancel-state": ({}, False),
    "update": ({"customName": "Other"}, False),
}


def path(last: str) -> str:
    return f"/subscriptions/{last}"


@pytest.fixture
def sub(owned: RestClient) -> RestClient:
    """REST, with the subscription sub-1 of account acc-1."""
    subscribed(
        owned, externalId="sub-1", customName="Bundle", state={**ACTIVE, "stateValidFrom": "2026-03-01T00:00:00Z"}
    )
    return owned


@pytest.mark.parametrize("last", WRITES)
class TestWrites:
    def arrange(self, api: RestClient, last: str) -> dict[str, Any]:
        if last in ("confirm-state", "cancel-state"):
            api.done(path("update-state"), **REF, state=PLAN)
        return WRITES[last][0]

    def test_done_once_and_stale(self, sub: RestClient, last: str) -> None:
        body = self.arrange(sub, last)
        tag = sub.get(path("read"), externalId="sub-1")["ETag"]
        first = sub.post(path(last), headers={"If-Match": tag}, requestId="once", **REF, **body)
        assert first.status_code == 200, first.content
        assert len(first.json()) == 1
        with nothing_changed():
            again = sub.post(path(last), headers={"If-Match": tag}, requestId="once", **REF, **body)
            assert (again.content, again["Idempotent-Replay"], again["ETag"]) == (
                first.content, "true", first["ETag"],
            )  # fmt: skip
            problem(
                sub.post(path(last), requestId="once", transactionId="t", **REF, **body), 409, "REQUEST-ID-CONFLICT"
            )
            other = {"subscription": {"refId": first.json()[0]["object"]["refId"]}}
            late = sub.post(path("update-custom-name"), headers={"If-Match": tag}, **other, customName="x")
            problem(late, 412, "PRECONDITION-FAILED")
        assert sub.get(path("read"), refId=first.json()[0]["object"]["refId"]).json() == first.json()[0]["object"]

    def test_who_may(self, sub: RestClient, client_of: ClientOf, last: str) -> None:
        body = self.arrange(sub, last)
        others = [client_of(group) for group in (groups.AUDITOR, groups.CONFIGURATION, groups.ADMINISTRATOR)]
        care = client_of(groups.CARE)
        with nothing_changed():
            for client in others if WRITES[last][1] else [*others, care]:
                problem(client.post(path(last), **REF, **body), 403, "PERMISSION-DENIED")
        if WRITES[last][1]:
            care.done(path(last), **REF, **body)
        else:
            client_of(groups.BACK_OFFICE).done(path(last), **REF, **body)

    def test_nothing_goes_down(self, sub: RestClient, last: str) -> None:
        body = self.arrange(sub, last)
        refused(sub, path(last), "REQUEST-VALIDATION", "subordinateUpdated", **REF, **body, subordinateUpdated=True)

    def test_bad_references(self, sub: RestClient, last: str) -> None:
        body = self.arrange(sub, last)
        for reference in ({"externalId": "nobody"}, {"externalId": "sub-1", "refId": "A" * 14}):
            refused(sub, path(last), "ENTITY-NOT-FOUND", "subscription", subscription=reference, **body)
        for malformed in ({}, None, "sub-1"):
            refused(sub, path(last), "REQUEST-VALIDATION", "subscription", subscription=malformed, **body)

    def test_deactivated(self, sub: RestClient, last: str) -> None:
        sub.done(path("update-state"), **REF, state=ENDED)
        refused(sub, path(last), "CASM-STATE-DEACTIVATED", "subscription", **REF, **WRITES[last][0])


class TestWhatNeverChanges:
    def test_fields(self, sub: RestClient) -> None:
        for field in ("offer", "priority", "parentOfferSubscription", "account", "offerAttributes", "state"):
            body = {"customName": "x", field: {"externalId": "y"}}
            refused(sub, path("update"), "REQUEST-VALIDATION", field, **REF, **body)

    def test_update_takes_at_least_one_field_all_or_nothing(self, sub: RestClient) -> None:
        refused(sub, path("update"), "REQUEST-VALIDATION", **REF)
        subscribed(sub, externalId="taken")
        refused(sub, path("update"), "EXTERNAL-ID-NOT-UNIQUE", "externalId", **REF, customName="x", externalId="taken")
        made = sub.done(path("update"), **REF, externalId="new", customName="N", customAttributes={"a": "b"})
        assert (made["externalId"], made["customName"], made["customAttributes"]) == ("new", "N", {"a": "b"})


class TestStates:
    def test_care_neither_deactivates_nor_plans(self, sub: RestClient, client_of: ClientOf) -> None:
        care = client_of(groups.CARE)
        with nothing_changed():
            for state in (ENDED, PLAN, {**SUSPENDED, "stateValidFrom": LATER}):
                problem(care.post(path("update-state"), **REF, state=state), 403, "PERMISSION-DENIED")

    def test_plan_confirm_and_force(self, sub: RestClient) -> None:
        planned = sub.done(path("update-state"), **REF, state=PLAN)
        assert planned["state"]["state"] == "ACTIVE"
        assert planned["plannedState"]["pending"] is True
        refused(sub, path("update-state"), "CASM-STATE-PENDING", **REF, state=SUSPENDED)
        refused(sub, path("confirm-state"), "CASM-STATE-PENDING-MISMATCH", **REF, state="ACTIVE")
        sub.done(path("confirm-state"), **REF, state="SUSPENDED")
        assert bring_due_into_force(datetime.fromisoformat(LATER) + timedelta(seconds=1)) == 1
        row = Subscription.objects.get(external_id="sub-1")
        assert (row.state, row.state_valid_from) == ("SUSPENDED", datetime.fromisoformat(LATER))

    def test_history_of_states(self, sub: RestClient) -> None:
        sub.done(path("update-state"), **REF, state={**SUSPENDED, "stateValidFrom": "2026-04-01T00:00:00Z"})
        sub.done(path("update-state"), **REF, state={**ENDED, "stateValidFrom": "2026-05-01T00:00:00Z"})
        states = sub.get(path("read"), externalId="sub-1", stateHistory="true").json()["stateHistory"]
        assert [(step["state"], step["stateValidFrom"][:10], step["stateValidTo"]) for step in states] == [
            ("ACTIVE", "2026-03-01", "2026-04-01T02:00:00.000+02:00"),
            ("SUSPENDED", "2026-04-01", "2026-05-01T02:00:00.000+02:00"),
            ("DEACTIVATED", "2026-05-01", None),
        ]


class TestFromAbove:
    @pytest.fixture
    def tree(self, owned: RestClient) -> RestClient:
        """A subscription on each owner, and one on a department below the account."""
        for kind in OWNERS:
            subscribed(owned, kind, externalId=f"on-{kind}")
        account(owned, "dep", accountProfile="department", parent={"externalId": "acc-1"})
        subscribed(owned, "account", "dep", externalId="on-department")
        return owned

    def states(self) -> dict[str, str]:
        return dict(Subscription.objects.order_by("pk").values_list("external_id", "state"))

    def test_from_the_customer(self, tree: RestClient) -> None:
        ref = {"customer": {"externalId": "cust-1"}}
        tree.done("/customers/update-state", **ref, state=SUSPENDED, subordinateUpdated=True)
        assert set(self.states().values()) == {"SUSPENDED"}
        tree.done("/customers/update-state", **ref, state=ACTIVE, subordinateUpdated=True)
        assert set(self.states().values()) == {"ACTIVE"}
        items = tree.post("/customers/update-state", **ref, state=ENDED, subordinateUpdated=True).json()
        assert set(self.states().values()) == {"DEACTIVATED"}
        kinds = [item["objectType"].rsplit(".", 1)[1].removesuffix("Ex") for item in items]
        assert {kind: kinds.count(kind) for kind in kinds} == {
            "Customer": 1, "Account": 2, "Subscriber": 1, "OfferSubscription": 4,
        }  # fmt: skip

    def test_from_the_account(self, tree: RestClient) -> None:
        ref = {"account": {"externalId": "acc-1"}}
        tree.done("/accounts/update-state", **ref, state=SUSPENDED, subordinateUpdated=True)
        assert self.states() == {
            "on-customer": "ACTIVE", "on-account": "SUSPENDED", "on-subscriber": "SUSPENDED",
            "on-department": "SUSPENDED",
        }  # fmt: skip

    def test_not_unless_asked_and_not_past_live_ones(self, tree: RestClient) -> None:
        tree.done("/customers/update-state", customer={"externalId": "cust-1"}, state=SUSPENDED)
        assert set(self.states().values()) == {"ACTIVE"}
        refused(
            tree, "/customers/update-state", "CASM-SUBORDINATES-LIVE", customer={"externalId": "cust-1"}, state=ENDED
        )

    def test_one_suspended_on_its_own_stays_so(self, tree: RestClient) -> None:
        tree.done(path("update-state"), subscription={"externalId": "on-account"}, state=SUSPENDED)
        ref = {"customer": {"externalId": "cust-1"}}
        tree.done("/customers/update-state", **ref, state=SUSPENDED, subordinateUpdated=True)
        tree.done("/customers/update-state", **ref, state=ACTIVE, subordinateUpdated=True)
        assert [name for name, state in self.states().items() if state == "SUSPENDED"] == ["on-account"]


class TestReads:
    def test_read(self, sub: RestClient) -> None:
        answer = sub.get(path("read"), externalId="sub-1")
        made = answer.json()
        assert answer["ETag"] == f'"{made["refId"]}-1"'
        assert sub.get(path("read"), refId=made["refId"]).json() == made
        assert made["account"] == {"refId": Account.objects.get().ref_id, "externalId": "acc-1"}
        problem(sub.get(path("read"), externalId="nobody"), 404, "ENTITY-NOT-FOUND")
        problem(sub.get(path("read")), 400, "REQUEST-VALIDATION")
        problem(sub.get(path("read"), externalId="sub-1", nope="1"), 400, "REQUEST-VALIDATION", "nope")

    def test_offers_of_an_owner(self, sub: RestClient) -> None:
        second = subscribed(sub, externalId="sub-2")
        subscribed(sub, "customer", externalId="sub-3")
        first = sub.get(path("read"), externalId="sub-1").json()
        assert sub.get("/accounts/read", externalId="acc-1", offers="true").json()["offers"] == [first, second]
        assert "offers" not in sub.get("/accounts/read", externalId="acc-1").json()
        on_customer = sub.get("/customers/read", externalId="cust-1", offers="true").json()["offers"]
        assert [found["externalId"] for found in on_customer] == ["sub-3"]
        account(sub, "bare")
        assert sub.get("/accounts/read", externalId="bare", offers="true").json()["offers"] == []

    def test_offers_of_a_subscriber(self, sub: RestClient) -> None:
        from ocsportal.rest.entities import PARTS

        made = subscribed(sub, "subscriber")
        listed = PARTS[Subscriber._meta.label, "offers"]
        assert listed(Subscriber.objects.get(), None) == [made]

    def test_history_and_as_of(self, sub: RestClient) -> None:
        sub.post(path("update-custom-name"), headers={"X-Ocs-Io-Reason": "typo"}, **REF, customName="New")
        rows = list(Subscription.history.order_by("history_id"))
        items = sub.get(path("history"), externalId="sub-1").json()["items"]
        assert [(item["version"], item["operation"], item["channel"], item["reason"]) for item in items] == [
            (2, "UpdateSubscriptionCustomName", "REST", "typo"),
            (1, "CreateSubscriptionOnAccount", "REST", None),
        ]
        assert items[0]["changes"] == [{"field": "customName", "old": "Bundle", "new": "New"}]
        stood = sub.get(path("history"), externalId="sub-1", asOf=rows[0].history_date.isoformat()).json()
        assert (stood["customName"], stood["offer"]["code"]) == ("Bundle", "dataBundle10")
        problem(sub.get(path("history"), externalId="sub-1", asOf="2020-01-01T00:00:00Z"), 404, "ENTITY-NOT-FOUND")


# An owner's model stands for the refId of the one that there is.
LISTED: list[tuple[dict[str, Any], str]] = [
    ({}, "abc"),
    ({"state": "INACTIVE"}, "c"),
    ({"externalId": "b"}, "b"),
    ({"externalId": "B"}, ""),
    ({"customNameContains": "lee"}, "b"),
    ({"attribute": "k:v"}, "a"),
    ({"attribute": "k:w"}, ""),
    ({"offer": "unlimitedVoice"}, "b"),
    ({"offer": "nope"}, ""),
    ({"customer": Customer}, "a"),
    ({"account": Account}, "b"),
    ({"subscriber": Subscriber}, "c"),
    ({"changedSince": "2020-01-01T00:00:00Z"}, "abc"),
    ({"changedSince": "2099-01-01T00:00:00Z"}, ""),
    ({"ordering": "-created"}, "cba"),
    ({"account": Account, "offer": "dataBundle10"}, ""),
]


class TestList:
    @pytest.fixture
    def several(self, owned: RestClient) -> RestClient:
        """Three subscriptions that differ in everything that a list can be narrowed by."""
        subscribed(owned, "customer", externalId="a", customName="Grüße aus Ulm", customAttributes={"k": "v"})
        subscribed(owned, "account", externalId="b", customName="Fleet", offer="unlimitedVoice")
        subscribed(owned, "subscriber", externalId="c", state={"state": "INACTIVE", "stateReason": "dfltInactive"})
        return owned

    def test_filters(self, several: RestClient) -> None:
        for filters, found in LISTED:
            given = {
                name: value if isinstance(value, str) else value.objects.get().ref_id for name, value in filters.items()
            }
            answer = several.get("/subscriptions", **given).json()
            assert "".join(item["externalId"] for item in answer["items"]) == found, filters
            assert answer["nextCursor"] is None

    def test_pages(self, several: RestClient) -> None:
        first = several.get("/subscriptions", limit="2").json()
        second = several.get("/subscriptions", limit="2", cursor=first["nextCursor"]).json()
        assert [item["externalId"] for item in [*first["items"], *second["items"]]] == ["a", "b", "c"]
        assert second["nextCursor"] is None

    def test_strict(self, several: RestClient) -> None:
        for given in ({"nope": "1"}, {"state": "ALIVE"}, {"owner": "x"}, {"limit": "501"}, {"offer": ""}):
            problem(several.get("/subscriptions", **given), 400, "REQUEST-VALIDATION", next(iter(given)))

    def test_who_may(self, several: RestClient, client_of: ClientOf) -> None:
        for group in groups.GROUPS:
            answer = client_of(group, f"reader-{group.split()[0]}").get("/subscriptions")
            expected = 403 if group in (groups.CONFIGURATION, groups.ADMINISTRATOR) else 200
            assert answer.status_code == expected, group


def test_a_write_on_a_subscription_of_an_ended_owner_names_the_owner(sub: RestClient) -> None:
    end(Account, "acc-1")
    refused(sub, path("update-custom-name"), "CASM-STATE-DEACTIVATED", "account", **REF, customName="x")
