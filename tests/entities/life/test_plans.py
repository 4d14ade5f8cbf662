"""Planned changes: one at a time, confirmed, moved, cancelled, overdue, settled by the next write, refused when due."""

from datetime import timedelta
from typing import Any

import pytest

from accounts import operations as accounts
from customers import operations
from customers.models import Customer
from ocsportal.entities.life import plans
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.entities.states import NamedPlan, NewState
from ocsportal.transactions.errors import OperationRefused, Stale
from ocsportal.transactions.models import BusinessTransaction
from tests.customers.test_rest import standing
from tests.entities.conftest import NOON, Subject, days, refused

pytestmark = pytest.mark.django_db

CONFIRMED, CANCELLED = "CASM-STATE-PENDING-CONFIRMED", "CASM-STATE-PENDING-CANCELLED"
KINDS = pytest.mark.parametrize("pending", [True, False], ids=["pending", "scheduled"])


@pytest.fixture
def pending(subject: Subject) -> Subject:
    """A customer that is to be suspended on day 5, if someone confirms."""
    subject.go("SUSPENDED", "fraud", since=days(5), pending=True)
    return subject


@pytest.fixture
def scheduled(subject: Subject) -> Subject:
    """A customer that will be suspended on day 5."""
    subject.go("SUSPENDED", "fraud", since=days(5))
    return subject


def unchanged(subject: Subject, work: Any) -> Any:
    """Run what must change neither the customer nor its history; return its outcome."""
    before = (Customer.objects.values().get(), subject.versions)
    outcome = work()
    assert (Customer.objects.values().get(), subject.versions) == before
    return outcome


class TestOneAtATime:
    @KINDS
    @pytest.mark.parametrize("options", [{}, {"since": days(9)}, {"since": days(9), "pending": True}])
    def test_another_change_is_refused(self, subject: Subject, pending: bool, options: Any) -> None:
        subject.go("SUSPENDED", since=days(5), pending=pending)
        with refused("CASM-STATE-PENDING", "state"):
            subject.go("DEACTIVATED", at=days(1), **options)

    @KINDS
    def test_other_writes_go_on(self, subject: Subject, change: Any, pending: bool) -> None:
        subject.go("SUSPENDED", since=days(5), pending=pending)
        plan = subject.plan
        subject.rename("Renamed", at=days(1))
        operations.update_customer_contact(change(at=days(1)), customer=subject.ref, contact={"city": "Brno"})
        operations.update_customer_segment(change(at=days(1)), customer=subject.ref, customer_segment="vip")
        row = subject.row
        assert (row.custom_name, row.contact_city, row.segment.code) == ("Renamed", "Brno", "vip")
        assert subject.plan == plan
        assert row.state == "ACTIVE"

    def test_free_again_when_cancelled(self, pending: Subject) -> None:
        pending.cancel(at=days(1))
        pending.go("DEACTIVATED", at=days(2))
        assert pending.state == ("DEACTIVATED", "dfltDeactivated", days(2))
        assert pending.plan == ("", "", None)

    def test_free_again_when_in_force(self, scheduled: Subject) -> None:
        scheduled.go("ACTIVE", at=days(6))
        assert scheduled.state == ("ACTIVE", "dfltActive", days(6))


