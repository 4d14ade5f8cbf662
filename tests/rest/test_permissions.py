"""What each group may do over REST, operation by operation; what is forbidden changes nothing and says what was missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ocsportal.people import groups
from tests.client import RestClient, problem
from tests.customers.test_rest import standing
from tests.rest.conftest import ClientOf
from tests.rest.routes import READS, WRITES, Route, prepare
from tests.world import query, world

pytestmark = pytest.mark.django_db

ALL_WRITES = {route.operation.name for route in WRITES}
# As documented: names, attributes, segments; activate, suspend, resume; subscriptions, individual offers, resources,
# balances.
SHARED_FOR_CARE = ("CustomName", "CustomAttributes", "Segment", "State")
CARE_WRITES = {
    *(f"Update{level}{what}" for level in ("Customer", "Account", "Subscriber") for what in SHARED_FOR_CARE),
    *("UpdateSubscriptionCustomName", "UpdateSubscriptionCustomAttributes"),
    *("UpdateSubscriptionState", "UpdateSubscriptionBalance", "UpdateSubscriptionBalances"),
    *(f"CreateSubscriptionOn{owner}" for owner in ("Customer", "Account", "Subscriber")),
    *("CreateIndividualOfferSubscription", "CreateOneTimeFeeSubscription", "CreateRecurrentFeeSubscription"),
    *(
        f"Create{kind}{what}Subscription"
        for kind in ("Absolute", "Percentage")
        for what in ("Discount", "BillingDiscount")
    ),
    *("CreateBalanceSubscription", "CreateMonetaryBalanceSubscription"),
    *("CreateCustomerNote", "CloseCustomerNote"),
    *("CreateSubscriberResource", "SwapSubscriberResource"),
    *("EndSubscriberResource", "ExchangeSubscriberResources"),
}
MAY_WRITE = {
    groups.CARE: CARE_WRITES,
    groups.BACK_OFFICE: ALL_WRITES - {"EraseCustomer"},
    groups.DATA_PROTECTION: {"EraseCustomer"},
    groups.CRM: ALL_WRITES,
    groups.AUDITOR: set(),
    groups.CONFIGURATION: set(),
    groups.ADMINISTRATOR: set(),
}
MAY_READ = {groups.CARE, groups.BACK_OFFICE, groups.DATA_PROTECTION, groups.CRM, groups.AUDITOR}
MAY_FOLLOW = {groups.BACK_OFFICE, groups.CRM, groups.AUDITOR}


def test_care_writes_are_operations() -> None:
    assert CARE_WRITES <= ALL_WRITES


@pytest.mark.parametrize("group", MAY_WRITE)
def test_writes(client_of: ClientOf, group: str) -> None:
    """What is allowed gets as far as the body, which is empty; what is not is refused before."""
    client = client_of(group)
    before = standing()
    for route in WRITES:
        if route.name in MAY_WRITE[group]:
            problem(client.post(route.path, requestId=""), 400, "REQUEST-VALIDATION")
        else:
            body = problem(client.post(route.path, **route.example), 403, "PERMISSION-DENIED")
            assert route.operation.permission in body["detail"]
    assert standing() == before


@pytest.mark.parametrize("route", [route for route in WRITES if route.name in CARE_WRITES], ids=str)
def test_care_does_its_part(api: RestClient, client_of: ClientOf, route: Route) -> None:
    prepare(api, route)
    assert client_of(groups.CARE).post(route.path, **route.example).status_code == 200


@pytest.mark.parametrize("group", MAY_WRITE)
def test_reads(api: RestClient, client_of: ClientOf, group: str) -> None:
    for path, body in world():
        api.done(path, **body)
    client = client_of(group)
    for route in READS:
        answer = client.get(route.path, **query(route))
        if group in (MAY_FOLLOW if route.name == "ReadBusinessTransaction" else MAY_READ):
            assert answer.status_code == 200, (route, answer.content)
        else:
            problem(answer, 403, "PERMISSION-DENIED")


FUTURE = (datetime.now(UTC) + timedelta(days=900)).isoformat()
BEYOND_CARE = [
    ({"state": "DEACTIVATED", "stateReason": "portedOut"}, "customers.deactivate_customer"),
    ({"state": "SUSPENDED", "stateReason": "fraud", "stateValidFrom": FUTURE}, "customers.plan_customer_state"),
    (
        {"state": "SUSPENDED", "stateReason": "fraud", "stateValidFrom": FUTURE, "pending": True},
        "customers.plan_customer_state",
    ),
    ({"state": "SUSPENDED", "stateReason": "fraud", "pending": True}, "customers.plan_customer_state"),
]


@pytest.mark.parametrize(("state", "permission"), BEYOND_CARE)
def test_care_neither_deactivates_nor_plans(
    customer: dict[str, Any], client_of: ClientOf, state: dict[str, Any], permission: str
) -> None:
    care = client_of(groups.CARE)
    before = standing()
    answer = care.post("/customers/update-state", customer={"externalId": "cust-1"}, state=state)
    assert permission in problem(answer, 403, "PERMISSION-DENIED")["detail"]
    assert standing() == before


def test_care_suspends_and_resumes(customer: dict[str, Any], client_of: ClientOf) -> None:
    care, ref = client_of(groups.CARE), {"externalId": "cust-1"}
    care.done("/customers/update-state", customer=ref, state={"state": "SUSPENDED", "stateReason": "fraud"})
    made = care.done("/customers/update-state", customer=ref, state={"state": "ACTIVE", "stateReason": "dfltActive"})
    assert made["state"]["state"] == "ACTIVE"


@pytest.mark.parametrize("body", [{}, {"nonsense": 1}, {"requestId": "x", "customer": {"externalId": "nobody"}}])
def test_permission_is_asked_before_the_body_is_looked_at(client_of: ClientOf, body: dict[str, Any]) -> None:
    auditor = client_of(groups.AUDITOR)
    for route in WRITES:
        problem(auditor.post(route.path, **body), 403, "PERMISSION-DENIED")


def test_every_operation_has_a_route() -> None:
    from ocsportal.transactions.operation import OPERATIONS

    assert {route.operation.name for route in [*READS, *WRITES]} == set(OPERATIONS)
