"""Find subscriptions and balances: by ID."""

from django.db.models import QuerySet
from django.urls import reverse

from balances import queries as balances
from balances.drawing import drawn
from balances.models import Balance
from ocsportal.care.search.hits import Hit, by_id, hit
from offers.models import Subscription


def exact(term: str) -> QuerySet[Subscription]:
    """Return the subscription that has this very ID."""
    return by_id(Subscription, term)


def told(found: Subscription) -> Hit:
    """Return the hit for what has this very ID."""
    return hit(found, "subscription · ID, exact", str(found.owner))


def named(term: str) -> list[Hit]:
    """Return nothing: what is subscribed is found through who has it."""
    return []


def exact_balance(term: str) -> QuerySet[Balance]:
    """Return the balance that has this very reference ID."""
    return balances.balances().filter(ref_id=term)


def told_balance(found: Balance) -> Hit:
    """Return the hit for a balance: of what, and what is left."""
    return Hit(
        f"{found.service} of {found.subscription}",
        "balance · ID, exact",
        drawn(found).words,
        "",
        reverse("admin:balances_balance_change", args=[found.pk]),
    )
