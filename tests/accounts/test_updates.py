"""Every other write on an account over REST: done, refused, stale, replayed, and final when deactivated."""

from typing import Any

import pytest

from accounts.api.urls import WRITES
from accounts.models import Account
from ocsportal.transactions.models import BusinessTransaction
from tests.accounts.conftest import Accounts
from tests.accounts.world import ref, unchanged
from tests.client import RestClient, problem
from tests.rest.routes import refused

pytestmark = pytest.mark.django_db

LATER = "2099-05-01T00:00:00+02:00"
ON = {"account": ref("acc-1")}
BODIES: dict[str, dict[str, Any]] = {
    "update-external-id": {"externalId": "other"},
    "update-custom-name": {"customName": "Other"},
    "update-custom-attributes": {"customAttributes": {"a": "b"}},
    "update-segment": {"accountSegment": "b2b"},
    "update-state": {"state": {"state": "SUSPENDED", "stateReason": "fraud"}},
    "update": {"customName": "Other"},
    "update-bill-cycle": {"billCycle": "monthly15"},
    "update-preferences": {"preferences": {"language": "de"}},
    "update-parent": {"parent": None},
    "update-tax-exemption": {"taxExemption": True},
    "confirm-state": {},
    "cancel-state": {},
    "dismiss-state": {},
    "cancel-bill-cycle-change": {},
    "perform-bill-cycle-change": {},
}
# These need a plan; without one they refuse before anything else is at stake.
ON_PLANS = ("confirm-state", "cancel-state", "dismiss-state", "cancel-bill-cycle-change", "perform-bill-cycle-change")
CHANGING = [path for path in BODIES if path not in ON_PLANS]


def test_every_write_is_covered_here() -> None:
    assert {route for route, *_ in WRITES} == {"create", *BODIES}


class TestEveryWrite:
    @pytest.mark.parametrize("path", CHANGING)
    def test_done_once_and_replayed(self, api: RestClient, account: dict[str, Any], path: str) -> None:
        first = api.post(f"/accounts/{path}", requestId="once", **ON, **BODIES[path])
        assert first.status_code == 200
        (item,) = first.json()
        assert (item["seqno"], item["objectType"]) == (1, "io.ocs.pbs.core.model.AccountEx")
        assert item["object"]["refId"] == account["refId"]
        assert first["ETag"] == f'"{account["refId"]}-2"'
        newest = Account.history.latest("history_id")
        entry = BusinessTransaction.objects.latest("id")
        assert (newest.version, newest.transaction_id, entry.operation) == (2, entry.pk, item["name"])
        with unchanged():
            again = api.post(f"/accounts/{path}", requestId="once", **ON, **BODIES[path])
            assert (again.content, again["Idempotent-Replay"], again["ETag"]) == (first.content, "true", first["ETag"])
            other = api.post(f"/accounts/{path}", requestId="once", transactionId="t", **ON, **BODIES[path])
            problem(other, 409, "REQUEST-ID-CONFLICT", "requestId")

    def test_bad_references(self, api: RestClient, account: dict[str, Any]) -> None:
        references: list[tuple[Any, str]] = [
            ({"externalId": "nobody"}, "ENTITY-NOT-FOUND"),
            ({"externalId": "acc-1", "refId": "AAAAAAAAAAAAAA"}, "ENTITY-NOT-FOUND"),
            *[(value, "REQUEST-VALIDATION") for value in ({}, None, "acc-1")],
        ]
        with unchanged():
            for path in BODIES:
                for reference, code in references:
                    problem(api.post(f"/accounts/{path}", account=reference, **BODIES[path]), 400, code, "account")

    @pytest.mark.parametrize("path", CHANGING)
    def test_stale(self, api: RestClient, account: dict[str, Any], path: str) -> None:
        tag = api.get("/accounts/read", externalId="acc-1")["ETag"]
        api.done("/accounts/update-custom-name", **ON, customName="Meanwhile")
        with unchanged():
            late = api.post(f"/accounts/{path}", headers={"If-Match": tag}, **ON, **BODIES[path])
            problem(late, 412, "PRECONDITION-FAILED")
        fresh = api.get("/accounts/read", externalId="acc-1")["ETag"]
        assert api.post(f"/accounts/{path}", headers={"If-Match": fresh}, **ON, **BODIES[path]).status_code == 200

    def test_deactivated_is_final(self, make: Accounts, api: RestClient) -> None:
        make.payer("acc-1")
        make.end("acc-1")
        with unchanged():
            for path in BODIES:
                problem(api.post(f"/accounts/{path}", **ON, **BODIES[path]), 400, "CASM-STATE-DEACTIVATED", "account")

    def test_unknown_fields(self, api: RestClient, account: dict[str, Any]) -> None:
        with unchanged():
            for path in BODIES:
                answer = api.post(f"/accounts/{path}", **ON, **BODIES[path], surprise=1)
                problem(answer, 400, "REQUEST-VALIDATION", "surprise")


