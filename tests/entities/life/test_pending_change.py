"""What a change of state does about an open plan: refused, the plan cancelled, or kept; on every level, over REST."""

from typing import Any

import pytest

from customers import operations
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.entities.states import NewState
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused
from tests.client import RestClient, problem
from tests.conftest import make_user
from tests.entities.conftest import Subject, days, refused
from tests.rest.routes import WRITES, prepare

pytestmark = pytest.mark.django_db
KINDS = pytest.mark.parametrize("pending", [True, False], ids=["pending", "scheduled"])
UPDATES = [route for route in WRITES if route.path.endswith("/update-state")]


def go(subject: Subject, state: str, reason: str, what: str, *, at: float = 1, **options: Any) -> Any:
    new = NewState(state=state, state_reason=reason, **options)
    change = subject.change(at=days(at))
    return operations.update_customer_state(change, customer=subject.ref, state=new, pending_change=what)


@KINDS
def test_refuse(subject: Subject, pending: bool) -> None:
    subject.go("SUSPENDED", "fraud", since=days(5), pending=pending)
    with refused("CASM-STATE-PENDING", "state"):
        go(subject, "DEACTIVATED", "dfltDeactivated", "REFUSE")


@KINDS
def test_cancel_drops_the_plan_with_one_version(subject: Subject, pending: bool) -> None:
    subject.go("SUSPENDED", "fraud", since=days(5), pending=pending)
    versions = subject.versions
    go(subject, "SUSPENDED", "dfltSuspended", "CANCEL")
    assert subject.state == ("SUSPENDED", "dfltSuspended", days(1))
    assert subject.plan == ("", "", None)
    assert subject.versions == versions + 1
    assert bring_due_into_force(days(9)) == 0


def test_cancel_puts_another_plan_in_its_place(subject: Subject) -> None:
    subject.go("SUSPENDED", "fraud", since=days(5), pending=True)
    go(subject, "DEACTIVATED", "dfltDeactivated", "CANCEL", state_valid_from=days(7))
    assert subject.plan == ("SCHEDULED", "DEACTIVATED", days(7))
    assert subject.state[0] == "ACTIVE"


@KINDS
def test_keep(subject: Subject, pending: bool) -> None:
    subject.go("DEACTIVATED", "dfltDeactivated", since=days(5), pending=pending)
    plan = subject.plan
    go(subject, "SUSPENDED", "fraud", "KEEP")
    assert subject.state == ("SUSPENDED", "fraud", days(1))
    assert subject.plan == plan
    assert bring_due_into_force(days(9)) == (0 if pending else 1)
    assert subject.state[0] == ("SUSPENDED" if pending else "DEACTIVATED")


@pytest.mark.parametrize(("state", "reason"), [("SUSPENDED", "fraud"), ("DEACTIVATED", "dfltDeactivated")])
def test_keep_what_would_be_no_change_any_more(subject: Subject, state: str, reason: str) -> None:
    subject.go("SUSPENDED", "fraud", since=days(5))
    with refused("CASM-STATE-TRANSITION", "pendingChange"):
        go(subject, state, reason, "KEEP")


def test_keep_leaves_no_room_for_another_plan(subject: Subject) -> None:
    subject.go("DEACTIVATED", "dfltDeactivated", since=days(5))
    with refused("CASM-STATE-PENDING", "pendingChange"):
        go(subject, "SUSPENDED", "fraud", "KEEP", state_valid_from=days(3))


@pytest.mark.parametrize("what", ["REFUSE", "CANCEL", "KEEP"])
def test_without_a_plan_it_means_nothing(subject: Subject, what: str) -> None:
    go(subject, "SUSPENDED", "fraud", what)
    assert subject.state[0] == "SUSPENDED"


def test_cancel_asks_for_no_permission_where_nothing_is_planned(subject: Subject, change: Any) -> None:
    care: Change = change(actor=make_user("one of care", "Customer Care"), at=days(1))
    new = NewState(state="SUSPENDED", state_reason="fraud")
    operations.update_customer_state(care, customer=subject.ref, state=new, pending_change="CANCEL")
    assert subject.state[0] == "SUSPENDED"


def test_cancel_needs_the_permission_to_cancel(subject: Subject, change: Any) -> None:
    subject.go("DEACTIVATED", "dfltDeactivated", since=days(5))
    before = (subject.row.version, subject.plan)
    care: Change = change(actor=make_user("one of care", "Customer Care"), at=days(1))
    new = NewState(state="SUSPENDED", state_reason="fraud")
    with pytest.raises(OperationRefused, match="cancel_customer_state"):
        operations.update_customer_state(care, customer=subject.ref, state=new, pending_change="CANCEL")
    assert (subject.row.version, subject.plan) == before
    operations.update_customer_state(care, customer=subject.ref, state=new, pending_change="KEEP")
    assert subject.state[0] == "SUSPENDED"


@pytest.mark.parametrize("route", UPDATES, ids=str)
def test_on_every_level_over_rest(api: RestClient, route: Any) -> None:
    assert len(UPDATES) == 4
    prepare(api, route)
    kind = next(name for name in route.example if name not in ("requestId", "state"))
    on = {kind: route.example[kind]}
    later = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated", "stateValidFrom": "2099-05-01T00:00:00Z"}
    api.done(route.path, **on, state=later)
    now = {"state": "SUSPENDED", "stateReason": "fraud"}
    problem(api.post(route.path, **on, state=now), 400, "CASM-STATE-PENDING", "state")
    answer = api.post(route.path, **on, state=now, pendingChange="DROP")
    problem(answer, 400, "REQUEST-VALIDATION", "pendingChange")
    kept = api.done(route.path, **on, state=now, pendingChange="KEEP")
    assert (kept["state"]["state"], kept["plannedState"]["state"]) == ("SUSPENDED", "DEACTIVATED")
    again = {"state": "ACTIVE", "stateReason": "dfltActive"}
    dropped = api.done(route.path, **on, state=again, pendingChange="CANCEL")
    assert (dropped["state"]["state"], dropped["plannedState"]) == ("ACTIVE", None)
