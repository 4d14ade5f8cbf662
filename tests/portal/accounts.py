"""A customer with a small tree of accounts, for the tests of the accounts' pages."""

from typing import Any

import pytest
from django.urls import reverse

from accounts import operations
from accounts.models import Account
from customers import operations as customer_operations
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage

FAR = "2031-03-10T14:30"


@pytest.fixture
def company(change: Any) -> Account:
    """Nordwind with Germany (acc-1, pays), Berlin depot (acc-2) and Night shift (acc-3) one below the other; return Berlin.

    Another customer has an account as well, other-1.
    """
    for external_id, name in (("cust-1", "Nordwind"), ("cust-2", "Südwind")):
        customer_operations.create_customer(change(), external_id=external_id, customer_profile="b2b", custom_name=name)
    make(change, "acc-1", "Germany")
    make(change, "acc-2", "Berlin depot", parent="acc-1")
    make(change, "acc-3", "Night shift", parent="acc-2")
    make(change, "other-1", "Elsewhere", customer="cust-2")
    return account("acc-2")


def make(change: Any, external_id: str, name: str, *, parent: str = "", customer: str = "cust-1", **given: Any) -> None:
    """Make an account: a department below another one, else one that pays."""
    operations.create_account(
        change(),
        external_id=external_id,
        custom_name=name,
        customer=Ref(external_id=customer),
        parent=Ref(external_id=parent) if parent else None,
        account_profile="department" if parent else "postpaid",
        **given,
    )


def account(external_id: str) -> Account:
    """Return an account as it stands."""
    return Account.objects.get(external_id=external_id)


def plan_cycle(change: Any, external_id: str = "acc-2") -> None:
    """Plan monthly15 from far in the future on."""
    late = change().at.replace(year=2031, month=3, day=10, hour=13, minute=30, second=0, microsecond=0)
    operations.update_account_bill_cycle(
        change(), account=Ref(external_id=external_id), bill_cycle="monthly15", valid_from=late
    )


def brought(change: Any, state: str) -> Account:
    """Bring acc-2 into a state, or have something planned for it; return it."""
    ref = Ref(external_id="acc-2")
    late = change().at.replace(year=2099)
    if state == "SUSPENDED":
        new = NewState(state="SUSPENDED", state_reason="fraud")
        operations.update_account_state(change(), account=ref, state=new)
    if state == "PLANNED":
        new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late, pending=True)
        operations.update_account_state(change(), account=ref, state=new)
    if state == "CYCLE":
        plan_cycle(change)
    return account("acc-2")


def page(entity: Any) -> str:
    """Return the address of an entity's page."""
    return reverse(f"admin:{entity._meta.app_label}_{entity._meta.model_name}_change", args=[entity.pk])


def verb(entity: Account, slug: str) -> str:
    """Return the address of a verb page."""
    return reverse("admin:accounts_account_verb", args=[entity.pk, slug])


def standing() -> tuple[Any, ...]:
    """Everything that a refused request must leave as it was."""
    return (
        list(Account.objects.order_by("pk").values()),
        Account.history.count(),
        BusinessTransaction.objects.count(),
        OutboxMessage.objects.count(),
    )
