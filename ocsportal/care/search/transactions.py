"""Find Business Transactions by the ID of their request, or of the case that they belong to."""

from typing import Any

from django.db.models import QuerySet

from ocsportal.backoffice.words import operation_words
from ocsportal.care.search.hits import Hit, Searched, Source, address
from ocsportal.entities.search.ranking import Condition, Rank, Tier
from ocsportal.transactions.models import BusinessTransaction

TABLE = "transactions_businesstransaction"


def tiers(query: Searched) -> list[Tier]:
    """Return where Business Transactions are looked for."""
    asked = Condition("request_id = %s OR transaction_id = %s", (query.term, query.term))
    return [Tier(Rank.ID, TABLE, asked)]


def _rows() -> QuerySet[BusinessTransaction]:
    return BusinessTransaction.objects.all()


def told(entry: Any, rank: Rank, query: Searched) -> Hit:
    """Return the hit for a Business Transaction."""
    how = "request ID, exact" if entry.request_id == query.term else "transaction ID, exact"
    where = ", ".join(filter(None, [entry.actor_name, entry.target_ref_id]))
    return Hit(operation_words(entry.operation), how, where, "", address(entry), rank)


SOURCE = Source(
    "transactions",
    "Business Transactions",
    lambda user: user.has_perm("transactions.view_businesstransaction"),
    tiers,
    _rows,
    told,
)