class TestFields:
    def test_external_id_acts_at_once(self, make: Accounts, api: RestClient, account: dict[str, Any]) -> None:
        api.done("/accounts/update-external-id", **ON, externalId="acc-2")
        problem(api.get("/accounts/read", externalId="acc-1"), 404, "ENTITY-NOT-FOUND", "externalId")
        make.payer("acc-1")
        with unchanged():
            answer = api.post("/accounts/update-external-id", **ON, externalId="acc-2")
            problem(answer, 400, "EXTERNAL-ID-NOT-UNIQUE", "externalId")

    def test_attributes_replace_merge_and_clear(self, api: RestClient, account: dict[str, Any]) -> None:
        path = "/accounts/update-custom-attributes"
        assert api.done(path, **ON, customAttributes={"a": "1", "b": "2"})["customAttributes"] == {"a": "1", "b": "2"}
        merged = api.done(path, **ON, customAttributes={"b": "3"}, merge=True)
        assert merged["customAttributes"] == {"a": "1", "b": "3"}
        assert api.done(path, **ON, customAttributes=None)["customAttributes"] == {}

    def test_unknown_segment(self, api: RestClient, account: dict[str, Any]) -> None:
        with unchanged():
            answer = api.post("/accounts/update-segment", **ON, accountSegment="vip")
            problem(answer, 400, "CONFIG-NOT-FOUND", "accountSegment")

    def test_several_at_once_make_one_version(self, api: RestClient, account: dict[str, Any]) -> None:
        api.done("/accounts/update", **ON, customAttributes={"a": "1"}, preferences={"itemizedBill": True})
        made = api.done(
            "/accounts/update", **ON, merge=True, customName="New", externalId="acc-9", accountSegment="b2c",
            customAttributes={"b": "2"}, preferences={"language": "cs"},
        )  # fmt: skip
        assert (made["customName"], made["externalId"], made["accountSegment"]["code"]) == ("New", "acc-9", "b2c")
        assert made["customAttributes"] == {"a": "1", "b": "2"}
        assert made["preferences"] == {"language": "cs", "itemizedBill": True}
        assert Account.history.count() == 3

    def test_several_are_all_or_nothing(self, api: RestClient, account: dict[str, Any]) -> None:
        with unchanged():
            answer = api.post("/accounts/update", **ON, customName="New", accountSegment="nope")
            problem(answer, 400, "CONFIG-NOT-FOUND", "accountSegment")
            problem(api.post("/accounts/update", **ON), 400, "REQUEST-VALIDATION")
            problem(api.post("/accounts/update", **ON, merge=True), 400, "REQUEST-VALIDATION")
            wrong = {"language": "?", "invoiceEmail": "nope", "itemizedBill": "yes"}
            body = problem(api.post("/accounts/update", **ON, preferences=wrong), 400, "REQUEST-VALIDATION")
        assert {error["parameter"] for error in body["errors"]} >= {"preferences.itemizedBill"}


class TestPreferences:
    PATH = "/accounts/update-preferences"
    ALL = {
        "language": "de-AT", "invoiceDelivery": "EMAIL", "invoiceEmail": "bills@a.example", "itemizedBill": True,
        "notifications": False,
    }  # fmt: skip

    def test_replace_merge_and_null(self, api: RestClient, account: dict[str, Any]) -> None:
        assert api.done(self.PATH, **ON, preferences=self.ALL)["preferences"] == self.ALL
        merged = api.done(self.PATH, **ON, preferences={"language": None, "itemizedBill": False}, merge=True)
        assert merged["preferences"] == {
            name: value for name, value in {**self.ALL, "itemizedBill": False}.items() if name != "language"
        }
        assert api.done(self.PATH, **ON, preferences={"notifications": True})["preferences"] == {"notifications": True}
        assert api.done(self.PATH, **ON, preferences={})["preferences"] == {}

    def test_ways_of_delivery(self, api: RestClient, account: dict[str, Any]) -> None:
        for value in ("EMAIL", "POST", "PORTAL", "NONE"):
            wanted = {"invoiceDelivery": value}
            assert api.done(self.PATH, **ON, preferences=wanted)["preferences"] == wanted

    def test_bad_parts(self, api: RestClient, account: dict[str, Any]) -> None:
        bad = [
            ("language", "german"), ("language", "x" * 36), ("language", 1), ("invoiceDelivery", "FAX"),
            ("invoiceDelivery", "email"), ("invoiceEmail", "nope"), ("invoiceEmail", f"a@{'b' * 250}.example"),
            ("itemizedBill", "true"), ("itemizedBill", 1), ("notifications", "no"), ("fax", "1"),
        ]  # fmt: skip
        with unchanged():
            for part, value in bad:
                answer = api.post(self.PATH, **ON, preferences={part: value})
                problem(answer, 400, "REQUEST-VALIDATION", f"preferences.{part}")

    def test_must_be_an_object(self, api: RestClient, account: dict[str, Any]) -> None:
        with unchanged():
            for value in (None, [], "de", 1):
                problem(api.post(self.PATH, **ON, preferences=value), 400, "REQUEST-VALIDATION", "preferences")


