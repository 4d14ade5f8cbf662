"""Holding what is above: a plan that falls due between looking and holding, an account that is hung elsewhere meanwhile."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import operations as accounts
from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.life import locking
from ocsportal.transactions.models import BusinessTransaction
from tests.entities.conftest import days
from tests.entities.tree import Tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree(change: Any, other_reasons: None) -> Tree:
    """Customer c with accounts p and q, and a below p."""
    made = Tree(change)
    made.customer("c")
    made.account("p")
    made.account("q")
    made.account("a", "p")
    return made


def test_a_due_plan_above_that_shows_once_it_is_held_begins_everything_anew(tree: Tree) -> None:
    tree.go("c", "SUSPENDED", since=days(1))
    late = tree.change(at=days(2))
    accounts.update_account_custom_name(late, account=Ref(external_id="a"), custom_name="x")
    assert late.due == {(Customer, tree.row("c").pk)}
    assert tree.state("c") == "SUSPENDED"
    assert Account.objects.get(external_id="a").custom_name == "x"
    assert BusinessTransaction.objects.filter(operation="UpdateAccountCustomName").count() == 1
    # What is in force now is held like everything else.
    later = tree.change(at=days(3))
    accounts.update_account_custom_name(later, account=Ref(external_id="a"), custom_name="y")
    assert later.due == set()


def test_an_account_that_was_hung_elsewhere_meanwhile(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is held is what stands above it once the customer is held, not what stood above it when it was found."""
    tree.go("q", "SUSPENDED", since=days(1))
    genuine, held = locking.hold_row, []

    def slow(change: Any, entity: Any) -> Any:
        if not held:
            Account.objects.filter(external_id="a").update(parent=Account.objects.get(external_id="q"))
        held.append(entity.external_id)
        return genuine(change, entity)

    monkeypatch.setattr(locking, "hold_row", slow)
    accounts.update_account_custom_name(tree.change(at=days(2)), account=Ref(external_id="a"), custom_name="x")
    assert held == ["c", "q"]
    assert tree.states("p", "q") == ["ACTIVE", "SUSPENDED"]


def test_everything_above_is_found_with_one_query(tree: Tree) -> None:
    tree.account("b", "a")
    tree.account("d", "b")
    with CaptureQueriesContext(connection) as captured:
        found = locking.parents(tree.row("d"))
    assert [account.external_id for account in found] == ["p", "a", "b"]
    assert len(captured) == 1 + 1  # one of them looks the account itself up
    assert locking.parents(tree.row("p")) == locking.parents(tree.row("c")) == []
