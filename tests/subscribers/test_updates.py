"""The operations that subscribers share with every level, over REST: done, refused, stale, replayed; and the examples."""

from typing import Any

import pytest

from ocsportal.transactions.models import BusinessTransaction
from subscribers.api.urls import WRITES
from subscribers.models import Subscriber
from tests.client import RestClient, problem
from tests.rest.routes import refused
from tests.subscribers.conftest import MSISDN, OTHER, REF, standing

pytestmark = pytest.mark.django_db
PATHS: dict[str, dict[str, Any]] = {
    "/subscribers/update-external-id": {"externalId": "other"},
    "/subscribers/update-custom-name": {"customName": "Other"},
    "/subscribers/update-custom-attributes": {"customAttributes": {"a": "b"}},
    "/subscribers/update-segment": {"subscriberSegment": "premium"},
    "/subscribers/update-state": {"state": {"state": "SUSPENDED", "stateReason": "lostSim"}},
    "/subscribers/update": {"customName": "Other", "subscriberSegment": "premium"},
    "/subscribers/resources/create": {"resourceType": "ipV4", "resource": "10.0.0.1"},
    "/subscribers/resources/swap": {"resourceType": "MSISDN", "swapResource": MSISDN, "resource": OTHER},
}
PLANS: dict[str, dict[str, Any]] = {"/subscribers/confirm-state": {}, "/subscribers/cancel-state": {}}
GONE = {"state": {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}}
LATER = "2099-05-01T00:00:00+02:00"


@pytest.mark.parametrize("path", PATHS)
def test_done_with_one_version_and_one_transaction(api: RestClient, subscriber: dict[str, Any], path: str) -> None:
    transactions = BusinessTransaction.objects.count()
    answer = api.post(path, headers={"If-Match": f'"{subscriber["refId"]}-1"'}, **REF, **PATHS[path])
    assert answer.status_code == 200, answer.content
    assert answer["ETag"] == f'"{subscriber["refId"]}-2"'
    assert BusinessTransaction.objects.count() == transactions + 1
    assert Subscriber.history.latest("history_id").version == Subscriber.objects.get().version == 2


@pytest.mark.parametrize("path", PATHS)
def test_stale(api: RestClient, subscriber: dict[str, Any], path: str) -> None:
    api.done("/subscribers/update-custom-attributes", **REF, customAttributes={"z": "1"})
    before = standing()
    answer = api.post(path, headers={"If-Match": f'"{subscriber["refId"]}-1"'}, **REF, **PATHS[path])
    problem(answer, 412, "PRECONDITION-FAILED")
    assert standing() == before


@pytest.mark.parametrize("path", PATHS)
def test_replay_and_conflict(api: RestClient, subscriber: dict[str, Any], path: str) -> None:
    first = api.post(path, requestId="once", **REF, **PATHS[path])
    before = standing()
    again = api.post(path, requestId="once", **REF, **PATHS[path])
    assert (again.content, again["ETag"], again["Idempotent-Replay"]) == (first.content, first["ETag"], "true")
    problem(api.post(path, requestId="once", transactionId="t", **REF, **PATHS[path]), 409, "REQUEST-ID-CONFLICT")
    assert standing() == before


@pytest.mark.parametrize("path", [*PATHS, *PLANS])
def test_deactivated_is_final(api: RestClient, subscriber: dict[str, Any], path: str) -> None:
    api.done("/subscribers/update-state", **REF, **GONE)
    before = standing()
    problem(api.post(path, **REF, **(PATHS | PLANS)[path]), 400, "CASM-STATE-DEACTIVATED", "subscriber")
    assert standing() == before


@pytest.mark.parametrize("path", [*PATHS, *PLANS])
def test_unknown_subscriber(api: RestClient, subscriber: dict[str, Any], path: str) -> None:
    before = standing()
    for ref in ({"externalId": "nobody"}, {"externalId": "s-1", "refId": "AAAAAAAAAAAAAA"}):
        problem(api.post(path, subscriber=ref, **(PATHS | PLANS)[path]), 400, "ENTITY-NOT-FOUND", "subscriber")
    assert standing() == before


def test_a_suspended_account_suspends_and_resumes_its_subscribers(api: RestClient, subscriber: dict[str, Any]) -> None:
    account = {"account": {"externalId": "acc-1"}, "subordinateUpdated": True}
    api.done("/accounts/update-state", **account, state={"state": "SUSPENDED", "stateReason": "nonPayment"})
    assert Subscriber.objects.get().state == "SUSPENDED"
    api.done("/accounts/update-state", **account, state={"state": "ACTIVE", "stateReason": "dfltActive"})
    assert Subscriber.objects.get().state == "ACTIVE"


def test_an_account_with_a_live_subscriber_is_not_deactivated_alone(
    api: RestClient, subscriber: dict[str, Any]
) -> None:
    before = standing()
    answer = api.post("/accounts/update-state", account={"externalId": "acc-1"}, **GONE)
    problem(answer, 400, "CASM-SUBORDINATES-LIVE", "subordinateUpdated")
    assert standing() == before
    api.done("/subscribers/update-state", **REF, **GONE)
    api.done("/accounts/update-state", account={"externalId": "acc-1"}, **GONE)


def test_the_documented_examples_work_one_after_the_other(api: RestClient, make: Any) -> None:
    make("s-2", "491705550199")
    bodies = {route: sample for route, _, _, sample in WRITES}
    pending = {"state": "SUSPENDED", "stateReason": "dfltSuspended", "stateValidFrom": LATER, "pending": True}
    plan = {"requestId": "plan", **REF, "state": pending}
    order = ["create", "resources/create", "resources/swap", "resources/end", "resources/exchange",
             "update-custom-name", "update-custom-attributes", "update-segment", "update", "plan", "confirm-state",
             "cancel-state", "plan again", "dismiss-state", "update-state", "update-external-id"]  # fmt: skip
    plans = {"plan": plan, "plan again": {**plan, "requestId": "refused"}}
    for route in order:
        if route == "dismiss-state":
            refused(Subscriber)
        path, body = ("update-state", plans[route]) if route in plans else (route, bodies[route])
        answer = api.post(f"/subscribers/{path}", **body)
        assert answer.status_code == 200, (route, answer.content)
    assert {*order} - plans.keys() == {route for route in bodies if route != "create-subscription"}


def test_the_contracts_own_example(api: RestClient, make: Any) -> None:
    make(number=None, primaryResourceType="ipV4", primaryResource="10.0.0.1")
    made = api.done(
        "/subscribers/resources/swap", requestId="r", transactionId="t", **REF, resourceType="ipV4",
        swapResource="10.0.0.1", resource="10.0.0.2",
    )  # fmt: skip
    assert made["resource"] == "10.0.0.2"
