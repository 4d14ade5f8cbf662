"""Find accounts: by ID, by name, attribute or where their bills go."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import Account
from accounts.operations import read_account
from ocsportal.care.search.hits import Hit, Searched, Source, found_by, hit
from ocsportal.entities.search.ranking import Rank, Tier, by_id, by_text
from ocsportal.entities.store.whole import whole

TABLE = "accounts_account"


def tiers(query: Searched) -> list[Tier]:
    """Return where accounts are looked for."""
    return [by_id(TABLE, *query.ids), *by_text(TABLE, query.asked)]


def _rows() -> QuerySet[Account]:
    return whole(Account.objects.all())


def told(account: Any, rank: Rank, query: Searched) -> Hit:
    """Return the hit for an account."""
    how = found_by(account, rank, query, [("e-mail for bills", account.preference_invoice_email)])
    return hit(account, how, rank, str(account.customer))


SOURCE = Source("accounts", "Accounts", read_account.allowed, tiers, _rows, told)