class TestConfirm:
    def test_makes_it_certain(self, pending: Subject) -> None:
        assert pending.confirm("SUSPENDED", at=days(1)).notice == ""
        assert pending.plan == ("SCHEDULED", "SUSPENDED", days(5))
        assert pending.state[0] == "ACTIVE"
        assert pending.versions == 3

    def test_with_another_date(self, pending: Subject) -> None:
        pending.confirm(since=days(8), at=days(1))
        assert pending.plan == ("SCHEDULED", "SUSPENDED", days(8))

    def test_with_a_date_that_has_come(self, pending: Subject) -> None:
        outcome = pending.confirm(since=days(1), at=days(2))
        assert pending.state == ("SUSPENDED", "fraud", days(1))
        assert pending.plan == ("", "", None)
        assert outcome.items[0]["object"]["state"]["state"] == "SUSPENDED"
        assert outcome.version == pending.row.version

    def test_never_before_the_present_state(self, pending: Subject) -> None:
        with refused("CASM-STATE-VALID-FROM", "stateValidFrom"):
            pending.confirm(since=days(-1), at=days(1))

    def test_when_overdue_it_acts_from_its_own_date(self, pending: Subject) -> None:
        pending.confirm(at=days(20))
        assert pending.state == ("SUSPENDED", "fraud", days(5))
        assert pending.plan == ("", "", None)

    @pytest.mark.parametrize("since", [None, days(8)])
    def test_again_changes_nothing(self, pending: Subject, since: Any) -> None:
        pending.confirm(since=days(8), at=days(1))
        outcome = unchanged(pending, lambda: pending.confirm("SUSPENDED", since, at=days(2)))
        assert outcome.notice == CONFIRMED

    def test_again_with_another_date_moves_it(self, pending: Subject) -> None:
        pending.confirm(at=days(1))
        assert pending.confirm("SUSPENDED", days(9), at=days(2)).notice == ""
        assert pending.plan == ("SCHEDULED", "SUSPENDED", days(9))
        assert pending.versions == 4

    def test_moves_what_was_scheduled_from_the_start(self, scheduled: Subject) -> None:
        scheduled.confirm(since=days(3), at=days(1))
        assert scheduled.plan == ("SCHEDULED", "SUSPENDED", days(3))

    def test_moved_to_a_date_that_has_come(self, scheduled: Subject) -> None:
        outcome = scheduled.confirm(since=days(1), at=days(2))
        assert scheduled.state == ("SUSPENDED", "fraud", days(1))
        assert scheduled.plan == ("", "", None)
        assert outcome.version == scheduled.row.version

    def test_never_moved_before_the_present_state(self, scheduled: Subject) -> None:
        with refused("CASM-STATE-VALID-FROM", "stateValidFrom"):
            scheduled.confirm(since=days(-1), at=days(1))

    def test_scheduled_from_the_start_is_confirmed_already(self, scheduled: Subject) -> None:
        assert unchanged(scheduled, lambda: scheduled.confirm(at=days(1))).notice == CONFIRMED

    @KINDS
    @pytest.mark.parametrize("named", ["ACTIVE", "INACTIVE", "DEACTIVATED"])
    def test_of_another_state(self, subject: Subject, named: str, pending: bool) -> None:
        subject.go("SUSPENDED", since=days(5), pending=pending)
        with refused("CASM-STATE-PENDING-MISMATCH", "state"):
            subject.confirm(named, at=days(1))

    def test_with_nothing_planned(self, subject: Subject) -> None:
        with refused("CASM-STATE-NOT-PENDING"):
            subject.confirm(at=days(1))

    def test_of_what_was_cancelled(self, pending: Subject) -> None:
        pending.cancel(at=days(1))
        with refused("CASM-STATE-NOT-PENDING"):
            pending.confirm(at=days(2))

    def test_of_what_is_in_force(self, scheduled: Subject) -> None:
        bring_due_into_force(days(5))
        with refused("CASM-STATE-NOT-PENDING"):
            scheduled.confirm(at=days(6))


