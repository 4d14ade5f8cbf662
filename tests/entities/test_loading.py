"""Holding what is above: a plan that falls due between looking and holding, an account that is hung elsewhere meanwhile."""

from datetime import datetime
from typing import Any

import pytest

from accounts import operations as accounts
from accounts.models import Account
from ocsportal.entities import loading, plans
from ocsportal.entities.identity import Ref
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


def test_a_plan_that_was_not_seen_before_the_lock_begins_everything_anew(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.go("c", "SUSPENDED", since=days(1))
    genuine, looks = plans.settlements, []

    def overlooked(entity: Any, at: datetime) -> Any:
        """See nothing at the first look at the customer, as if the plan had been committed right after it."""
        looks.append(type(entity).__name__)
        return [] if looks == ["Customer"] else genuine(entity, at)

    monkeypatch.setattr(plans, "settlements", overlooked)
    accounts.update_account_custom_name(tree.change(at=days(2)), account=Ref(external_id="a"), custom_name="x")
    assert looks[:3] == ["Customer"] * 3
    assert tree.state("c") == "SUSPENDED"
    assert Account.objects.get(external_id="a").custom_name == "x"
    assert BusinessTransaction.objects.filter(operation="UpdateAccountCustomName").count() == 1


def test_an_account_that_was_hung_elsewhere_meanwhile(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent that counts is the one that stands under the lock."""
    tree.go("q", "SUSPENDED", since=days(1))
    genuine, moved = loading.hold_superiors, []

    def slow(change: Any, entity: Any) -> Any:
        found = genuine(change, entity)
        if not moved and type(entity) is Account:
            moved.append(entity)
            Account.objects.filter(external_id="a").update(parent=Account.objects.get(external_id="q"))
        return found

    monkeypatch.setattr(loading, "hold_superiors", slow)
    accounts.update_account_custom_name(tree.change(at=days(2)), account=Ref(external_id="a"), custom_name="x")
    # Its new parent was held too, and so settled.
    assert tree.states("p", "q") == ["ACTIVE", "SUSPENDED"]
