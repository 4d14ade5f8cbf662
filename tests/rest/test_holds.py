"""A hold over REST and in the portal: stateValidTo, who may, what is answered."""

from datetime import datetime
from typing import Any

import pytest

from customers.models import Customer
from ocsportal.people.models import User
from tests.client import RestClient, problem
from tests.portal.test_verbs import address, browser
from tests.portal.test_verbs import form as filled

pytestmark = pytest.mark.django_db
REF = {"externalId": "c"}
FROM, TO = "2098-01-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00"
HOLD = {"state": "SUSPENDED", "stateReason": "fraud", "stateValidTo": TO}


@pytest.fixture
def customer(api: RestClient) -> Customer:
    """An active customer."""
    api.done("/customers/create", externalId="c", customerProfile="b2c")
    return Customer.objects.get()


def planned(api: RestClient) -> Any:
    found = api.get("/customers/read", **REF).json()["plannedState"]
    times = [found[name] and datetime.fromisoformat(found[name]) for name in ("stateValidFrom", "stateValidTo")]
    return (found["state"], *times, found["pending"])


def test_planned_from_and_to_and_cancelled_as_one(api: RestClient, customer: Customer) -> None:
    api.done("/customers/update-state", customer=REF, state={**HOLD, "stateValidFrom": FROM})
    assert planned(api) == ("SUSPENDED", datetime.fromisoformat(FROM), datetime.fromisoformat(TO), False)
    api.done("/customers/cancel-state", customer=REF, state={"state": "SUSPENDED", "stateValidTo": TO})
    assert api.get("/customers/read", **REF).json()["plannedState"] is None


def test_at_once(api: RestClient, customer: Customer) -> None:
    done = api.done("/customers/update-state", customer=REF, state=HOLD)
    assert done["state"]["state"] == "SUSPENDED"
    assert planned(api) == ("ACTIVE", datetime.fromisoformat(TO), None, False)
    history = api.get("/customers/history", refId=customer.ref_id).json()["items"]
    changed = {change["field"] for change in history[0]["changes"]}
    assert {"state", "plannedState.state", "plannedState.stateValidFrom"} <= changed


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({**HOLD, "state": "ACTIVE", "stateReason": "dfltActive"}, "CASM-STATE-TRANSITION"),
        ({**HOLD, "stateValidTo": "2001-01-01T00:00:00Z"}, "CASM-STATE-VALID-FROM"),
        ({**HOLD, "stateValidTo": "soon"}, "REQUEST-VALIDATION"),
        ({**HOLD, "stateValidFrom": TO}, "CASM-STATE-VALID-FROM"),
    ],
)
def test_refused(state: dict[str, str], code: str, api: RestClient, customer: Customer) -> None:
    before = Customer.objects.values().get()
    problem(api.post("/customers/update-state", customer=REF, state=state), 400, code)
    assert Customer.objects.values().get() == before


def test_no_first_state_has_an_end(api: RestClient) -> None:
    state = {"state": "ACTIVE", "stateReason": "dfltActive", "stateValidTo": TO}
    problem(api.post("/customers/create", externalId="n", state=state), 400, "REQUEST-VALIDATION", "state.stateValidTo")
    assert not Customer.objects.exists()


def test_in_the_portal_by_who_may_plan(customer: Customer, back_office: User, care: User) -> None:
    sent = filled(customer, state_reason="fraud", valid_to="2099-01-01T00:00")
    assert "valid_to" not in browser(care).get(address(customer, "suspend")).context["form"].fields
    answer = browser(back_office).post(address(customer, "suspend"), sent, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [f"{customer} was suspended."]
    customer.refresh_from_db()
    assert (customer.state, customer.plan_state, customer.plan_status) == ("SUSPENDED", "ACTIVE", "SCHEDULED")


def test_the_portal_says_at_its_field_what_is_no_end(customer: Customer, back_office: User) -> None:
    sent = filled(customer, state_reason="fraud", valid_to="2001-01-01T00:00")
    answer = browser(back_office).post(address(customer, "suspend"), sent)
    assert list(answer.context["form"].errors) == ["valid_to"]
    assert Customer.objects.get().state == "ACTIVE"