class TestCancel:
    @KINDS
    def test_drops_it(self, subject: Subject, pending: bool) -> None:
        subject.go("SUSPENDED", since=days(5), pending=pending)
        assert subject.cancel("SUSPENDED", at=days(1)).notice == ""
        assert subject.plan[0] == "CANCELLED"
        assert subject.row.has_plan is False
        assert bring_due_into_force(days(9)) == 0
        assert subject.state[0] == "ACTIVE"

    @pytest.mark.parametrize("named", [None, "SUSPENDED"])
    def test_again_changes_nothing(self, pending: Subject, named: Any) -> None:
        pending.cancel(at=days(1))
        outcome = unchanged(pending, lambda: pending.cancel(named, at=days(2)))
        assert outcome.notice == CANCELLED

    @KINDS
    def test_of_another_state(self, subject: Subject, pending: bool) -> None:
        subject.go("SUSPENDED", since=days(5), pending=pending)
        with refused("CASM-STATE-PENDING-MISMATCH", "state"):
            subject.cancel("DEACTIVATED", at=days(1))

    def test_again_of_another_state(self, pending: Subject) -> None:
        pending.cancel(at=days(1))
        with refused("CASM-STATE-PENDING-MISMATCH", "state"):
            pending.cancel("DEACTIVATED", at=days(2))

    def test_with_nothing_planned(self, subject: Subject) -> None:
        with refused("CASM-STATE-NOT-PENDING"):
            subject.cancel(at=days(1))

    def test_is_forgotten_with_the_next_change(self, pending: Subject) -> None:
        pending.cancel(at=days(1))
        pending.go("SUSPENDED", at=days(2))
        with refused("CASM-STATE-NOT-PENDING"):
            pending.cancel(at=days(3))

    def test_comes_too_late_for_what_is_due(self, scheduled: Subject) -> None:
        with refused("CASM-STATE-NOT-PENDING"):
            scheduled.cancel(at=days(5))


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("state.state", {"state": "DEACTIVATED"}),
    ("state.stateReason", {"state_reason": "dfltSuspended"}),
    ("state.stateReason", {"state_reason": "unheard-of"}),
    ("state.stateValidFrom", {"state_valid_from": days(6)}),
]


class TestNamed:
    """What a confirm or a cancel names of the plan must be so, every part of it."""

    @pytest.fixture(params=["confirm", "cancel"])
    def decide(self, request: Any) -> Any:
        return lambda subject, named, at: getattr(subject, request.param)(named, at=days(at))

    @staticmethod
    def plan(**parts: Any) -> NamedPlan:
        right = {"state": "SUSPENDED", "state_reason": "fraud", "state_valid_from": days(5)}
        return NamedPlan(**{**right, **parts})

    @KINDS
    def test_all_of_it_is_right(self, subject: Subject, decide: Any, pending: bool) -> None:
        subject.go("SUSPENDED", "fraud", since=days(5), pending=pending)
        decide(subject, self.plan(pending=pending), 1)
        assert subject.plan[0] in ("SCHEDULED", "CANCELLED")

    @KINDS
    @pytest.mark.parametrize(("parameter", "wrong"), WRONG)
    def test_one_part_is_wrong(
        self, subject: Subject, decide: Any, pending: bool, parameter: str, wrong: dict[str, Any]
    ) -> None:
        subject.go("SUSPENDED", "fraud", since=days(5), pending=pending)
        with refused("CASM-STATE-PENDING-MISMATCH", parameter):
            decide(subject, self.plan(**wrong), 1)

    @KINDS
    def test_how_certain_is_wrong(self, subject: Subject, decide: Any, pending: bool) -> None:
        subject.go("SUSPENDED", "fraud", since=days(5), pending=pending)
        with refused("CASM-STATE-PENDING-MISMATCH", "state.pending"):
            decide(subject, self.plan(pending=not pending), 1)

    def test_all_that_is_wrong_is_told(self, pending: Subject, decide: Any) -> None:
        wrong = NamedPlan(state="ACTIVE", state_reason="x", state_valid_from=days(6), pending=False)
        with pytest.raises(OperationRefused) as caught:
            decide(pending, wrong, 1)
        told = [fault.parameter for fault in caught.value.faults]
        assert told == ["state.state", "state.stateReason", "state.stateValidFrom", "state.pending"]

    @KINDS
    def test_repeated_it_names_what_was(self, subject: Subject, decide: Any, pending: bool) -> None:
        subject.go("SUSPENDED", "fraud", since=days(5), pending=pending)
        named = self.plan(pending=pending)
        decide(subject, named, 1)
        assert unchanged(subject, lambda: decide(subject, named, 2)).notice in (CONFIRMED, CANCELLED)

    @pytest.mark.parametrize(("parameter", "wrong"), WRONG)
    def test_repeated_with_a_wrong_part(
        self, pending: Subject, decide: Any, parameter: str, wrong: dict[str, Any]
    ) -> None:
        decide(pending, self.plan(), 1)
        with refused("CASM-STATE-PENDING-MISMATCH", parameter):
            decide(pending, self.plan(**wrong), 2)


