"""The cascade and planned changes: what survives it, what is settled before it, and the worker's cascade."""

from typing import Any

import pytest

from accounts import operations as accounts
from accounts.models import Account
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import due
from ocsportal.transactions.models import BusinessTransaction
from subscribers.models import Subscriber
from tests.entities.conftest import days
from tests.entities.tree import Tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree(change: Any, other_reasons: None) -> Tree:
    """Customer c, its account p with account a below, and a's subscriber s."""
    made = Tree(change)
    made.customer("c")
    made.account("p")
    made.account("a", "p")
    made.subscribers("a", "s")
    return made


def plan(tree: Tree, name: str) -> tuple[str, str]:
    row = tree.row(name)
    return row.plan_status, row.plan_state


class TestPlansBelow:
    @pytest.mark.parametrize("pending", [True, False])
    def test_survive_suspend_and_resume(self, tree: Tree, pending: bool) -> None:
        tree.go("a", "DEACTIVATED", since=days(9), pending=pending)
        tree.go("s", "SUSPENDED", "lostSim", since=days(9), pending=pending)
        planned = ("PENDING" if pending else "SCHEDULED", "DEACTIVATED")
        tree.go("c", "SUSPENDED", below=True, at=days(1))
        assert plan(tree, "a") == planned
        tree.go("c", "ACTIVE", below=True, at=days(2))
        assert (plan(tree, "a"), plan(tree, "s")[1]) == (planned, "SUSPENDED")

    @pytest.mark.parametrize("pending", [True, False])
    def test_are_dropped_by_a_deactivation(self, tree: Tree, pending: bool) -> None:
        tree.go("a", "SUSPENDED", since=days(9), pending=pending)
        tree.go("c", "DEACTIVATED", below=True, at=days(1))
        row = tree.row("a")
        assert (row.plan_status, row.plan_state, row.plan_reason, row.plan_valid_from) == ("", "", None, None)
        assert due.bring_due_into_force(days(20)) == 0

    def test_come_into_force_later(self, tree: Tree) -> None:
        tree.go("s", "SUSPENDED", "lostSim", since=days(9))
        tree.go("c", "SUSPENDED", below=True, at=days(1))
        assert due.bring_due_into_force(days(10)) == 1
        assert tree.state("s") == "SUSPENDED"
        tree.go("c", "ACTIVE", below=True, at=days(11))
        assert tree.states("c", "a", "s") == ["ACTIVE", "ACTIVE", "SUSPENDED"]

    def test_bill_cycle_plans_end_with_the_account_and_with_nothing_else(self, tree: Tree) -> None:
        ref = Ref(external_id="a")
        accounts.update_account_bill_cycle(
            tree.change(at=days(1)), account=ref, bill_cycle="monthly15", valid_from=days(40)
        )
        tree.go("c", "SUSPENDED", below=True, at=days(2))
        assert tree.row("a").has_cycle_plan
        tree.go("c", "DEACTIVATED", below=True, at=days(3))
        row = tree.row("a")
        assert (row.planned_cycle_id, row.planned_cycle_from, row.planned_cycle_by) == (None, None, "")
        assert row.bill_cycle.code == "monthly1"


