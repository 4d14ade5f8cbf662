"""Find Business Transactions by the ID of their request."""

from django.db.models import Q
from django.urls import reverse

from ocsportal.care.search.hits import MOST_HITS, Hit
from ocsportal.transactions.models import BusinessTransaction


def exact(term: str) -> list[Hit]:
    """Return what was asked for under this very request ID or transaction ID."""
    found = BusinessTransaction.objects.filter(Q(request_id=term) | Q(transaction_id=term))[:MOST_HITS]
    return [
        Hit(
            entry.operation,
            "transaction · request ID",
            f"{entry.actor_name}, {entry.target_ref_id}",
            "",
            reverse("admin:transactions_businesstransaction_change", args=[entry.pk]),
        )
        for entry in found
    ]