class TestDue:
    def test_overdue_pending_stays_pending(self, pending: Subject) -> None:
        assert bring_due_into_force(days(100)) == 0
        pending.rename("Later", at=days(100))
        assert pending.plan == ("PENDING", "SUSPENDED", days(5))
        assert pending.state[0] == "ACTIVE"

    def test_not_a_moment_early(self, scheduled: Subject) -> None:
        assert bring_due_into_force(days(5) - timedelta(milliseconds=1)) == 0
        assert scheduled.state[0] == "ACTIVE"
        assert bring_due_into_force(days(5)) == 1
        assert scheduled.state == ("SUSPENDED", "fraud", days(5))

    def test_planned_instant_is_the_start_however_late(self, scheduled: Subject) -> None:
        assert bring_due_into_force(days(30)) == 1
        assert scheduled.state == ("SUSPENDED", "fraud", days(5))
        assert scheduled.row.changed_at > scheduled.row.created_at
        assert scheduled.plan == ("", "", None)

    def test_any_later_write_settles_it_first(self, scheduled: Subject) -> None:
        before = BusinessTransaction.objects.count()
        scheduled.rename("Later", at=days(7))
        assert scheduled.state == ("SUSPENDED", "fraud", days(5))
        made = list(BusinessTransaction.objects.order_by("id")[before:])
        assert {(entry.operation, entry.channel) for entry in made} == {
            ("UpdateCustomerCustomName", "PORTAL"),
            ("PlannedStateInForce", "SCHEDULE"),
        }
        versions = list(Customer.history.order_by("history_id"))
        stamps = [(row.version, row.state, row.custom_name, row.transaction.operation) for row in versions[2:]]
        assert stamps == [
            (3, "SUSPENDED", "", "PlannedStateInForce"),
            (4, "SUSPENDED", "Later", "UpdateCustomerCustomName"),
        ]

    def test_settled_under_the_name_of_who_planned_it(self, scheduled: Subject, change: Any) -> None:
        scheduled.rename("Later", at=days(7))
        entry = BusinessTransaction.objects.get(channel="SCHEDULE")
        assert entry.actor is None
        assert entry.on_behalf_of == change().actor.display_name

    def test_write_that_the_settled_plan_forbids_changes_nothing(self, subject: Subject) -> None:
        subject.go("DEACTIVATED", since=days(5))
        with refused("CASM-STATE-DEACTIVATED", "customer"):
            subject.rename("Too late", at=days(6))
        assert bring_due_into_force(days(6)) == 1
        assert subject.state == ("DEACTIVATED", "dfltDeactivated", days(5))

    def test_write_on_what_was_read_before_it_is_stale(self, scheduled: Subject, change: Any) -> None:
        stamped = change(at=days(7), if_match=frozenset([scheduled.row.etag]))
        before = standing()
        with pytest.raises(Stale):
            operations.update_customer_custom_name(stamped, customer=scheduled.ref, custom_name="Read before")
        assert standing() == before

    def test_write_on_what_is_read_since_is_in_time(self, scheduled: Subject, change: Any) -> None:
        read = plans.as_due(scheduled.row, days(7))
        assert (read.state, read.state_valid_from, read.plan_status, read.version) == ("SUSPENDED", days(5), "", 3)
        assert (read.last_plan_outcome, read.last_plan_state) == ("DONE", "SUSPENDED")
        stamped = change(at=days(7), if_match=frozenset([read.etag]))
        operations.update_customer_custom_name(stamped, customer=scheduled.ref, custom_name="Read since")
        assert (scheduled.row.custom_name, scheduled.row.version) == ("Read since", 4)


