"""Orders: several operations in one database transaction, recorded as themselves, known by the order's requestId."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group

from customers.models import Customer
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from subscribers.models import Subscriber
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db


def step(operation: str, **body: Any) -> dict[str, Any]:
    """Return an operation of an order."""
    return {"operation": operation, "body": body}


def customer(number: int = 1) -> dict[str, Any]:
    """Return the operation that creates a customer."""
    return step("CreateCustomer", externalId=f"c-{number}", customerProfile="b2b")


def placed(api: RestClient, *operations: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
    """Place an order, demand success and running numbers; return the items."""
    response = api.post("/orders", operations=list(operations), **body)
    assert response.status_code == 200, response.content
    answer = json.loads(response.content)
    assert list(answer) == ["items"]
    assert [item["seqno"] for item in answer["items"]] == list(range(1, len(answer["items"]) + 1))
    items: list[dict[str, Any]] = answer["items"]
    return items


def test_what_one_operation_makes_the_next_one_refers_to(api: RestClient) -> None:
    segment = step("UpdateCustomerSegment", customer={"externalId": "c-1"}, customerSegment="vip")
    account = step(
        "CreateAccount",
        externalId="a-1",
        customer={"externalId": "c-1"},
        accountProfile="prepaid",
    )
    items = placed(api, customer(), segment, account)
    assert [item["name"] for item in items] == ["CreateCustomer", "UpdateCustomerSegment", "CreateAccount"]
    assert items[1]["object"]["customerSegment"]["code"] == "vip"
    assert items[2]["object"]["customer"]["refId"] == items[0]["object"]["refId"]
    assert Customer.objects.get().version == 2


def test_each_operation_is_recorded_as_itself_under_the_orders_case(api: RestClient) -> None:
    name = step("UpdateCustomerCustomName", customer={"externalId": "c-1"}, customName="Nordwind")
    headers = {"X-Ocs-Io-Reason": "as agreed", "X-Ocs-Io-On-Behalf-Of": "maria"}
    placed(api, customer(), name, requestId="order-1", transactionId="case-7", headers=headers)
    rows = BusinessTransaction.objects.filter(transaction_id="case-7").order_by("id")
    assert [row.operation for row in rows] == ["PlaceOrder", "CreateCustomer", "UpdateCustomerCustomName"]
    assert {(row.reason, row.on_behalf_of, row.channel) for row in rows} == {("as agreed", "maria", "REST")}
    assert [row.request_id == "order-1" for row in rows] == [True, False, False]
    assert [version.transaction_id for version in Customer.history.order_by("version")] == [rows[1].pk, rows[2].pk]


def test_a_lost_sim_is_one_order(api: RestClient) -> None:
    api.done(
        "/subscribers/create",
        externalId="s-1",
        subscriberProfile="prepaidMobile",
        primaryResourceType="MSISDN",
        primaryResource="491511234567",
    )
    me = {"subscriber": {"externalId": "s-1"}}
    lost = {"state": "SUSPENDED", "stateReason": "lostSim"}
    back = {"state": "ACTIVE", "stateReason": "dfltActive"}
    items = placed(
        api,
        step("UpdateSubscriberState", **me, state=lost),
        step("CreateSubscriberResource", **me, resourceType="ICCID", resource="8949000000000000017"),
        step("UpdateSubscriberState", **me, state=back),
    )
    assert list(dict.fromkeys(item["name"] for item in items)) == ["UpdateSubscriberState", "CreateSubscriberResource"]
    assert [item["object"]["state"]["state"] for item in items[:1] + items[-1:]] == ["SUSPENDED", "ACTIVE"]
    assert Subscriber.objects.get().state == "ACTIVE"
    states = [row.state for row in Subscriber.history.order_by("version")]
    assert states == ["ACTIVE", "SUSPENDED", "SUSPENDED", "ACTIVE"]  # The new resource counts as a version.


def test_a_refusal_undoes_everything_and_names_its_operation(api: RestClient) -> None:
    before = BusinessTransaction.objects.count()
    taken = step("CreateCustomer", externalId="c-1", customerProfile="b2b")
    refused = api.post("/orders", operations=[customer(), customer(2), taken])
    problem(refused, 400, "EXTERNAL-ID-NOT-UNIQUE", "operations[2].body.externalId")
    unknown = step("UpdateCustomerSegment", customer={"externalId": "c-1"}, customerSegment="nobodys")
    problem(api.post("/orders", operations=[customer(), unknown]), 400, "CONFIG-NOT-FOUND")
    assert Customer.objects.count() == 0
    assert BusinessTransaction.objects.count() == before


def test_a_refused_order_may_be_sent_again_under_its_requestid(api: RestClient) -> None:
    nobody = step("UpdateCustomerSegment", customer={"externalId": "c-9"}, customerSegment="vip")
    problem(api.post("/orders", requestId="o-1", operations=[nobody]), 400, "ENTITY-NOT-FOUND")
    placed(api, customer(), requestId="o-1")
    assert Customer.objects.count() == 1


def test_all_faults_of_all_bodies_are_told_at_once(api: RestClient) -> None:
    wrong = [
        {"operation": "CreateCustomer", "body": {"externalId": 1, "planet": "Mars"}},
        {"operation": "ReadCustomer", "body": {}},
        {"operation": "CreateCustomer"},
        step("UpdateCustomerSegment", customer={}, customerSegment="vip"),
    ]
    refused = problem(api.post("/orders", operations=wrong), 400, "REQUEST-VALIDATION")
    assert sorted(error["parameter"] for error in refused["errors"]) == [
        "operations[0].body.externalId",
        "operations[0].body.planet",
        "operations[1].operation",
        "operations[2].body",
        "operations[3].body.customer",
    ]
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("number", "words"), [(0, "Must not be empty."), (51, "Has 51 items; at most 50 are allowed.")]
)
def test_an_order_has_1_to_50_operations(api: RestClient, number: int, words: str) -> None:
    refused = api.post("/orders", operations=[customer(place) for place in range(number)])
    assert problem(refused, 400, "REQUEST-VALIDATION", "operations")["detail"] == words
    assert not Customer.objects.exists()
    assert len(placed(api, *[customer(place) for place in range(50)])) == 50


def test_an_unknown_operation_is_answered_with_those_that_are_like_it(api: RestClient) -> None:
    refused = api.post("/orders", operations=[step("UpdateCustomerStat")])
    assert "UpdateCustomerState" in problem(refused, 400, "REQUEST-VALIDATION", "operations[0].operation")["detail"]


def test_the_same_order_again_is_answered_again(api: RestClient) -> None:
    body = {"requestId": "o-1", "operations": [customer(), customer(2)]}
    first = api.post("/orders", **body)
    again = api.post("/orders", **body)
    assert again.content == first.content
    assert again["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first
    assert Customer.objects.count() == 2
    problem(api.post("/orders", requestId="o-1", operations=[customer()]), 409, "REQUEST-ID-CONFLICT")


def test_an_operations_own_requestid_must_be_new(api: RestClient) -> None:
    api.done("/customers/create", requestId="mine", externalId="c-1", customerProfile="b2b")
    own = step("CreateCustomer", requestId="mine", externalId="c-2", customerProfile="b2b")
    problem(api.post("/orders", operations=[own]), 409, "REQUEST-ID-CONFLICT", "operations[0].body.requestId")
    assert Customer.objects.count() == 1
    own["body"]["requestId"] = "another"
    placed(api, own)
    assert BusinessTransaction.objects.get(request_id="another").operation == "CreateCustomer"


def test_an_operation_belongs_to_the_orders_case(api: RestClient) -> None:
    other = step("CreateCustomer", transactionId="case-8", externalId="c-2", customerProfile="b2b")
    refused = api.post("/orders", transactionId="case-7", operations=[other])
    problem(refused, 400, "REQUEST-VALIDATION", "operations[0].body.transactionId")
    assert not Customer.objects.exists()


def test_each_operation_needs_its_own_permission(api: RestClient, crm: tuple[User, str]) -> None:
    group = Group.objects.get(name="CRM")
    group.permissions.remove(group.permissions.get(codename="update_customer_segment"))
    segment = step("UpdateCustomerSegment", customer={"externalId": "c-1"}, customerSegment="vip")
    before = BusinessTransaction.objects.count()
    problem(api.post("/orders", operations=[customer(), segment]), 403, "PERMISSION-DENIED", "operations[1]")
    assert (Customer.objects.count(), BusinessTransaction.objects.count()) == (0, before)
    placed(api, customer())


def test_a_version_is_nothing_that_an_order_can_name(api: RestClient) -> None:
    refused = api.post("/orders", headers={"If-Match": '"x-1"'}, operations=[customer()])
    problem(refused, 400, "REQUEST-VALIDATION", "If-Match")
    assert not Customer.objects.exists()


def test_notices_of_operations_are_the_orders(api: RestClient) -> None:
    contact = {"email": "office@nordwind.example"}
    items = placed(api, step("CreateCustomer", externalId="c-1", customerProfile="b2b", contact=contact))
    response = api.post(
        "/orders", operations=[step("CreateCustomer", externalId="c-2", customerProfile="b2b", contact=contact)]
    )
    assert response["X-Ocs-Io-Notice"] == f"POSSIBLE-DUPLICATE {items[0]['object']['refId']}"


def test_the_requestid_may_come_as_a_header(api: RestClient) -> None:
    body = json.dumps({"operations": [customer()]})
    first = api.raw("/orders", body, Idempotency_Key='"o-1"')
    again = api.raw("/orders", json.dumps({"requestId": "o-1", "operations": [customer()]}))
    assert (first.status_code, again["Idempotent-Replay"]) == (200, "true")
    refused = api.raw("/orders", json.dumps({"requestId": "o-2", "operations": [customer()]}), Idempotency_Key="o-1")
    problem(refused, 400, "REQUEST-VALIDATION", "Idempotency-Key")
