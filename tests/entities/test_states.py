"""The table of transitions, pair by pair, the rules of the start, and the reasons; a refused change changes nothing."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from customers import operations, queries
from customers.models import Customer
from ocsportal.entities.states import TRANSITIONS, NewState, State, may_follow
from ocsportal.entities.versions import state_history
from ocsportal.transactions.models import BusinessTransaction
from tests.entities.conftest import DEFAULT_REASONS, NOON, OTHER_REASONS, Subject, days, refused

pytestmark = pytest.mark.django_db

STATES = ("INACTIVE", "ACTIVE", "SUSPENDED", "DEACTIVATED")
ALLOWED = {
    ("INACTIVE", "INACTIVE"), ("INACTIVE", "ACTIVE"), ("INACTIVE", "DEACTIVATED"),
    ("ACTIVE", "ACTIVE"), ("ACTIVE", "SUSPENDED"), ("ACTIVE", "DEACTIVATED"),
    ("SUSPENDED", "SUSPENDED"), ("SUSPENDED", "ACTIVE"), ("SUSPENDED", "DEACTIVATED"),
}  # fmt: skip
PAIRS = list(product(STATES, STATES))


class TestTable:
    def test_is_what_is_documented(self) -> None:
        assert {(before.value, after.value) for before, afters in TRANSITIONS.items() for after in afters} == ALLOWED
        assert set(TRANSITIONS) == set(State)
        assert {pair for pair in PAIRS if may_follow(*pair)} == ALLOWED

    @pytest.mark.parametrize(("before", "after"), PAIRS)
    def test_every_pair(self, begun: Any, before: str, after: str) -> None:
        subject = begun(before)
        versions = subject.versions
        if (before, after) in ALLOWED:
            subject.go(after, OTHER_REASONS[after], at=days(1))
            assert subject.state == (after, OTHER_REASONS[after], days(1))
            assert subject.versions == versions + 1 == subject.row.version
            return
        code = "CASM-STATE-DEACTIVATED" if before == "DEACTIVATED" else "CASM-STATE-TRANSITION"
        with refused(code):
            subject.go(after, OTHER_REASONS[after], at=days(1))

    @pytest.mark.parametrize(("before", "after"), PAIRS)
    def test_plans_obey_it_too(self, begun: Any, before: str, after: str) -> None:
        subject = begun(before)
        if (before, after) in ALLOWED:
            subject.go(after, OTHER_REASONS[after], since=days(5))
            assert subject.plan == ("SCHEDULED", after, days(5))
            assert subject.state[0] == before
            return
        with refused("CASM-STATE-DEACTIVATED" if before == "DEACTIVATED" else "CASM-STATE-TRANSITION"):
            subject.go(after, OTHER_REASONS[after], since=days(5))

    @pytest.mark.parametrize("state", ["INACTIVE", "ACTIVE", "SUSPENDED"])
    def test_same_state_for_the_same_reason_is_no_change(self, begun: Any, state: str) -> None:
        subject = begun(state)
        with refused("CASM-STATE-TRANSITION", "state.state"):
            subject.go(state, at=days(1))

    @pytest.mark.parametrize("state", STATES)
    def test_first_states(self, change: Any, state: str) -> None:
        new = NewState(state=state, state_reason=DEFAULT_REASONS[state])
        if state in ("INACTIVE", "ACTIVE"):
            operations.create_customer(change(), state=new)
            assert Customer.objects.get().state == state
            return
        with refused("CASM-STATE-TRANSITION", "state.state"):
            operations.create_customer(change(), state=new)


class TestStart:
    def test_without_a_date_it_is_now(self, subject: Subject) -> None:
        subject.go("SUSPENDED", at=days(3))
        assert subject.state == ("SUSPENDED", "dfltSuspended", days(3))

    def test_may_lie_in_the_past(self, subject: Subject) -> None:
        subject.go("SUSPENDED", at=days(3), since=days(1))
        assert subject.state[2] == days(1)

    def test_may_be_the_very_start_of_the_state_before(self, subject: Subject) -> None:
        subject.go("SUSPENDED", at=days(3), since=NOON)
        assert subject.state[2] == NOON

    def test_never_before_the_start_of_the_state_before(self, subject: Subject) -> None:
        subject.go("SUSPENDED", at=days(3), since=days(2))
        with refused("CASM-STATE-VALID-FROM", "state.stateValidFrom"):
            subject.go("ACTIVE", at=days(4), since=days(2) - timedelta(milliseconds=1))

    def test_the_present_instant_is_no_plan(self, subject: Subject) -> None:
        subject.go("SUSPENDED", at=days(3), since=days(3))
        assert subject.state == ("SUSPENDED", "dfltSuspended", days(3))
        assert subject.plan == ("", "", None)

    def test_the_next_millisecond_is_one(self, subject: Subject) -> None:
        subject.go("SUSPENDED", at=days(3), since=days(3) + timedelta(milliseconds=1))
        assert subject.state[0] == "ACTIVE"
        assert subject.plan == ("SCHEDULED", "SUSPENDED", days(3) + timedelta(milliseconds=1))

    @pytest.mark.parametrize("since", [None, NOON, days(3)])
    def test_pending_needs_the_future(self, subject: Subject, since: Any) -> None:
        with refused("CASM-STATE-VALID-FROM", "state.stateValidFrom"):
            subject.go("SUSPENDED", at=days(3), since=since, pending=True)

    def test_pending_on_creation_is_ignored(self, change: Any) -> None:
        new = NewState(state="ACTIVE", state_reason="dfltActive", pending=True)
        operations.create_customer(change(at=NOON), state=new)
        made = Customer.objects.get()
        assert (made.state, made.state_valid_from, made.plan_status) == ("ACTIVE", NOON, "")

    def test_future_on_creation_is_refused(self, change: Any) -> None:
        new = NewState(state="ACTIVE", state_reason="dfltActive", state_valid_from=days(1))
        with refused("CASM-STATE-VALID-FROM", "state.stateValidFrom"):
            operations.create_customer(change(at=NOON), state=new)

    def test_past_on_creation_is_kept(self, change: Any) -> None:
        new = NewState(state="ACTIVE", state_reason="dfltActive", state_valid_from=days(-400))
        operations.create_customer(change(at=NOON), state=new)
        assert Customer.objects.get().state_valid_from == days(-400)


class TestReasons:
    WRONG = [(state, code) for state in STATES for other, code in DEFAULT_REASONS.items() if other != state]

    @pytest.mark.parametrize(("state", "code"), WRONG)
    def test_reason_of_another_state(self, begun: Any, state: str, code: str) -> None:
        subject = begun("INACTIVE" if state == "ACTIVE" else "ACTIVE")
        with refused("CONFIG-NOT-FOUND", "state.stateReason"):
            subject.go(state, code, at=days(1))

    @pytest.mark.parametrize("since", [None, days(9)])
    def test_reason_that_is_not_configured(self, subject: Subject, since: Any) -> None:
        with refused("CONFIG-NOT-FOUND", "state.stateReason"):
            subject.go("SUSPENDED", "nope", at=days(1), since=since)

    @pytest.mark.parametrize("state", ["INACTIVE", "ACTIVE"])
    def test_reason_of_another_state_on_creation(self, change: Any, state: str) -> None:
        with refused("CONFIG-NOT-FOUND", "state.stateReason"):
            operations.create_customer(change(), state=NewState(state=state, state_reason="fraud"))

    def test_both_are_mandatory(self, subject: Subject, change: Any) -> None:
        for new in (NewState(), NewState(state="SUSPENDED"), NewState(state_reason="fraud")):
            with refused("REQUEST-VALIDATION"):
                operations.update_customer_state(change(at=days(1)), customer=subject.ref, state=new)


def test_history_of_states_joins_end_to_start(subject: Subject) -> None:
    subject.go("SUSPENDED", "fraud", at=days(2))
    subject.rename("No step", at=days(3))
    subject.go("SUSPENDED", at=days(4))
    subject.go("ACTIVE", at=days(6), since=days(5))
    subject.go("DEACTIVATED", at=days(7))
    steps = state_history(queries.customer(subject.ref))
    assert [(step["state"], step["stateReason"]["code"]) for step in steps] == [
        ("ACTIVE", "dfltActive"),
        ("SUSPENDED", "fraud"),
        ("SUSPENDED", "dfltSuspended"),
        ("ACTIVE", "dfltActive"),
        ("DEACTIVATED", "dfltDeactivated"),
    ]
    assert [step["stateValidTo"] for step in steps] == [*(step["stateValidFrom"] for step in steps[1:]), None]
    assert steps[3]["stateValidFrom"] == "2026-03-07T13:00:00.000+01:00"


def test_each_change_is_one_business_transaction(subject: Subject) -> None:
    before = BusinessTransaction.objects.count()
    subject.go("SUSPENDED", at=days(1))
    entry = BusinessTransaction.objects.latest("id")
    assert BusinessTransaction.objects.count() == before + 1
    assert (entry.operation, entry.target_ref_id, entry.touched) == ("UpdateCustomerState", subject.row.ref_id, 1)
    assert Customer.history.latest("history_id").transaction_id == entry.pk
