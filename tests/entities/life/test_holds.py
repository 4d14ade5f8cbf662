"""Hold: a suspension with an end; now or planned, it is one order, and is cancelled as one."""

from typing import Any

import pytest

from customers.models import Customer
from ocsportal.entities.life import due
from ocsportal.entities.life.plans import as_due
from ocsportal.entities.states import NamedPlan
from ocsportal.transactions.models import BusinessTransaction
from tests.entities.conftest import Subject, days, refused
from tests.entities.tree import Tree

pytestmark = pytest.mark.django_db


class TestAtOnce:
    def test_its_end_is_a_scheduled_resumption_for_the_reason_that_was(self, begun: Any) -> None:
        subject = begun()
        subject.go("ACTIVE", "awake", at=days(1))
        subject.go("SUSPENDED", "fraud", at=days(2), until=days(9), on_behalf_of="agent")
        assert subject.state == ("SUSPENDED", "fraud", days(2))
        assert subject.plan == ("SCHEDULED", "ACTIVE", days(9))
        row = subject.row
        assert (row.plan_reason.code, row.plan_by, row.plan_valid_to) == ("awake", "agent", None)
        assert due.bring_due_into_force(days(10)) == 1
        assert subject.state == ("ACTIVE", "awake", days(9))
        assert subject.plan == ("", "", None)

    def test_it_is_one_version_and_one_transaction(self, subject: Subject) -> None:
        before, versions = BusinessTransaction.objects.count(), subject.versions
        subject.go("SUSPENDED", "fraud", at=days(2), until=days(9))
        assert (BusinessTransaction.objects.count(), subject.versions) == (before + 1, versions + 1)

    def test_one_that_began_in_the_past(self, subject: Subject) -> None:
        subject.go("SUSPENDED", "fraud", at=days(5), since=days(2), until=days(9))
        assert (subject.state, subject.plan) == (("SUSPENDED", "fraud", days(2)), ("SCHEDULED", "ACTIVE", days(9)))

    def test_an_end_is_given_to_a_suspension_that_stands(self, begun: Any) -> None:
        subject = begun("SUSPENDED")
        subject.go("SUSPENDED", "fraud", at=days(1), until=days(3))
        assert subject.plan == ("SCHEDULED", "ACTIVE", days(3))
        assert subject.row.plan_reason.code == "dfltActive"

    def test_cancelled_it_stays_suspended(self, subject: Subject) -> None:
        subject.go("SUSPENDED", "fraud", at=days(2), until=days(9))
        subject.cancel("ACTIVE", at=days(3))
        assert due.bring_due_into_force(days(10)) == 0
        assert (subject.state[0], subject.plan[0]) == ("SUSPENDED", "CANCELLED")

    def test_it_is_resumed_with_what_it_suspended_below(self, change: Any, other_reasons: None) -> None:
        tree = Tree(change)
        tree.customer("c")
        tree.account("a")
        tree.subscribers("a", "s", "lost")
        tree.go("lost", "SUSPENDED", "fraud", at=days(1))
        Subject(change, "c").go("SUSPENDED", "fraud", at=days(2), until=days(9), below=True)
        assert tree.states("c", "a", "s", "lost") == ["SUSPENDED", "SUSPENDED (c)", "SUSPENDED (c)", "SUSPENDED"]
        assert due.bring_due_into_force(days(10)) == 1
        assert tree.states("c", "a", "s", "lost") == ["ACTIVE", "ACTIVE", "ACTIVE", "SUSPENDED"]


