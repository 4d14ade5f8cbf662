"""Every operation on customers over REST: done, refused for each rule, replayed, stale; refused changes nothing."""

import json
from typing import Any

import pytest

from customers.api.urls import WRITES
from customers.models import Customer
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from tests.client import RestClient, problem
from tests.rest.routes import named, refused

LATER = "2099-05-01T00:00:00+02:00"

pytestmark = pytest.mark.django_db

PATHS = {
    "/customers/update-external-id": {"externalId": "other"},
    "/customers/update-custom-name": {"customName": "Other"},
    "/customers/update-custom-attributes": {"customAttributes": {"a": "b"}},
    "/customers/update-segment": {"customerSegment": "vip"},
    "/customers/update-state": {"state": {"state": "SUSPENDED", "stateReason": "fraud"}},
    "/customers/confirm-state": {},
    "/customers/cancel-state": {},
    "/customers/update-contact": {"contact": {"city": "Brno"}},
    "/customers/update": {"customName": "Other"},
}
# What the rules of these two refuse before anything else is at stake.
PLAN_PATHS = ("/customers/confirm-state", "/customers/cancel-state")
CHANGING = {path: body for path, body in PATHS.items() if path not in PLAN_PATHS}


def standing() -> tuple[Any, ...]:
    """Everything that a refused request must leave as it was."""
    return (
        list(Customer.objects.order_by("pk").values()),
        Customer.history.count(),
        BusinessTransaction.objects.count(),
        OutboxMessage.objects.count(),
    )


@pytest.fixture
def customer(api: RestClient) -> dict[str, Any]:
    return api.done("/customers/create", externalId="cust-1", customerProfile="b2c", customName="Jana")


class TestCreate:
    def test_profile_gives_what_the_request_leaves_out(self, api: RestClient) -> None:
        made = api.done("/customers/create", customerProfile="b2b")
        assert len(made["refId"]) == 14
        assert made["refId"].isalnum()
        assert made["externalId"] is None
        assert made["customerSegment"]["code"] == "b2b"
        assert made["state"]["state"] == "ACTIVE"
        assert made["state"]["stateReason"]["code"] == "dfltActive"
        assert Customer.objects.get().external_id is None

    def test_request_overrides_profile(self, api: RestClient) -> None:
        made = api.done(
            "/customers/create",
            customerProfile="b2b",
            customerSegment="vip",
            state={"state": "INACTIVE", "stateReason": "dfltInactive"},
            testCustomer=True,
        )
        assert made["customerSegment"]["code"] == "vip"
        assert made["state"]["state"] == "INACTIVE"
        assert made["testCustomer"] is True

    def test_without_profile(self, api: RestClient) -> None:
        made = api.done("/customers/create", state={"state": "ACTIVE", "stateReason": "dfltActive", "pending": True})
        assert made["customerProfile"] is None
        assert made["plannedState"] is None

    def test_contact_comes_back(self, api: RestClient) -> None:
        contact = {
            "name": "Žaneta O’Brien",
            "email": "z@o.example",
            "phone": "+420543001001",
            "country": "CZ",
            "language": "cs",
        }
        made = api.done("/customers/create", customerProfile="b2c", contact=contact)
        assert made["contact"] == contact

    def test_answer_is_a_list_of_items(self, api: RestClient) -> None:
        items = json.loads(api.post("/customers/create", customerProfile="b2c").content)
        assert [sorted(item) for item in items] == [["name", "object", "objectType", "seqno"]]
        assert items[0]["name"] == "CreateCustomer"
        assert items[0]["objectType"] == "io.ocs.pbs.core.model.CustomerEx"

    @pytest.mark.parametrize(
        ("body", "code", "parameter"),
        [
            ({}, "REQUEST-VALIDATION", "state.state"),
            ({}, "REQUEST-VALIDATION", "state.stateReason"),
            ({"state": {"state": "ACTIVE"}}, "REQUEST-VALIDATION", "state.stateReason"),
            ({"customerProfile": "nope"}, "CONFIG-NOT-FOUND", "customerProfile"),
            ({"customerProfile": "b2b", "customerSegment": "nope"}, "CONFIG-NOT-FOUND", "customerSegment"),
            (
                {"customerProfile": "b2b", "state": {"state": "SUSPENDED", "stateReason": "fraud"}},
                "CASM-STATE-TRANSITION",
                None,
            ),
            ({"customerProfile": "b2b", "state": {"stateReason": "fraud"}}, "CONFIG-NOT-FOUND", "state.stateReason"),
            ({"customerProfile": "b2b", "state": {"state": "INACTIVE"}}, "REQUEST-VALIDATION", "state.stateReason"),
            (
                {"customerProfile": "b2b", "state": {"stateValidFrom": "2099-01-01T00:00:00Z"}},
                "CASM-STATE-VALID-FROM",
                "state.stateValidFrom",
            ),
            ({"customerProfile": "b2b", "externalId": "x" * 256}, "REQUEST-VALIDATION", "externalId"),
            ({"customerProfile": "b2b", "externalId": ""}, "REQUEST-VALIDATION", "externalId"),
            ({"customerProfile": "b2b", "customName": 1}, "REQUEST-VALIDATION", "customName"),
            ({"customerProfile": "b2b", "testCustomer": "yes"}, "REQUEST-VALIDATION", "testCustomer"),
            ({"customerProfile": "b2b", "surprise": 1}, "REQUEST-VALIDATION", "surprise"),
            ({"customerProfile": "b2b", "contact": {"email": "nope"}}, "REQUEST-VALIDATION", "contact.email"),
            ({"customerProfile": "b2b", "contact": {"phone": "0170"}}, "REQUEST-VALIDATION", "contact.phone"),
            ({"customerProfile": "b2b", "contact": {"phone": "+49١٢٣"}}, "REQUEST-VALIDATION", "contact.phone"),
            ({"customerProfile": "b2b", "contact": {"country": "d"}}, "REQUEST-VALIDATION", "contact.country"),
            ({"customerProfile": "b2b", "contact": {"country": "XX"}}, "REQUEST-VALIDATION", "contact.country"),
            ({"customerProfile": "b2b", "customAttributes": {"a": 1}}, "REQUEST-VALIDATION", "customAttributes.a"),
            ({"customerProfile": "b2b", "requestId": ""}, "REQUEST-VALIDATION", "requestId"),
        ],
    )
    def test_refused_leaves_nothing(self, api: RestClient, body: Any, code: str, parameter: str | None) -> None:
        before = standing()
        problem(api.post("/customers/create", **body), 400, code, parameter)
        assert standing() == before

    def test_external_id_is_unique_for_ever(self, api: RestClient, customer: dict[str, Any]) -> None:
        api.done(
            "/customers/update-state",
            customer={"refId": customer["refId"]},
            state={"state": "DEACTIVATED", "stateReason": "dfltDeactivated"},
        )
        before = standing()
        answer = api.post("/customers/create", externalId="cust-1", customerProfile="b2c")
        problem(answer, 400, "EXTERNAL-ID-NOT-UNIQUE", "externalId")
        assert standing() == before

    def test_all_field_errors_come_together(self, api: RestClient) -> None:
        body = problem(
            api.post("/customers/create", customName=1, externalId="", testCustomer=3, nonsense=1),
            400,
            "REQUEST-VALIDATION",
        )
        assert {error["parameter"] for error in body["errors"]} == {
            "customName",
            "externalId",
            "testCustomer",
            "nonsense",
        }


