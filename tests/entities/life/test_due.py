"""The worker: due plans in batches, whose number decides about statements, not the plans; one failure stops only itself."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from ocsportal.entities.life import due, plans, state_plans
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from tests.entities.conftest import days

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(begun: Any) -> Any:
    """Make customers that will be suspended on day 1, 2, 3 …, ordered by an agent."""

    def make(count: int, by: str = "", first: int = 1) -> list[Any]:
        made = []
        for number in range(first, first + count):
            subject = begun(external_id=f"{by}{number}")
            subject.go("SUSPENDED", "fraud", since=days(number), on_behalf_of=by)
            made.append(subject)
        return made

    return make


def scheduled_transactions() -> list[BusinessTransaction]:
    return list(BusinessTransaction.objects.filter(channel="SCHEDULE").order_by("id"))


def test_each_with_its_own_start_and_version(planned: Any) -> None:
    subjects = planned(5)
    assert due.bring_due_into_force(days(4)) == 4
    for number, subject in enumerate(subjects[:4], start=1):
        assert subject.state == ("SUSPENDED", "fraud", days(number))
        assert subject.plan == ("", "", None)
        assert subject.row.version == subject.versions == 3
    assert subjects[4].plan == ("SCHEDULED", "SUSPENDED", days(5))
    assert due.bring_due_into_force(days(4)) == 0


def test_one_batch_is_one_business_transaction(planned: Any) -> None:
    subjects = planned(4, by="agent")
    queued = OutboxMessage.objects.count()
    due.bring_due_into_force(days(9))
    (entry,) = scheduled_transactions()
    assert (entry.operation, entry.on_behalf_of, entry.touched) == ("PlannedStateInForce", "agent", 4)
    assert OutboxMessage.objects.count() == queued + 1
    for subject in subjects:
        assert Customer.history.filter(id=subject.row.pk).latest("history_id").transaction_id == entry.pk


def test_who_planned_it_stands_in_the_audit_trail(planned: Any) -> None:
    planned(3, by="anna")
    planned(2, by="ben")
    assert due.bring_due_into_force(days(9)) == 5
    assert sorted((entry.on_behalf_of, entry.touched) for entry in scheduled_transactions()) == [
        ("anna", 3),
        ("ben", 2),
    ]


def test_batches_are_bounded(planned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "BATCH", 3)
    planned(8)
    assert due.bring_due_into_force(days(9)) == 8
    assert [entry.touched for entry in scheduled_transactions()] == [3, 3, 2]


def test_oldest_plan_first(planned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "BATCH", 1)
    late, early = planned(1, first=7), planned(1, first=2)
    due.bring_due_into_force(days(9))
    kept = [entry.target_ref_id for entry in scheduled_transactions()]
    assert kept == [early[0].row.ref_id, late[0].row.ref_id]


def test_statements_depend_on_batches_not_on_plans(planned: Any) -> None:
    counts = []
    for number in (2, 20):
        planned(number, by=f"{number}-")
        with CaptureQueriesContext(connection) as captured:
            assert due.bring_due_into_force(days(50)) == number
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_impossible_ones_do_not_stop_the_others(planned: Any) -> None:
    subjects = planned(4)
    Customer.objects.filter(external_id="2").update(state="INACTIVE")
    assert due.bring_due_into_force(days(9)) == 4
    assert [subject.row.state for subject in subjects] == ["SUSPENDED", "INACTIVE", "SUSPENDED", "SUSPENDED"]
    assert [subject.row.plan_status for subject in subjects] == ["", "REFUSED", "", ""]
    made = [(entry.operation, entry.touched, entry.notice, entry.reason) for entry in scheduled_transactions()]
    assert made == [
        ("PlannedStateInForce", 3, "", "Planned change in force"),
        ("PlannedStateRefused", 1, "CASM-STATE-TRANSITION", "SUSPENDED can't follow INACTIVE, which it is in by now."),
    ]


def test_failing_one_stops_only_itself(planned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = planned(4)
    genuine = state_plans._impossible

    def broken(entity: Any) -> Any:
        if entity.external_id == "3":
            raise RuntimeError("broken")
        return genuine(entity)

    monkeypatch.setattr(state_plans, "_impossible", broken)
    due.bring_due_into_force(days(9))
    assert [subject.row.state for subject in subjects] == ["SUSPENDED", "SUSPENDED", "ACTIVE", "SUSPENDED"]
    assert subjects[2].plan == ("REFUSED", "SUSPENDED", days(3))
    failed = subjects[2].row
    assert (failed.last_plan_outcome, failed.last_plan_code) == ("REFUSED", "INTERNAL-ERROR")
    assert failed.last_plan_message == "The change failed; the worker's log says why."
    assert due.bring_due_into_force(days(9)) == 0


def test_a_kind_that_fails_stops_no_other(planned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(plans.PlannedChange):
        subject, model, instant, by = "Toy", Customer, "plan_valid_from", "plan_by"
        scheduled = Q(plan_status="TOY")

        def due(self, model: Any, at: Any) -> Any:
            raise RuntimeError("broken")

    monkeypatch.setattr(plans, "KINDS", [Broken(), *plans.KINDS])
    (subject,) = planned(1)
    assert due.bring_due_into_force(days(9)) == 1
    assert subject.row.state == "SUSPENDED"


def test_a_lock_that_was_not_to_be_had_is_no_fault_of_the_plan(begun: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = begun()
    subject.go("DEACTIVATED", since=days(1))

    def busy(*_: Any) -> Any:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(due, "hold_above_all", busy)
    monkeypatch.setattr(due, "hold_above", busy)
    assert due.bring_due_into_force(days(2)) == 0
    assert subject.plan == ("SCHEDULED", "DEACTIVATED", days(1))
    monkeypatch.undo()
    assert due.bring_due_into_force(days(2)) == 1
    assert subject.row.state == "DEACTIVATED"


def test_nothing_due_leaves_no_trace(planned: Any) -> None:
    planned(2)
    before = BusinessTransaction.objects.count()
    assert due.bring_due_into_force(days(0.5)) == 0
    assert BusinessTransaction.objects.count() == before


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_another_worker_holds_is_left_to_it(planned: Any) -> None:
    """The other worker is a second connection that has locked one of the due customers."""
    import psycopg

    subjects = planned(3)
    settings = connection.settings_dict
    address = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}
    with psycopg.connect(**address) as other:
        other.execute("SELECT 1 FROM customers_customer WHERE external_id = '2' FOR UPDATE")
        assert due.bring_due_into_force(days(9)) == 2
        assert [subject.row.state for subject in subjects] == ["SUSPENDED", "ACTIVE", "SUSPENDED"]
        other.rollback()
    assert due.bring_due_into_force(days(9)) == 1
    assert len(scheduled_transactions()) == 2


def test_refusal_names_the_fault(planned: Any) -> None:
    (subject,) = planned(1)
    Customer.objects.update(state="DEACTIVATED")
    row = subject.row
    refusal = plans.KINDS[0].refusals([row])[row.pk]
    assert (refusal.code, refusal.message) == (
        "CASM-STATE-TRANSITION", "SUSPENDED can't follow DEACTIVATED, which it is in by now.",
    )  # fmt: skip
