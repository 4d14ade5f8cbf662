"""What each group may do over REST, operation by operation; what is forbidden changes nothing and says what was missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ocsportal.people import groups
from tests.client import RestClient, problem
from tests.customers.test_rest import standing
from tests.rest.conftest import ClientOf
from tests.rest.routes import READS, WRITES, Route, prepare

pytestmark = pytest.mark.django_db

ALL_WRITES = {route.operation.name for route in WRITES}
# As documented: names, attributes, segments; activate, suspend, resume.
CARE_WRITES = {
    "UpdateCustomerCustomName",
    "UpdateCustomerCustomAttributes",
    "UpdateCustomerSegment",
    "UpdateCustomerState",
}
MAY_WRITE = {
    groups.CARE: CARE_WRITES,
    groups.BACK_OFFICE: ALL_WRITES,
    groups.CRM: ALL_WRITES,
    groups.AUDITOR: set(),
    groups.CONFIGURATION: set(),
    groups.ADMINISTRATOR: set(),
}
MAY_READ = {groups.CARE, groups.BACK_OFFICE, groups.CRM, groups.AUDITOR}
CASES = [pytest.param(group, route, id=f"{group}-{route}") for group in MAY_WRITE for route in WRITES]


@pytest.mark.parametrize(("group", "route"), CASES)
def test_writes(api: RestClient, client_of: ClientOf, group: str, route: Route) -> None:
    prepare(api, route)
    client = client_of(group)
    before = standing()
    answer = client.post(route.path, **route.example)
    if route.operation.name in MAY_WRITE[group]:
        assert answer.status_code == 200, answer.content
        return
    body = problem(answer, 403, "PERMISSION-DENIED")
    assert route.operation.permission in body["detail"]
    assert standing() == before


@pytest.mark.parametrize("group", MAY_WRITE)
@pytest.mark.parametrize("route", READS, ids=str)
def test_reads(api: RestClient, client_of: ClientOf, customer: dict[str, Any], group: str, route: Route) -> None:
    answer = client_of(group).get(route.path, externalId="cust-1")
    if group in MAY_READ:
        assert answer.status_code == 200
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