class TestDuePlansBelow:
    """What fell due before the cascade comes first, however late the worker is."""

    def test_state(self, tree: Tree) -> None:
        tree.go("s", "SUSPENDED", "lostSim", since=days(2))
        tree.go("c", "SUSPENDED", below=True, at=days(3))
        row = tree.row("s")
        assert (row.state_reason.code, row.state_valid_from, row.state_imposed_by) == ("lostSim", days(2), "")
        assert plan(tree, "s") == ("", "")
        settled = BusinessTransaction.objects.get(channel="SCHEDULE")
        assert (settled.operation, settled.target_ref_id) == ("PlannedStateInForce", row.ref_id)
        assert Subscriber.history.filter(id=row.pk).latest("history_id").transaction_id == settled.pk

    def test_bill_cycle(self, tree: Tree) -> None:
        accounts.update_account_bill_cycle(
            tree.change(at=days(1)), account=Ref(external_id="a"), bill_cycle="monthly15", valid_from=days(2)
        )
        tree.go("c", "DEACTIVATED", below=True, at=days(3))
        row = tree.row("a")
        assert (row.bill_cycle.code, row.cycle_valid_from, row.state) == ("monthly15", days(2), "DEACTIVATED")

    def test_in_the_order_of_time_when_both_wait_for_the_worker(self, tree: Tree) -> None:
        tree.go("s", "SUSPENDED", "lostSim", since=days(2))
        tree.go("c", "SUSPENDED", below=True, since=days(3))
        assert due.bring_due_into_force(days(9)) == 1
        assert tree.states("c", "a", "s") == ["SUSPENDED", "SUSPENDED (c)", "SUSPENDED"]
        assert tree.row("s").state_valid_from == days(2)

    def test_a_later_one_stays_for_its_own_time(self, tree: Tree) -> None:
        tree.go("s", "ACTIVE", "awake", since=days(4))
        tree.go("c", "SUSPENDED", below=True, since=days(3))
        assert due.bring_due_into_force(days(9)) == 2
        row = tree.row("s")
        assert (row.state, row.state_reason.code, row.state_valid_from) == ("ACTIVE", "awake", days(4))

    def test_a_cascade_within_the_cascade(self, tree: Tree) -> None:
        tree.go("p", "SUSPENDED", "fraud", below=True, since=days(2))
        tree.go("c", "SUSPENDED", below=True, at=days(3))
        assert tree.states("p", "a", "s") == ["SUSPENDED", "SUSPENDED (p)", "SUSPENDED (p)"]
        tree.go("c", "ACTIVE", below=True, at=days(4))
        assert tree.states("p", "a", "s") == ["SUSPENDED", "SUSPENDED (p)", "SUSPENDED (p)"]


class TestScheduledCascade:
    def test_the_worker_carries_it_below(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", "nonPayment", below=True, since=days(5))
        assert tree.states("c", "p", "a", "s") == ["ACTIVE"] * 4
        assert due.bring_due_into_force(days(9)) == 1
        assert tree.states("c", "p", "a", "s") == ["SUSPENDED", *["SUSPENDED (c)"] * 3]
        assert {tree.row(name).state_valid_from for name in ("c", "p", "a", "s")} == {days(5)}
        entry = BusinessTransaction.objects.get(channel="SCHEDULE")
        assert (entry.operation, entry.touched) == ("PlannedStateInForce", 4)

    def test_without_the_flag_it_stays_above(self, tree: Tree) -> None:
        tree.go("p", "SUSPENDED", since=days(5))
        due.bring_due_into_force(days(9))
        assert tree.states("p", "a", "s") == ["SUSPENDED", "ACTIVE", "ACTIVE"]

    def test_a_deactivation_that_has_become_impossible_is_noted(self, tree: Tree) -> None:
        tree.go("c", "DEACTIVATED", since=days(5))
        assert due.bring_due_into_force(days(9)) == 1
        assert tree.states("c", "p", "a", "s") == ["ACTIVE"] * 4
        assert plan(tree, "c") == ("REFUSED", "DEACTIVATED")
        assert "2 accounts, 1 subscribers" in tree.row("c").last_plan_message

    def test_the_next_write_carries_it_below(self, tree: Tree) -> None:
        tree.go("p", "SUSPENDED", below=True, since=days(5))
        accounts.update_account_custom_name(tree.change(at=days(6)), account=Ref(external_id="a"), custom_name="x")
        assert tree.states("p", "a", "s") == ["SUSPENDED", "SUSPENDED (p)", "SUSPENDED (p)"]
        assert Account.objects.get(external_id="a").custom_name == "x"
