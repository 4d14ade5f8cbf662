"""Batches: many operations in one request, each in a transaction of its own, each with its own answer."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError

from customers import operations
from customers.models import Customer
from ocsportal.transactions.models import BusinessTransaction
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db


def create(number: int, **body: Any) -> dict[str, Any]:
    """Return the operation that creates a customer."""
    given = {"requestId": f"r-{number}", "externalId": f"c-{number}", "customerProfile": "b2b", **body}
    return {"operation": "CreateCustomer", "body": given}


def run(api: RestClient, *items: Any) -> list[dict[str, Any]]:
    """Send a batch, demand 200 and as many answers as operations; return them."""
    response = api.raw("/batch", json.dumps({"operations": items}))
    assert response.status_code == 200, response.content
    answer = json.loads(response.content)
    assert list(answer) == ["items"]
    assert len(answer["items"]) == len(items)
    found: list[dict[str, Any]] = answer["items"]
    return found


def test_each_operation_is_answered_as_alone(api: RestClient) -> None:
    done, refused, last = run(api, create(1), create(1, requestId="other"), create(2))
    assert list(done) == ["status", "body"]
    assert (done["status"], done["body"][0]["name"], done["body"][0]["seqno"]) == (200, "CreateCustomer", 1)
    assert (refused["status"], refused["body"]["code"]) == (400, "EXTERNAL-ID-NOT-UNIQUE")
    assert refused["body"]["parameter"] == "externalId"
    assert last["body"][0]["object"]["externalId"] == "c-2"
    assert sorted(Customer.objects.values_list("external_id", flat=True)) == ["c-1", "c-2"]


def test_what_is_wrong_with_one_is_its_own_answer(api: RestClient) -> None:
    no_request = {"operation": "CreateCustomer", "body": {"externalId": "c-9", "customerProfile": "b2b"}}
    answers = run(api, None, 7, {"operation": "Nothing", "body": {}}, no_request, create(1))
    assert [one["status"] for one in answers] == [400, 400, 400, 400, 200]
    assert [one["body"]["parameter"] for one in answers[2:4]] == ["operation", "requestId"]
    assert Customer.objects.count() == 1


def test_each_is_idempotent_by_its_own_requestid_here_and_alone(api: RestClient) -> None:
    first = run(api, create(1))[0]
    again = run(api, create(1))[0]
    assert again == {**first, "headers": {"Idempotent-Replay": "true"}}
    alone = api.raw("/customers/create", json.dumps(create(1)["body"]))
    assert (alone["Idempotent-Replay"], json.loads(alone.content)) == ("true", first["body"])
    other = run(api, create(1, customName="Other"))[0]
    assert (other["status"], other["body"]["code"]) == (409, "REQUEST-ID-CONFLICT")
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "parameter"),
    [
        ({"operations": []}, "operations"),
        ({"operations": {}}, "operations"),
        ({}, "operations"),
        ({"operations": [{}] * 1001}, "operations"),
        ({"operations": [{}], "requestId": "x"}, "requestId"),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(api: RestClient, sent: Any, parameter: str) -> None:
    problem(api.raw("/batch", json.dumps(sent)), 400, "REQUEST-VALIDATION", parameter)


def test_a_thousand_operations_are_done_in_their_order(api: RestClient) -> None:
    answers = run(api, *[create(number) for number in range(1000)])
    assert [one["body"][0]["object"]["externalId"] for one in answers] == [f"c-{number}" for number in range(1000)]
    assert BusinessTransaction.objects.filter(operation="CreateCustomer").count() == 1000


def test_each_needs_its_own_permission(api: RestClient) -> None:
    group = Group.objects.get(name="CRM")
    group.permissions.remove(group.permissions.get(codename="update_customer_segment"))
    segment = {
        "operation": "UpdateCustomerSegment",
        "body": {"requestId": "s", "customer": {"externalId": "c-1"}, "customerSegment": "vip"},
    }
    answers = run(api, create(1), segment)
    assert [one["status"] for one in answers] == [200, 403]


def test_a_permission_that_is_taken_away_meanwhile_is_gone(api: RestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    run(api, create(0))  # The client is remembered.
    group = Group.objects.get(name="CRM")
    permission = group.permissions.get(codename="create_customer")
    original = operations.question

    def take_away(customer: Any) -> Any:
        if customer.external_id == "c-2":
            group.permissions.remove(permission)
        return original(customer)

    monkeypatch.setattr(operations, "question", take_away)
    assert [one["status"] for one in run(api, create(1), create(2), create(3))] == [200, 200, 403]
    assert Customer.objects.filter(external_id="c-3").count() == 0


def test_a_bug_in_one_is_its_own_answer(api: RestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    original = operations.question

    def broken(customer: Any) -> Any:
        assert customer.external_id != "c-1", "a bug"
        return original(customer)

    monkeypatch.setattr(operations, "question", broken)
    answers = run(api, create(1), create(2))
    assert [one["status"] for one in answers] == [500, 200]
    assert (answers[0]["body"]["code"], "a bug" in str(answers[0])) == ("INTERNAL-ERROR", False)
    assert Customer.objects.count() == 1


def test_after_an_outage_nothing_more_is_tried(api: RestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def away(customer: Any) -> Any:
        tried.append(customer.external_id)
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(operations, "question", away)
    answers = run(api, create(1), create(2), create(3))
    assert [one["status"] for one in answers] == [503] * 3
    assert tried == ["c-1"]
