"""Find subscriptions and balances: by ID."""

from django.urls import reverse

from balances import queries as balances
from balances.drawing import drawn
from ocsportal.care.search.hits import Hit, by_id, hit
from offers.models import Subscription


def exact(term: str) -> list[Hit]:
    """Return the subscription that has this very ID."""
    return [hit(found, "subscription · ID, exact", str(found.owner)) for found in by_id(Subscription, term)]


def named(term: str) -> list[Hit]:
    """Return nothing: what is subscribed is found through who has it."""
    return []


def exact_balance(term: str) -> list[Hit]:
    """Return the balance that has this very reference ID."""
    rows = balances.balances().select_related("subscription__offer").filter(ref_id=term)
    return [
        Hit(
            f"{found.service} of {found.subscription}",
            "balance · ID, exact",
            drawn(found).words,
            "",
            reverse("admin:balances_balance_change", args=[found.pk]),
        )
        for found in rows[:1]
    ]