class TestTaxExemption:
    PATH = "/accounts/update-tax-exemption"

    def test_begins_and_ends_at_once(self, api: RestClient, account: dict[str, Any]) -> None:
        made = api.done(self.PATH, **ON, taxExemption=True, taxResidence="CH")
        assert (made["taxExemption"], made["taxResidence"]) == (True, "CH")
        made = api.done(self.PATH, **ON, taxExemption=False)
        assert (made["taxExemption"], made["taxResidence"]) == (False, "CH")
        made = api.done(self.PATH, **ON, taxExemption=False, taxResidence=None)
        assert (made["taxExemption"], made["taxResidence"]) == (False, None)

    @pytest.mark.parametrize(
        ("body", "parameter"),
        [
            ({}, "taxExemption"), ({"taxExemption": None}, "taxExemption"), ({"taxExemption": "true"}, "taxExemption"),
            ({"taxExemption": True, "taxResidence": "x" * 61}, "taxResidence"),
            ({"taxExemption": True, "validFrom": LATER}, "validFrom"),
        ],
    )  # fmt: skip
    def test_refused(self, api: RestClient, account: dict[str, Any], body: Any, parameter: str) -> None:
        with unchanged():
            problem(api.post(self.PATH, **ON, **body), 400, "REQUEST-VALIDATION", parameter)


class TestStates:
    def test_plan_confirm_cancel(self, api: RestClient, account: dict[str, Any]) -> None:
        planned = {"state": "SUSPENDED", "stateReason": "nonPayment", "stateValidFrom": LATER, "pending": True}
        made = api.done("/accounts/update-state", **ON, state=planned, subordinateUpdated=True)
        assert (made["plannedState"]["pending"], made["plannedState"]["subordinateUpdated"]) == (True, True)
        with unchanged():
            problem(api.post("/accounts/update-state", **ON, **BODIES["update-state"]), 400, "CASM-STATE-PENDING")
            problem(api.post("/accounts/confirm-state", **ON, state="ACTIVE"), 400, "CASM-STATE-PENDING-MISMATCH")
        assert api.done("/accounts/confirm-state", **ON, state="SUSPENDED")["plannedState"]["pending"] is False
        assert api.done("/accounts/cancel-state", **ON)["plannedState"] is None
        again = api.post("/accounts/cancel-state", **ON)
        assert (again.status_code, again["X-Ocs-Io-Notice"]) == (200, "CASM-STATE-PENDING-CANCELLED")

    def test_nothing_planned(self, api: RestClient, account: dict[str, Any]) -> None:
        with unchanged():
            for path in ("confirm-state", "cancel-state"):
                problem(api.post(f"/accounts/{path}", **ON), 400, "CASM-STATE-NOT-PENDING")

    def test_a_subordinate_stands_in_the_way_of_the_end(self, make: Accounts, api: RestClient) -> None:
        make.payer("acc-1")
        make.technical("below", "acc-1")
        state = {"state": "DEACTIVATED", "stateReason": "portedOut"}
        with unchanged():
            answer = api.post("/accounts/update-state", **ON, state=state)
            problem(answer, 400, "CASM-SUBORDINATES-LIVE", "subordinateUpdated")
        items = api.post("/accounts/update-state", **ON, state=state, subordinateUpdated=True).json()
        assert [item["object"]["externalId"] for item in items] == ["acc-1", "below"]


def test_the_documented_examples_work_one_after_the_other(api: RestClient, customer: dict[str, Any]) -> None:
    bodies = {route: example for route, _, _, example in WRITES}
    pending = {"state": "SUSPENDED", "stateReason": "dfltSuspended", "stateValidFrom": LATER, "pending": True}
    plan = {"requestId": "plan", **ON, "state": pending}
    again = {**bodies["update-bill-cycle"], "requestId": "again"}
    single = (
        "update-custom-name",
        "update-custom-attributes",
        "update-segment",
        "update-preferences",
        "update-tax-exemption",
    )
    order = [
        ("create", bodies["create"]),
        *[(route, bodies[route]) for route in (*single, "update-parent", "update")],
        *[(route, bodies[route]) for route in ("update-bill-cycle", "cancel-bill-cycle-change")],
        ("update-bill-cycle", again), ("perform-bill-cycle-change", bodies["perform-bill-cycle-change"]),
        ("update-state", plan),
        *[(route, bodies[route]) for route in ("confirm-state", "cancel-state")],
        ("update-state", {**plan, "requestId": "refused"}),
        *[(route, bodies[route]) for route in ("dismiss-state", "update-state", "update-external-id")],
    ]  # fmt: skip
    for path, body in order:
        if path == "dismiss-state":
            refused(Account)
        assert api.post(f"/accounts/{path}", **body).status_code == 200, path
    assert {path for path, _ in order} == set(bodies)
