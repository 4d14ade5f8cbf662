"""Find accounts: by ID, by name."""

from django.db.models import QuerySet

from accounts.models import Account
from ocsportal.care.search.hits import MOST_HITS, Hit, by_id, hit, part


def exact(term: str) -> QuerySet[Account]:
    """Return what has this very ID."""
    return by_id(Account, term)


def told(account: Account) -> Hit:
    """Return the hit for what has this very ID."""
    return _hit(account, "account · ID, exact")


def named(term: str) -> list[Hit]:
    """Return what has the term in its name."""
    rows = Account.objects.select_related("customer").filter(part("custom_name", term)).order_by("-pk")
    return [_hit(account, "account") for account in rows[:MOST_HITS]]


def _hit(account: Account, how: str) -> Hit:
    return hit(account, how, str(account.customer))
