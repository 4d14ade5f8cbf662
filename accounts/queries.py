"""Read accounts."""

from django.db.models import QuerySet

from accounts.models import Account
from ocsportal.entities.fetching import fetch
from ocsportal.entities.identity import Ref

RELATED = (
    "customer", "parent", "profile", "account_type", "segment", "currency", "bill_cycle", "planned_cycle",
    "state_reason", "plan_reason",
)  # fmt: skip


def accounts() -> QuerySet[Account]:
    """Return all accounts with what their representation needs, in one statement."""
    return Account.objects.select_related(*RELATED)


def account(ref: Ref) -> Account:
    """Return the account that a reference names; raise ENTITY-NOT-FOUND."""
    return fetch(Account, ref)
