"""Read accounts."""

from django.db.models import QuerySet

from accounts.models import Account
from ocsportal.entities.identity import Ref
from ocsportal.entities.store.reading import fetch
from ocsportal.entities.store.remembering import with_configuration, with_references


def accounts() -> QuerySet[Account]:
    """Return all accounts with what their representation needs."""
    return with_configuration(with_references(Account.objects.all(), "customer", "parent"))


def account(ref: Ref) -> Account:
    """Return the account that a reference names; raise ENTITY-NOT-FOUND."""
    return fetch(Account, ref)