class TestUpdates:
    def test_external_id_acts_at_once(self, api: RestClient, customer: dict[str, Any]) -> None:
        api.done("/customers/update-external-id", customer={"externalId": "cust-1"}, externalId="cust-2")
        problem(api.get("/customers/read", externalId="cust-1"), 404, "ENTITY-NOT-FOUND")
        assert api.get("/customers/read", externalId="cust-2").json()["refId"] == customer["refId"]

    def test_attributes_replace_merge_and_clear(self, api: RestClient, customer: dict[str, Any]) -> None:
        ref = {"customer": {"externalId": "cust-1"}}
        path = "/customers/update-custom-attributes"
        assert api.done(path, **ref, customAttributes={"a": "1", "b": "2"})["customAttributes"] == {"a": "1", "b": "2"}
        assert api.done(path, **ref, customAttributes={"b": "3", "c": ""}, merge=True)["customAttributes"] == {
            "a": "1",
            "b": "3",
            "c": "",
        }
        assert api.done(path, **ref, customAttributes={"z": "9"})["customAttributes"] == {"z": "9"}
        assert api.done(path, **ref, customAttributes=None)["customAttributes"] == {}

    def test_attribute_is_taken_away_by_null_with_merge(self, api: RestClient, customer: dict[str, Any]) -> None:
        path, ref = "/customers/update-custom-attributes", {"customer": {"externalId": "cust-1"}}
        api.done(path, **ref, customAttributes={"a": "1", "b": "2"})
        gone = api.done(path, **ref, customAttributes={"a": None, "c": "3", "never": None}, merge=True)
        assert gone["customAttributes"] == {"b": "2", "c": "3"}
        before = standing()
        refused = api.post(path, **ref, customAttributes={"b": None, "c": "4"})
        problem(refused, 400, "REQUEST-VALIDATION", "customAttributes.b")
        made = api.post("/customers/create", customerProfile="b2c", customAttributes={"a": None})
        problem(made, 400, "REQUEST-VALIDATION", "customAttributes.a")
        assert standing() == before

    def test_contact_replaces_or_merges(self, api: RestClient, customer: dict[str, Any]) -> None:
        ref = {"customer": {"externalId": "cust-1"}}
        api.done("/customers/update-contact", **ref, contact={"city": "Brno", "country": "CZ"})
        merged = api.done("/customers/update-contact", **ref, contact={"name": "Jana", "country": None}, merge=True)
        assert merged["contact"] == {"name": "Jana", "city": "Brno"}
        assert api.done("/customers/update-contact", **ref, contact={"name": "J"})["contact"] == {"name": "J"}

    def test_several_fields_at_once(self, api: RestClient, customer: dict[str, Any]) -> None:
        made = api.done(
            "/customers/update",
            customer={"externalId": "cust-1"},
            externalId="cust-9",
            customName="New",
            customerSegment="vip",
            customAttributes={"k": "v"},
            contact={"city": "Wien"},
        )
        assert (made["externalId"], made["customName"], made["customerSegment"]["code"]) == ("cust-9", "New", "vip")
        assert (made["customAttributes"], made["contact"]) == ({"k": "v"}, {"city": "Wien"})
        assert Customer.history.count() == 2

    def test_what_is_optional_and_null_was_left_out(self, api: RestClient) -> None:
        nothing = {"state": None, "stateReason": None, "stateValidFrom": None, "pending": None}
        made = api.done("/customers/create", customerProfile="b2b", customName="A", state=nothing)
        ref = {"customer": {"refId": made["refId"]}}
        problem(api.post("/customers/create", state=nothing), 400, "REQUEST-VALIDATION", "state.stateReason")
        fields = {"externalId": None, "customName": None, "customerSegment": None, "contact": None, "merge": None}
        problem(api.post("/customers/update", **ref, **fields), 400, "REQUEST-VALIDATION", "customer")
        changed = api.done("/customers/update", **ref, **{**fields, "customerSegment": "vip"})
        written = {name: changed[name] for name in ("customerSegment", "changedAt")}
        assert changed == {**made, **written, "version": 2}
        api.done("/customers/update-contact", **ref, contact={"city": "Brno"}, merge=None)
        state = {"state": "SUSPENDED", "stateReason": "fraud", "pending": None}
        after = api.done("/customers/update-state", **ref, state=state, subordinateUpdated=None)
        assert (after["state"]["state"], after["plannedState"]) == ("SUSPENDED", None)

    def test_several_fields_are_all_or_nothing(self, api: RestClient, customer: dict[str, Any]) -> None:
        before = standing()
        ref = {"customer": {"externalId": "cust-1"}}
        problem(api.post("/customers/update", **ref, customName="New", customerSegment="nope"), 400, "CONFIG-NOT-FOUND")
        problem(api.post("/customers/update", **ref), 400, "REQUEST-VALIDATION")
        assert standing() == before

    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize(
        ("reference", "code"),
        [
            ({"externalId": "nobody"}, "ENTITY-NOT-FOUND"),
            ({"refId": "nobody"}, "ENTITY-NOT-FOUND"),
            ({"externalId": "cust-1", "refId": "AAAAAAAAAAAAAA"}, "ENTITY-NOT-FOUND"),
            ({}, "REQUEST-VALIDATION"),
            ("cust-1", "REQUEST-VALIDATION"),
            (None, "REQUEST-VALIDATION"),
            ({"externalId": "cust-1", "id": 1}, "REQUEST-VALIDATION"),
        ],
    )
    def test_bad_references(
        self, api: RestClient, customer: dict[str, Any], path: str, reference: Any, code: str
    ) -> None:
        before = standing()
        assert problem(api.post(path, customer=reference, **PATHS[path]), 400, code)
        assert standing() == before

    @pytest.mark.parametrize("path", PATHS)
    def test_deactivated_is_final(self, api: RestClient, customer: dict[str, Any], path: str) -> None:
        ref = {"customer": {"externalId": "cust-1"}}
        api.done("/customers/update-state", **ref, state={"state": "DEACTIVATED", "stateReason": "dfltDeactivated"})
        before = standing()
        problem(api.post(path, **ref, **PATHS[path]), 400, "CASM-STATE-DEACTIVATED", "customer")
        assert standing() == before

    @pytest.mark.parametrize("path", CHANGING)
    def test_stale(self, api: RestClient, customer: dict[str, Any], path: str) -> None:
        tag = api.get("/customers/read", externalId="cust-1")["ETag"]
        ref = {"customer": {"externalId": "cust-1"}}
        answer = api.post(path, headers={"If-Match": tag}, **ref, **CHANGING[path])
        assert answer.status_code == 200
        assert answer["ETag"] != tag
        before = standing()
        again = api.post(
            "/customers/update-custom-name",
            headers={"If-Match": tag},
            customName="Late",
            customer={"refId": customer["refId"]},
        )
        problem(again, 412, "PRECONDITION-FAILED")
        assert standing() == before
        fresh = api.post(
            "/customers/update-custom-name",
            headers={"If-Match": answer["ETag"]},
            customName="In time",
            customer={"refId": customer["refId"]},
        )
        assert fresh.status_code == 200

    @pytest.mark.parametrize("path", ["/customers/create", *CHANGING])
    def test_replay_and_conflict(self, api: RestClient, path: str) -> None:
        bodies = {"/customers/create": {"customerProfile": "b2b"}}
        api.done("/customers/create", externalId="cust-1", customerProfile="b2c")
        body = bodies.get(path) or {"customer": {"externalId": "cust-1"}, **CHANGING[path]}
        first = api.post(path, requestId="once", **body)
        assert first.status_code == 200
        assert not first.has_header("Idempotent-Replay")
        before = standing()
        second = api.post(path, requestId="once", **body)
        assert second.content == first.content
        assert second["Idempotent-Replay"] == "true"
        assert second["ETag"] == first["ETag"]
        problem(api.post(path, requestId="once", transactionId="t", **body), 409, "REQUEST-ID-CONFLICT", "requestId")
        other = "/customers/create" if path != "/customers/create" else "/customers/update-custom-name"
        assert (
            api.post(
                other,
                requestId="once",
                **(bodies.get(other) or {"customer": {"externalId": "cust-1"}, "customName": "x"}),
            ).status_code
            == 409
        )
        assert standing() == before

    def test_refused_request_may_be_sent_again(self, api: RestClient) -> None:
        body = {"requestId": "again", "customer": {"externalId": "later"}, "customName": "x"}
        problem(api.post("/customers/update-custom-name", **body), 400, "ENTITY-NOT-FOUND", "customer")
        api.done("/customers/create", externalId="later", customerProfile="b2c")
        assert api.post("/customers/update-custom-name", **body).status_code == 200