class TestImpossible:
    """Something else, such as a superior's cascade, may meanwhile have changed what a plan built on."""

    @pytest.fixture
    def overtaken(self, scheduled: Subject) -> Subject:
        """A customer that can't be suspended on day 5, since it is inactive by then."""
        Customer.objects.update(state="INACTIVE")
        return scheduled

    def test_is_refused_with_a_note_by_the_worker(self, overtaken: Subject) -> None:
        assert bring_due_into_force(days(6)) == 1
        assert overtaken.plan == ("REFUSED", "SUSPENDED", days(5))
        assert overtaken.row.last_plan_message == "SUSPENDED can't follow INACTIVE, which it is in by now."
        assert overtaken.state[0] == "INACTIVE"
        assert bring_due_into_force(days(7)) == 0

    def test_is_refused_with_a_note_by_the_next_write(self, overtaken: Subject) -> None:
        overtaken.rename("Goes on", at=days(6))
        row = overtaken.row
        assert (row.custom_name, row.plan_status, row.state) == ("Goes on", "REFUSED", "INACTIVE")
        assert BusinessTransaction.objects.get(channel="SCHEDULE").notice == "CASM-STATE-TRANSITION"

    def test_start_that_lies_before_the_present_state(self, scheduled: Subject) -> None:
        Customer.objects.update(state_valid_from=days(5.5))
        bring_due_into_force(days(6))
        assert scheduled.plan[0] == "REFUSED"
        assert scheduled.row.last_plan_message == "The planned instant is before the start of the current state."

    def test_leaves_the_way_free(self, overtaken: Subject) -> None:
        bring_due_into_force(days(6))
        overtaken.go("ACTIVE", at=days(7))
        assert overtaken.state == ("ACTIVE", "dfltActive", days(7))
        assert overtaken.plan == ("", "", None)
        # What became of it is still told.
        assert (overtaken.row.last_plan_outcome, overtaken.row.last_plan_state) == ("REFUSED", "SUSPENDED")

    def test_nothing_is_left_to_confirm_or_cancel(self, overtaken: Subject) -> None:
        bring_due_into_force(days(6))
        for verb in (overtaken.confirm, overtaken.cancel):
            with refused("CASM-STATE-NOT-PENDING"):
                verb(at=days(7))


def test_plan_remembers_whose_it_is(begun: Any) -> None:
    subject = begun()
    subject.go("SUSPENDED", since=days(5), on_behalf_of="agent.lehmann")
    assert subject.row.plan_by == "agent.lehmann"
    before = standing()
    assert plans.due_of(subject.row, days(4)) == []
    assert plans.due_of(subject.row, days(5)) == plans.KINDS[:1]
    assert standing() == before


def test_what_can_not_be_in_force_this_instant_is_not_confirmed(begun: Any, change: Any) -> None:
    """An overdue deactivation of something that has live entities below: refused when it is decided, not noted afterwards."""
    subject = begun()
    accounts.create_account(
        change(at=NOON), external_id="a", account_profile="postpaid", customer=subject.ref,
        state=NewState(state="ACTIVE", state_reason="dfltActive"),
    )  # fmt: skip
    subject.go("DEACTIVATED", since=days(1), pending=True)
    for since in (None, days(2)):
        with refused("CASM-SUBORDINATES-LIVE", "subordinateUpdated"):
            subject.confirm(since=since, at=days(3))
    assert subject.plan == ("PENDING", "DEACTIVATED", days(1))
    # Until another date everything below may have ended.
    subject.confirm(since=days(9), at=days(3))
    assert subject.plan == ("SCHEDULED", "DEACTIVATED", days(9))
    with refused("CASM-SUBORDINATES-LIVE", "subordinateUpdated"):
        subject.confirm(since=days(2), at=days(3))
