"""Random operations on a forest of accounts against the rules of trees in plain Python: both must always agree."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts import hierarchy, operations
from accounts.models import Account
from customers.operations import create_customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.errors import OperationRefused

LEVELS = 4  # instead of ten, so that a few accounts reach the depth
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
picks = st.integers(0, 30)
or_none = st.none() | picks


@dataclass
class Node:
    """One account as the documentation describes it."""

    customer: str
    pays: bool
    currency: str
    parent: str | None
    live: bool = True


@dataclass
class Forest:
    """All accounts, and the rules."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def chain(self, name: str | None) -> list[str]:
        """Return an account and everything above it, topmost first."""
        return [] if name is None else [*self.chain(self.nodes[name].parent), name]

    def subtree(self, name: str) -> list[str]:
        return [one for one in self.nodes if name in self.chain(one)]

    def height(self, name: str) -> int:
        return max(len(self.chain(one)) for one in self.subtree(name)) - len(self.chain(name)) + 1

    def payer(self, name: str | None) -> str | None:
        return next((one for one in reversed(self.chain(name)) if self.nodes[one].pays), None)

    def place(self, node: Node, parent: str | None, height: int) -> str | None:
        """Return the code that refuses a place, None when it is allowed."""
        if any(not self.nodes[one].live for one in self.chain(parent)):
            return "CASM-STATE-DEACTIVATED"
        if parent is not None and self.nodes[parent].customer != node.customer:
            return "CASM-HIERARCHY"
        if len(self.chain(parent)) + height > LEVELS:
            return "CASM-HIERARCHY"
        payer = self.payer(parent)
        if not node.pays and (payer is None or self.nodes[payer].currency != node.currency):
            return "CASM-HIERARCHY"
        return None

    def move(self, name: str, parent: str | None) -> str | None:
        if any(not self.nodes[one].live for one in self.chain(name)):
            return "CASM-STATE-DEACTIVATED"
        if parent in self.subtree(name):
            return "CASM-STATE-DEACTIVATED" if not self.nodes[parent or ""].live else "CASM-HIERARCHY"
        return self.place(self.nodes[name], parent, self.height(name))

    def end(self, name: str, below: bool) -> str | None:
        if any(not self.nodes[one].live for one in self.chain(name)):
            return "CASM-STATE-DEACTIVATED"
        if not below and any(self.nodes[one].live for one in self.subtree(name) if one != name):
            return "CASM-SUBORDINATES-LIVE"
        return None


def machine(make_change: Any) -> type[RuleBasedStateMachine]:
    """Return the machine, whose changes are made by this maker."""
    numbers = iter(range(1_000_000))

    class Trees(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.model = Forest()
            self.run = next(numbers)
            self.customers = [f"c{self.run}-{number}" for number in (1, 2)]
            for customer in self.customers:
                create_customer(make_change(at=NOW), external_id=customer, customer_profile="b2b")

        def pick(self, number: int | None) -> str | None:
            names = list(self.model.nodes)
            return names[number % len(names)] if names and number is not None else None

        def both(self, work: Any, expected: str | None) -> bool:
            """Do it, and demand what the model expects of it; return whether it was done."""
            refused = None
            try:
                work()
            except OperationRefused as refusal:
                refused = refusal.code
            assert refused == expected
            return refused is None

        @rule(second=st.booleans(), pays=st.booleans(), currency=st.sampled_from(["EUR", "USD"]), above=or_none)
        def create(self, second: bool, pays: bool, currency: str, above: int | None) -> None:
            name, parent = f"a{next(numbers)}", self.pick(above)
            # Mostly the parent's own customer, so that there is a tree at all.
            customer = self.customers[second] if above is None or above % 7 == 0 else None
            owner = customer or (self.model.nodes[parent].customer if parent else self.customers[0])
            node = Node(owner, pays, currency, parent)
            done = self.both(
                lambda: operations.create_account(
                    make_change(at=NOW),
                    external_id=name,
                    customer=Ref(external_id=owner),
                    account_type="payer" if pays else "technical",
                    bill_cycle="monthly1",
                    currency=currency,
                    state=NewState(state="ACTIVE", state_reason="dfltActive"),
                    **({"parent": Ref(external_id=parent)} if parent else {}),
                ),
                self.model.place(node, parent, 1),
            )
            if done:
                self.model.nodes[name] = node

        @rule(moved=picks, above=or_none)
        def move(self, moved: int, above: int | None) -> None:
            name, parent = self.pick(moved), self.pick(above)
            if name is None:
                return
            reference = Ref(external_id=parent) if parent else None
            done = self.both(
                lambda: operations.update_account_parent(
                    make_change(at=NOW), account=Ref(external_id=name), parent=reference
                ),
                self.model.move(name, parent),
            )
            if done:
                self.model.nodes[name].parent = parent

        @rule(ended=picks, below=st.booleans(), seldom=st.integers(0, 2))
        def end(self, ended: int, below: bool, seldom: int) -> None:
            name = self.pick(ended)
            if name is None or seldom:
                return
            done = self.both(
                lambda: operations.update_account_state(
                    make_change(at=NOW),
                    account=Ref(external_id=name),
                    state=NewState(state="DEACTIVATED", state_reason="dfltDeactivated"),
                    subordinate_updated=below,
                ),
                self.model.end(name, below),
            )
            if done:
                for one in self.model.subtree(name):
                    self.model.nodes[one].live = False

        @invariant()
        def agree(self) -> None:
            if not hasattr(self, "model"):
                return
            rows = Account.objects.filter(customer__external_id__in=self.customers).select_related(
                "parent", "currency", "customer", "account_type"
            )
            assert {
                row.external_id: Node(
                    row.customer.external_id or "",
                    row.account_type.payment_responsible,
                    row.currency.code,
                    row.parent.external_id if row.parent else None,
                    not row.is_deactivated,
                )
                for row in rows
            } == self.model.nodes

    return Trees


@pytest.mark.django_db
def test_trees_agree_with_the_model(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hierarchy, "MAX_LEVELS", LEVELS)
    run_state_machine_as_test(
        machine(change),
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_itself() -> None:
    forest = Forest(
        {
            "top": Node("c", True, "EUR", None),
            "dept": Node("c", False, "EUR", "top"),
            "usd": Node("c", True, "USD", None),
        }
    )
    assert forest.move("dept", "usd") == "CASM-HIERARCHY"
    assert forest.move("top", "dept") == "CASM-HIERARCHY"
    assert forest.move("dept", None) == "CASM-HIERARCHY"
    assert forest.move("top", "usd") is None
    assert forest.height("top") == 2
    assert forest.end("top", False) == "CASM-SUBORDINATES-LIVE"