GONE = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}


def test_the_documented_examples_work_one_after_the_other(api: RestClient) -> None:
    bodies = {route: example for route, _, _, example in WRITES}
    pending = {"state": "SUSPENDED", "stateReason": "dfltSuspended", "stateValidFrom": LATER, "pending": True}
    plan = {"requestId": "plan", "customer": {"externalId": "cust-1"}, "state": pending}
    made = [
        *[(route, bodies[route]) for route in ("create", "update-custom-name", "update-custom-attributes")],
        *[(route, bodies[route]) for route in ("update-segment", "update-contact", "update")],
        *[(route, bodies[route]) for route in ("notes/create", "notes/close")],
        ("update-state", plan),
        *[(route, bodies[route]) for route in ("confirm-state", "cancel-state")],
        ("update-state", {**plan, "requestId": "refused"}),
        *[(route, bodies[route]) for route in ("dismiss-state", "update-state", "update-external-id")],
        # The ID is free by now; who is erased was deactivated before.
        ("create", {"requestId": "another", "externalId": "cust-1", "customerProfile": "b2c"}),
        ("update-state", {"requestId": "gone", "customer": {"externalId": "cust-1"}, "state": GONE}),
        ("erase", bodies["erase"]),
    ]
    for path, body in made:
        if path == "dismiss-state":
            refused(Customer)
        answer = api.post(f"/customers/{path}", **body)
        assert answer.status_code == 200, path
        if path == "notes/create":
            named(json.loads(answer.content)[0]["object"]["refId"], bodies["notes/close"]["note"])
    assert BusinessTransaction.objects.filter(channel="REST").count() == len(made)
    assert {path for path, _ in made} == set(bodies)


def test_the_contracts_own_examples(api: RestClient) -> None:
    api.done(
        "/customers/create",
        requestId="1",
        externalId="cust-1",
        customerProfile="b2b",
        customName="…",
        customAttributes={"k": "v"},
    )
    state = {
        "state": "SUSPENDED",
        "stateReason": "dfltSuspended",
        "stateValidFrom": "2099-05-01T00:00:00+02:00",
        "pending": True,
    }
    planned = api.done(
        "/customers/update-state", customer={"externalId": "cust-1"}, state=state, subordinateUpdated=True
    )
    assert planned["state"]["state"] == "ACTIVE"
    assert planned["plannedState"]["pending"] is True
    assert planned["plannedState"]["stateValidFrom"] == "2099-05-01T00:00:00.000+02:00"
