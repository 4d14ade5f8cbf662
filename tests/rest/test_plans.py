"""What becomes of a plan, from outside: lastPlan, the filter, a due plan in a read, and the ETag before and after it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customers.models import Customer
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.transactions.change import present
from ocsportal.transactions.models import BusinessTransaction
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db

REF = {"externalId": "c"}
LATE = "2099-01-01T00:00:00+00:00"
DUE = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def planned(api: RestClient) -> Any:
    """Make a customer with a planned suspension, and move its date into the past where it is to be due."""

    def make(name: str = "c", *, pending: bool = False, due: bool = False) -> None:
        begun = {"state": "ACTIVE", "stateReason": "dfltActive", "stateValidFrom": "2026-01-01T00:00:00Z"}
        api.done("/customers/create", externalId=name, customerProfile="b2c", state=begun)
        new = {"state": "SUSPENDED", "stateReason": "fraud", "stateValidFrom": LATE, "pending": pending}
        api.done("/customers/update-state", customer={"externalId": name}, state=new)
        if due:
            Customer.objects.filter(external_id=name).update(plan_valid_from=DUE)

    return make


def last_plan(api: RestClient) -> Any:
    return api.get("/customers/read", **REF).json()["lastPlan"]


def refuse_it() -> None:
    """Have the worker find that the plan is not possible any more."""
    Customer.objects.filter(external_id="c").update(state="INACTIVE")
    assert bring_due_into_force(present()) == 1


class TestLastPlan:
    def test_none_while_there_was_none(self, api: RestClient, planned: Any) -> None:
        planned()
        assert last_plan(api) is None

    def test_done(self, api: RestClient, planned: Any) -> None:
        planned(due=True)
        bring_due_into_force(present())
        told = last_plan(api)
        assert told.pop("stateReason")["code"] == "fraud"
        assert datetime.fromisoformat(told.pop("at")) <= present()
        assert datetime.fromisoformat(told.pop("stateValidFrom")) == DUE
        assert told == {"state": "SUSPENDED", "outcome": "DONE", "code": None, "message": None}

    def test_cancelled(self, api: RestClient, planned: Any) -> None:
        planned()
        answer = api.done("/customers/cancel-state", customer=REF)
        assert (answer["plannedState"], answer["lastPlan"]["outcome"]) == (None, "CANCELLED")
        assert last_plan(api) == answer["lastPlan"]

    def test_cancelled_by_a_change_that_drops_it(self, api: RestClient, planned: Any) -> None:
        planned()
        new = {"state": "SUSPENDED", "stateReason": "nonPayment"}
        answer = api.done("/customers/update-state", customer=REF, state=new, pendingChange="CANCEL")
        assert (answer["state"]["state"], answer["plannedState"]) == ("SUSPENDED", None)
        assert (answer["lastPlan"]["outcome"], answer["lastPlan"]["stateReason"]["code"]) == ("CANCELLED", "fraud")

    def test_kept_with_what_is_planned_next(self, api: RestClient, planned: Any) -> None:
        planned()
        api.done("/customers/cancel-state", customer=REF)
        new = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated", "stateValidFrom": LATE}
        answer = api.done("/customers/update-state", customer=REF, state=new)
        assert (answer["plannedState"]["state"], answer["lastPlan"]["state"]) == ("DEACTIVATED", "SUSPENDED")

    def test_refused_in_read_list_and_history(self, api: RestClient, planned: Any) -> None:
        planned(due=True)
        refuse_it()
        message = "SUSPENDED can't follow INACTIVE, which it is in by now."
        told = last_plan(api)
        assert (told["outcome"], told["code"], told["message"]) == ("REFUSED", "CASM-STATE-TRANSITION", message)
        assert api.get("/customers", **REF).json()["items"][0]["lastPlan"] == told
        newest = api.get("/customers/history", **REF).json()["items"][0]
        assert (newest["operation"], newest["reason"], newest["channel"]) == (
            "PlannedStateRefused",
            message,
            "SCHEDULE",
        )
        changed = {change["field"]: change["new"] for change in newest["changes"]}
        assert (changed["lastPlan.outcome"], changed["lastPlan.stateReason"]) == ("REFUSED", "fraud")
        assert BusinessTransaction.objects.latest("id").notice == "CASM-STATE-TRANSITION"

    def test_outlives_the_next_state(self, api: RestClient, planned: Any) -> None:
        planned(due=True)
        refuse_it()
        told = last_plan(api)
        api.done("/customers/update-state", customer=REF, state={"state": "ACTIVE", "stateReason": "dfltActive"})
        assert last_plan(api) == told
        assert api.get("/customers", plan="refused").json()["items"] == []


def test_filter(api: RestClient, planned: Any) -> None:
    planned("p", pending=True)
    planned("o", pending=True, due=True)
    planned("s")
    planned(due=True)
    refuse_it()
    found = {
        plan: [item["externalId"] for item in api.get("/customers", plan=plan).json()["items"]]
        for plan in ("pending", "scheduled", "overdue", "refused")
    }
    assert found == {"pending": ["p", "o"], "scheduled": ["s"], "overdue": ["o"], "refused": ["c"]}
    problem(api.get("/customers", plan="done"), 400, "REQUEST-VALIDATION", "plan")


class TestDueAndLate:
    """The worker is late: the plan came first all the same."""

    def test_a_read_shows_it_in_force_and_writes_nothing(self, api: RestClient, planned: Any) -> None:
        planned(due=True)
        answer, row = api.get("/customers/read", **REF), Customer.objects.get()
        body = answer.json()
        assert (body["state"]["state"], body["plannedState"], body["lastPlan"]["outcome"]) == (
            "SUSPENDED",
            None,
            "DONE",
        )
        assert answer["ETag"] == f'"{row.ref_id}-{row.version + 1}"'
        assert row.state == "ACTIVE"

    def test_a_write_on_what_was_read_before_is_stale(self, api: RestClient, planned: Any) -> None:
        planned()
        tag = api.get("/customers/read", **REF)["ETag"]
        Customer.objects.update(plan_valid_from=DUE)
        fresh = f'"{Customer.objects.get().etag}"'
        for stale in (tag, fresh):
            answer = api.post("/customers/update-custom-name", {"If-Match": stale}, customer=REF, customName="x")
            problem(answer, 412, "PRECONDITION-FAILED")
        assert Customer.objects.get().plan_status == "SCHEDULED"

    def test_a_write_on_what_is_read_since_goes_through(self, api: RestClient, planned: Any) -> None:
        planned(due=True)
        tag = api.get("/customers/read", **REF)["ETag"]
        answer = api.post("/customers/update-custom-name", {"If-Match": tag}, customer=REF, customName="x")
        assert answer.status_code == 200
        row = Customer.objects.get()
        assert (row.state, row.state_valid_from, row.custom_name) == ("SUSPENDED", DUE, "x")

    def test_what_will_be_refused_is_read_as_refused(self, api: RestClient, planned: Any) -> None:
        planned(due=True)
        Customer.objects.update(state="INACTIVE")
        body = api.get("/customers/read", **REF).json()
        assert (body["state"]["state"], body["plannedState"]) == ("INACTIVE", None)
        assert (body["lastPlan"]["outcome"], body["lastPlan"]["code"]) == ("REFUSED", "CASM-STATE-TRANSITION")

    def test_one_moment_before_it_is_as_it_was(self, api: RestClient, planned: Any) -> None:
        planned()
        Customer.objects.update(plan_valid_from=present() + timedelta(minutes=5))
        body = api.get("/customers/read", **REF).json()
        assert (body["state"]["state"], body["plannedState"]["state"]) == ("ACTIVE", "SUSPENDED")
