"""The cascade: whom it reaches, who imposed what, what lifts it again, and what stays."""

from typing import Any

import pytest

from accounts import operations as accounts
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import cascade
from ocsportal.entities.models import StateReason
from ocsportal.transactions.errors import OperationRefused
from subscribers.models import Subscriber
from tests.entities.conftest import days, refused
from tests.entities.tree import Tree

pytestmark = pytest.mark.django_db

ALL = ("c", "p", "a", "b", "s1", "s2", "t")
BELOW = ("p", "a", "b", "s1", "s2", "t")


@pytest.fixture
def tree(change: Any, other_reasons: None) -> Tree:
    """Customer c has accounts p and b; a hangs below p. Subscribers: s1 and s2 below a, t below b."""
    made = Tree(change)
    made.customer("c")
    made.account("p")
    made.account("a", "p")
    made.account("b")
    made.subscribers("a", "s1", "s2")
    made.subscribers("b", "t")
    return made


class TestReach:
    def test_without_the_flag_nothing_below_changes(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED")
        assert tree.states(*ALL) == ["SUSPENDED", *["ACTIVE"] * 6]

    def test_customer_reaches_accounts_and_subscribers(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", below=True)
        assert tree.states(*ALL) == ["SUSPENDED", *["SUSPENDED (c)"] * 6]

    def test_account_reaches_what_is_below_it_alone(self, tree: Tree) -> None:
        tree.go("p", "SUSPENDED", below=True)
        assert tree.states(*ALL) == ["ACTIVE", "SUSPENDED", "SUSPENDED (p)", "ACTIVE", *["SUSPENDED (p)"] * 2, "ACTIVE"]

    def test_another_customer_is_left_alone(self, tree: Tree) -> None:
        tree.customer("other")
        tree.account("foreign", customer="other")
        tree.go("c", "SUSPENDED", below=True)
        assert tree.states("other", "foreign") == ["ACTIVE", "ACTIVE"]

    def test_the_reason_and_the_start_are_the_superiors(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", "nonPayment", below=True, at=days(3), since=days(1))
        for name in ALL:
            assert (tree.row(name).state_reason.code, tree.row(name).state_valid_from) == ("nonPayment", days(1))

    def test_the_start_is_never_before_the_present_state(self, tree: Tree) -> None:
        tree.go("a", "ACTIVE", "awake", at=days(2))
        tree.go("c", "SUSPENDED", below=True, at=days(3), since=days(1))
        assert [tree.row(name).state_valid_from for name in ("p", "a")] == [days(1), days(2)]

    def test_inactive_ones_are_not_suspended_but_deactivated(self, tree: Tree) -> None:
        tree.account("idle", state="INACTIVE")
        tree.subscribers("idle", "asleep", state="INACTIVE")
        tree.go("c", "SUSPENDED", below=True)
        assert tree.states("idle", "asleep") == ["INACTIVE", "INACTIVE"]
        tree.go("c", "DEACTIVATED", below=True)
        assert tree.states("idle", "asleep") == ["DEACTIVATED", "DEACTIVATED"]

    def test_activation_reaches_what_is_inactive(self, change: Any, other_reasons: None) -> None:
        tree = Tree(change)
        tree.customer("c", "INACTIVE")
        tree.account("idle", state="INACTIVE")
        tree.account("stopped")
        tree.go("stopped", "SUSPENDED")
        tree.go("c", "ACTIVE", below=True)
        assert tree.states("c", "idle", "stopped") == ["ACTIVE", "ACTIVE", "SUSPENDED"]

    def test_deactivated_ones_are_skipped(self, tree: Tree) -> None:
        tree.go("b", "DEACTIVATED", below=True)
        before = [tree.row(name).version for name in ("b", "t")]
        for state in ("SUSPENDED", "ACTIVE", "DEACTIVATED"):
            tree.go("c", state, below=True)
        assert [tree.row(name).version for name in ("b", "t")] == before

    def test_another_reason_while_active_goes_to_what_is_active(self, tree: Tree) -> None:
        tree.go("a", "SUSPENDED", "fraud")
        tree.go("c", "ACTIVE", "awake", below=True)
        reasons = [tree.row(name).state_reason.code for name in ALL]
        assert reasons == ["awake", "awake", "fraud", *["awake"] * 4]


class TestResume:
    def test_lifts_exactly_what_was_imposed(self, tree: Tree) -> None:
        tree.go("s1", "SUSPENDED", "lostSim")
        tree.go("c", "SUSPENDED", below=True)
        tree.go("c", "ACTIVE", below=True)
        assert tree.states(*ALL) == ["ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "SUSPENDED", "ACTIVE", "ACTIVE"]
        assert tree.row("s1").state_reason.code == "lostSim"

    def test_without_the_flag_leaves_what_was_imposed_until_it_comes_with_it(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", below=True)
        tree.go("c", "ACTIVE")
        assert tree.states(*BELOW) == ["SUSPENDED (c)"] * 6
        tree.go("c", "SUSPENDED", below=True)
        tree.go("c", "ACTIVE", below=True)
        assert tree.states(*BELOW) == ["ACTIVE"] * 6

    @pytest.mark.parametrize("reason", ["fraud", "dfltSuspended"])
    def test_a_reason_of_its_own_makes_a_suspension_its_own(self, tree: Tree, reason: str) -> None:
        tree.go("c", "SUSPENDED", below=True)
        tree.go("b", "SUSPENDED", reason, at=days(1))
        tree.go("s1", "SUSPENDED", reason, at=days(1))
        assert tree.states("b", "s1") == ["SUSPENDED", "SUSPENDED"]
        tree.go("c", "ACTIVE", below=True, at=days(2))
        assert tree.states(*ALL) == ["ACTIVE", "ACTIVE", "ACTIVE", "SUSPENDED", "SUSPENDED", "ACTIVE", "ACTIVE"]

    def test_another_reason_of_the_superiors_goes_to_what_it_suspended(self, tree: Tree) -> None:
        tree.go("s1", "SUSPENDED", "lostSim")
        tree.go("c", "SUSPENDED", below=True)
        tree.go("c", "SUSPENDED", "nonPayment", below=True)
        assert [tree.row(name).state_reason.code for name in ("p", "s1", "s2")] == [
            "nonPayment",
            "lostSim",
            "nonPayment",
        ]
        assert tree.state("p") == "SUSPENDED (c)"

    def test_one_below_may_be_resumed_alone(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", below=True)
        tree.go("s1", "ACTIVE")
        assert tree.states("c", "a", "s1", "s2") == ["SUSPENDED", "SUSPENDED (c)", "ACTIVE", "SUSPENDED (c)"]

    def test_one_that_was_resumed_alone_is_not_touched_again(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", below=True)
        tree.go("s1", "ACTIVE", "awake")
        tree.go("c", "ACTIVE", below=True)
        assert tree.row("s1").state_reason.code == "awake"


class TestNested:
    """Two superiors suspend: the nearest one counts, whichever came first."""

    def test_inner_first_outer_resumes_first(self, tree: Tree) -> None:
        tree.go("p", "SUSPENDED", below=True)
        tree.go("c", "SUSPENDED", below=True)
        assert tree.states(*BELOW) == [
            "SUSPENDED",
            "SUSPENDED (p)",
            "SUSPENDED (c)",
            *["SUSPENDED (p)"] * 2,
            "SUSPENDED (c)",
        ]
        tree.go("c", "ACTIVE", below=True)
        assert tree.states(*BELOW) == ["SUSPENDED", "SUSPENDED (p)", "ACTIVE", *["SUSPENDED (p)"] * 2, "ACTIVE"]
        tree.go("p", "ACTIVE", below=True)
        assert tree.states(*BELOW) == ["ACTIVE"] * 6

    def test_outer_first_inner_takes_over_with_a_reason_of_its_own(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", below=True)
        tree.go("p", "SUSPENDED", "fraud", below=True)
        assert tree.states("p", "a", "b", "s1") == ["SUSPENDED", "SUSPENDED (p)", "SUSPENDED (c)", "SUSPENDED (p)"]
        tree.go("c", "ACTIVE", below=True)
        assert tree.states(*BELOW) == ["SUSPENDED", "SUSPENDED (p)", "ACTIVE", *["SUSPENDED (p)"] * 2, "ACTIVE"]

    def test_inner_takes_over_what_the_outer_one_left_suspended(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", below=True)
        tree.go("p", "ACTIVE")
        tree.go("p", "SUSPENDED", "fraud", below=True)
        assert tree.states("p", "a", "s1") == ["SUSPENDED", "SUSPENDED (p)", "SUSPENDED (p)"]
        tree.go("c", "ACTIVE", below=True)
        assert tree.states("a", "s1", "b") == ["SUSPENDED (p)", "SUSPENDED (p)", "ACTIVE"]

    def test_inner_alone_takes_over_nothing(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", below=True)
        tree.go("p", "SUSPENDED", "fraud")
        tree.go("c", "ACTIVE", below=True)
        assert tree.states("p", "a", "s1") == ["SUSPENDED", "ACTIVE", "ACTIVE"]

    def test_inner_lifts_nothing_of_the_outer_one(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", below=True)
        tree.go("p", "ACTIVE", below=True)
        assert tree.states("c", "p", "a", "s1", "b") == ["SUSPENDED", "ACTIVE", *["SUSPENDED (c)"] * 3]
        tree.go("c", "ACTIVE", below=True)
        assert tree.states(*BELOW) == ["ACTIVE"] * 6

    def test_inner_that_stopped_alone_lifts_nothing_of_the_outer_one(self, tree: Tree) -> None:
        tree.go("p", "SUSPENDED", "fraud")
        tree.go("c", "SUSPENDED", below=True)
        tree.go("p", "ACTIVE", below=True)
        assert tree.states("p", "a", "s1") == ["ACTIVE", "SUSPENDED (c)", "SUSPENDED (c)"]
        tree.go("c", "ACTIVE", below=True)
        assert tree.states("p", "a", "s1") == ["ACTIVE"] * 3

    def test_customer_resumed_while_the_accounts_own_parent_holds_it(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED")
        tree.go("p", "SUSPENDED", below=True)
        tree.go("c", "ACTIVE", below=True)
        assert tree.states("p", "a", "s1") == ["SUSPENDED", "SUSPENDED (p)", "SUSPENDED (p)"]


class TestHungElsewhere:
    """An imposed suspension stays when the superior is no longer above; the moved account can lift it."""

    def move(self, tree: Tree, name: str, parent: str | None) -> Any:
        above = Ref(external_id=parent) if parent else None
        return accounts.update_account_parent(tree.change(), account=Ref(external_id=name), parent=above)

    def test_the_moved_account_stands_for_who_suspended_it(self, tree: Tree) -> None:
        tree.go("s1", "SUSPENDED", "lostSim")
        tree.go("p", "SUSPENDED", below=True)
        outcome = self.move(tree, "a", "b")
        assert tree.states("a", "s1", "s2") == ["SUSPENDED", "SUSPENDED", "SUSPENDED (a)"]
        assert [item["object"]["externalId"] for item in outcome.items] == ["a", "s2"]
        tree.go("p", "ACTIVE", below=True)
        assert tree.states("a", "s1", "s2") == ["SUSPENDED", "SUSPENDED", "SUSPENDED (a)"]
        tree.go("a", "ACTIVE", below=True)
        assert tree.states("a", "s1", "s2") == ["ACTIVE", "SUSPENDED", "ACTIVE"]

    def test_who_is_still_above_goes_on_counting(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", below=True)
        assert len(self.move(tree, "a", "b").items) == 1
        assert tree.states("a", "s1") == ["SUSPENDED (c)", "SUSPENDED (c)"]
        tree.go("c", "ACTIVE", below=True)
        assert tree.states("a", "s1") == ["ACTIVE", "ACTIVE"]

    def test_a_move_below_a_suspended_parent_suspends_nothing(self, tree: Tree) -> None:
        tree.go("b", "SUSPENDED", below=True)
        self.move(tree, "a", "b")
        assert tree.states("a", "s1") == ["ACTIVE", "ACTIVE"]

    def test_the_former_parent_may_end(self, tree: Tree) -> None:
        tree.go("p", "SUSPENDED", below=True)
        self.move(tree, "a", None)
        tree.go("p", "DEACTIVATED")
        tree.go("a", "ACTIVE", below=True)
        assert tree.states("p", "a", "s1") == ["DEACTIVATED", "ACTIVE", "ACTIVE"]


class TestLiveSubordinates:
    @pytest.mark.parametrize(("name", "listed"), [("c", "3 accounts, 3 subscribers"), ("a", "2 subscribers")])
    def test_refused_without_the_flag(self, tree: Tree, name: str, listed: str) -> None:
        before = tree.everything()
        with pytest.raises(OperationRefused, match=f"still {listed} below") as caught:
            tree.go(name, "DEACTIVATED")
        assert (caught.value.code, caught.value.parameter) == ("CASM-SUBORDINATES-LIVE", "subordinateUpdated")
        assert tree.everything() == before

    def test_done_when_everything_below_is_over(self, tree: Tree) -> None:
        tree.go("p", "DEACTIVATED", below=True)
        tree.go("t", "DEACTIVATED")
        tree.go("b", "DEACTIVATED")
        tree.go("c", "DEACTIVATED")
        assert tree.states(*ALL) == ["DEACTIVATED"] * 7

    def test_the_end_is_final_for_everything_below(self, tree: Tree) -> None:
        tree.go("c", "DEACTIVATED", below=True)
        for name in BELOW:
            with refused("CASM-STATE-DEACTIVATED", "customer"):
                tree.go(name, "ACTIVE")


class TestPreview:
    @pytest.mark.parametrize("state", ["SUSPENDED", "DEACTIVATED"])
    def test_counts_what_then_happens(self, tree: Tree, state: str) -> None:
        tree.go("s1", "SUSPENDED", "lostSim")
        tree.account("idle", state="INACTIVE")
        tree.go("t", "DEACTIVATED")
        imposed = cascade.Imposed(tree.row("c"), "ACTIVE", state, StateReason.objects.first(), days(1))
        before = tree.everything()
        counted = {model._meta.model_name: counts for model, counts in cascade.affected(imposed).items()}
        assert tree.everything() == before
        expected = {
            "SUSPENDED": {"account": {"touched": 3, "INACTIVE": 1},
                          "subscriber": {"touched": 1, "SUSPENDED": 1, "DEACTIVATED": 1}},
            "DEACTIVATED": {"account": {"touched": 4}, "subscriber": {"touched": 2, "DEACTIVATED": 1}},
        }  # fmt: skip
        assert counted == expected[state]
        touched = len(tree.go("c", state, below=True).items) - 1
        assert touched == sum(counts["touched"] for counts in counted.values())

    def test_counts_what_a_resume_lifts(self, tree: Tree) -> None:
        tree.go("c", "SUSPENDED", below=True)
        tree.go("s1", "SUSPENDED", "fraud")
        imposed = cascade.Imposed(tree.row("c"), "SUSPENDED", "ACTIVE", StateReason.objects.first(), days(1))
        assert cascade.affected(imposed)[Subscriber] == {"touched": 2, "SUSPENDED": 1}