class TestPlanned:
    def test_from_and_to_are_one_plan(self, subject: Subject) -> None:
        subject.go("SUSPENDED", "fraud", at=days(1), since=days(3), until=days(9), on_behalf_of="agent")
        assert (subject.plan, subject.row.plan_valid_to) == (("SCHEDULED", "SUSPENDED", days(3)), days(9))
        assert due.bring_due_into_force(days(4)) == 1
        assert subject.state == ("SUSPENDED", "fraud", days(3))
        row = subject.row
        assert subject.plan == ("SCHEDULED", "ACTIVE", days(9))
        assert (row.plan_reason.code, row.plan_by, row.plan_valid_to) == ("dfltActive", "agent", None)
        assert (row.last_plan_outcome, row.last_plan_state) == ("DONE", "SUSPENDED")
        assert due.bring_due_into_force(days(9)) == 1
        assert subject.state == ("ACTIVE", "dfltActive", days(9))

    def test_cancelled_as_one(self, subject: Subject) -> None:
        subject.go("SUSPENDED", "fraud", at=days(1), since=days(3), until=days(9))
        subject.cancel(at=days(2))
        assert due.bring_due_into_force(days(10)) == 0
        assert subject.state[0] == "ACTIVE"

    def test_both_are_settled_when_the_worker_was_late(self, subject: Subject) -> None:
        subject.go("SUSPENDED", "fraud", at=days(1), since=days(3), until=days(9))
        assert due.bring_due_into_force(days(20)) == 2
        assert (subject.state, subject.plan[0]) == (("ACTIVE", "dfltActive", days(9)), "")

    def test_a_write_settles_both_first_and_a_read_shows_them_so(self, subject: Subject) -> None:
        subject.go("SUSPENDED", "fraud", at=days(1), since=days(3), until=days(9))
        shown = as_due(subject.row, days(20))
        assert (shown.state, shown.state_valid_from, shown.plan_status) == ("ACTIVE", days(9), "")
        held = as_due(subject.row, days(5))
        assert (held.state, held.plan_state, held.plan_valid_from) == ("SUSPENDED", "ACTIVE", days(9))
        version = shown.version
        subject.rename("Late", at=days(20))
        assert (subject.state, subject.row.version) == (("ACTIVE", "dfltActive", days(9)), version + 1)
        names = list(BusinessTransaction.objects.filter(channel="SCHEDULE").values_list("operation", flat=True))
        assert names == ["PlannedStateInForce", "PlannedStateInForce"]

    def test_pending_it_is_confirmed_with_its_end_and_not_beyond(self, subject: Subject) -> None:
        subject.go("SUSPENDED", "fraud", at=days(1), since=days(3), until=days(9), pending=True)
        with refused("CASM-STATE-VALID-FROM", "stateValidFrom"):
            subject.confirm(since=days(9), at=days(2))
        subject.confirm(since=days(4), at=days(2))
        assert (subject.plan, subject.row.plan_valid_to) == (("SCHEDULED", "SUSPENDED", days(4)), days(9))

    def test_many_in_one_batch_resume_each_for_its_own_reason(self, begun: Any) -> None:
        subjects = [begun(external_id=str(number)) for number in range(4)]
        subjects[3].go("ACTIVE", "awake", at=days(1))
        for number, subject in enumerate(subjects):
            end = days(10 + number) if number else None
            subject.go("SUSPENDED", "fraud", at=days(1), since=days(3), until=end)
        assert due.bring_due_into_force(days(4)) == 4
        assert [subject.plan for subject in subjects] == [
            ("", "", None), *(("SCHEDULED", "ACTIVE", days(10 + number)) for number in (1, 2, 3)),
        ]  # fmt: skip
        assert [subject.row.plan_reason.code for subject in subjects[1:]] == ["dfltActive", "dfltActive", "awake"]

    def test_it_reaches_below_and_lifts_that_again(self, change: Any, other_reasons: None) -> None:
        tree = Tree(change)
        tree.customer("c")
        tree.account("a")
        tree.subscribers("a", "s")
        Subject(change, "c").go("SUSPENDED", "fraud", at=days(1), since=days(3), until=days(9), below=True)
        assert due.bring_due_into_force(days(4)) == 1
        assert tree.states("c", "a", "s") == ["SUSPENDED", "SUSPENDED (c)", "SUSPENDED (c)"]
        assert due.bring_due_into_force(days(9)) == 1
        assert tree.states("c", "a", "s") == ["ACTIVE"] * 3

    def test_a_deactivation_above_drops_it_whole(self, change: Any, other_reasons: None) -> None:
        tree = Tree(change)
        tree.customer("c")
        Subject(change, "c").go("SUSPENDED", "fraud", at=days(1), since=days(3), until=days(9))
        Subject(change, "c").go("DEACTIVATED", at=days(2), pending_change="CANCEL")
        assert Customer.objects.get().plan_valid_to is None


class TestRefused:
    def test_an_end_without_a_suspension(self, subject: Subject) -> None:
        with refused("REQUEST-VALIDATION", "state.stateValidTo"):
            subject.go("DEACTIVATED", at=days(1), until=days(3))

    @pytest.mark.parametrize(("since", "until"), [(None, 1), (None, 0.5), (3, 3), (3, 2)])
    def test_an_end_that_is_none(self, since: float | None, until: float, subject: Subject) -> None:
        with refused("CASM-STATE-VALID-FROM", "state.stateValidTo"):
            subject.go("SUSPENDED", at=days(1), since=since and days(since), until=days(until))

    def test_one_that_is_over(self, subject: Subject) -> None:
        with refused("CASM-STATE-VALID-FROM", "state.stateValidTo"):
            subject.go("SUSPENDED", at=days(5), since=days(1), until=days(3))

    def test_keeping_a_plan_beside_it(self, subject: Subject) -> None:
        subject.go("DEACTIVATED", at=days(1), since=days(20))
        with refused("CASM-STATE-PENDING", "pendingChange"):
            subject.go("SUSPENDED", at=days(2), until=days(9), pending_change="KEEP")
        subject.go("SUSPENDED", at=days(2), until=days(9), pending_change="CANCEL")
        assert subject.plan == ("SCHEDULED", "ACTIVE", days(9))

    def test_a_cancel_that_names_another_end(self, subject: Subject) -> None:
        subject.go("SUSPENDED", "fraud", at=days(1), since=days(3), until=days(9))
        with refused("CASM-STATE-PENDING-MISMATCH", "state.stateValidTo"):
            subject.cancel(NamedPlan(state="SUSPENDED", state_valid_to=days(8)), at=days(2))
        subject.cancel(NamedPlan(state="SUSPENDED", state_valid_to=days(9)), at=days(2))
        assert subject.plan[0] == "CANCELLED"
