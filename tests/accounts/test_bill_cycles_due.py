"""Planned bill cycles when their time has come: by the worker, or by the next write; and the history of cycles."""

import pytest

from accounts import operations
from accounts.billing import bill_cycle_history
from accounts.models import Account
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.entities.states import NewState
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import BusinessTransaction
from tests.accounts.billed import REF, Billed, at

pytestmark = pytest.mark.django_db


class TestDue:
    def plan_it(self, billed: Billed) -> None:
        billed.order("2026-03-10T12:00", "individualMonthly", "2026-05-01T10:00", billing_day=12)

    def test_the_worker_brings_it_into_force_from_the_planned_instant(self, billed: Billed) -> None:
        self.plan_it(billed)
        assert bring_due_into_force(at("2026-05-01T09:59")) == 0
        assert bring_due_into_force(at("2026-05-03T00:00")) == 1
        assert billed.cycle == ("individualMonthly", at("2026-05-01T10:00"), (12, None, None))
        assert billed.plan is None
        assert bring_due_into_force(at("2026-05-03T00:00")) == 0
        entry = BusinessTransaction.objects.get(channel="SCHEDULE")
        assert (entry.operation, entry.on_behalf_of, entry.touched) == ("PlannedBillCycleInForce", "Backoffice", 1)
        assert Account.history.latest("history_id").transaction_id == entry.pk

    def test_any_write_settles_it_first(self, billed: Billed) -> None:
        self.plan_it(billed)
        operations.update_account_custom_name(billed.change("2026-05-02T00:00"), account=REF, custom_name="x")
        assert billed.cycle[:2] == ("individualMonthly", at("2026-05-01T10:00"))
        names = list(BusinessTransaction.objects.order_by("id").values_list("operation", "channel"))[-2:]
        assert names == [("UpdateAccountCustomName", "PORTAL"), ("PlannedBillCycleInForce", "SCHEDULE")]
        assert Account.history.count() == billed.row.version == 4

    def test_another_change_follows_the_due_one(self, billed: Billed) -> None:
        self.plan_it(billed)
        shown = billed.order("2026-05-02T00:00", "monthly15")
        assert shown[0] == ("2026-05-01T10:00:00.000+02:00", "2026-05-02T00:00:00.000+02:00", "individualMonthly", True)

    def test_what_is_due_can_not_be_cancelled(self, billed: Billed) -> None:
        self.plan_it(billed)
        billed.refused("BILL-CYCLE-CHANGE-NOT-PENDING", "account", lambda: billed.cancel("2026-05-02T00:00"))

    @pytest.mark.parametrize("way", ["worker", "write"])
    @pytest.mark.parametrize(
        ("state", "since", "expected"),
        [
            ("SUSPENDED", "2026-04-30T00:00", "individualMonthly"),
            ("SUSPENDED", "2026-05-02T00:00", "individualMonthly"),
            ("DEACTIVATED", "2026-04-30T00:00", "monthly1"),
            ("DEACTIVATED", "2026-05-01T10:00", "monthly1"),
            ("DEACTIVATED", "2026-05-02T00:00", "individualMonthly"),
        ],
    )
    def test_plans_of_state_and_cycle_in_the_order_of_time(
        self, billed: Billed, way: str, state: str, since: str, expected: str
    ) -> None:
        self.plan_it(billed)
        new = NewState(state=state, state_reason=f"dflt{state.capitalize()}", state_valid_from=at(since))
        operations.update_account_state(billed.change("2026-04-01T00:00"), account=REF, state=new)
        if way == "worker":
            bring_due_into_force(at("2026-05-03T00:00"))
        else:
            rename = (billed.change("2026-05-03T00:00"),)
            if state == "DEACTIVATED":
                # The write itself is refused, and takes back what it settled; so it is the worker's after all.
                with pytest.raises(OperationRefused):
                    operations.update_account_custom_name(*rename, account=REF, custom_name="x")
                bring_due_into_force(at("2026-05-03T00:00"))
            else:
                operations.update_account_custom_name(*rename, account=REF, custom_name="x")
        row = billed.row
        assert (row.state, row.state_valid_from, row.bill_cycle.code) == (state, at(since), expected)
        assert (row.planned_cycle_id, row.plan_status) == (None, "")


def test_history_of_cycles(billed: Billed) -> None:
    billed.order("2026-03-10T12:00", "monthly15")
    operations.update_account_custom_name(billed.change("2026-03-11T00:00"), account=REF, custom_name="no step")
    billed.order("2026-03-12T12:00", "individualMonthly", "2026-05-01T10:00", billing_day=12)
    bring_due_into_force(at("2026-05-03T00:00"))
    billed.order("2026-06-01T00:00", "individualMonthly", "2026-07-01T00:00", billing_day=13)
    steps = [
        (step["billCycle"]["code"], step["billingDay"], step["validFrom"], step["validTo"])
        for step in bill_cycle_history(billed.row)
    ]
    assert steps == [
        ("monthly1", None, "2026-02-10T08:00:00.000+01:00", "2026-03-10T12:00:00.000+01:00"),
        ("monthly15", None, "2026-03-10T12:00:00.000+01:00", "2026-05-01T10:00:00.000+02:00"),
        ("individualMonthly", 12, "2026-05-01T10:00:00.000+02:00", None),
    ]
