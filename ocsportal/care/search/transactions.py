"""Find Business Transactions by the ID of their request."""

from django.db.models import Q, QuerySet
from django.urls import reverse

from ocsportal.backoffice.words import operation_words
from ocsportal.care.search.hits import Hit
from ocsportal.transactions.models import BusinessTransaction


def exact(term: str) -> QuerySet[BusinessTransaction]:
    """Return what was asked for under this very request ID or transaction ID."""
    return BusinessTransaction.objects.filter(Q(request_id=term) | Q(transaction_id=term))


def told(entry: BusinessTransaction) -> Hit:
    """Return the hit for a Business Transaction."""
    return Hit(
        operation_words(entry.operation),
        "transaction · request ID",
        f"{entry.actor_name}, {entry.target_ref_id}",
        "",
        reverse("admin:transactions_businesstransaction_change", args=[entry.pk]),
    )
