"""Read subscriptions, and find the version of an offer that fits."""

from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import Currency
from ocsportal.entities.identity import Ref
from ocsportal.entities.loading import find
from offers.models import Offer, OfferVersion, Subscription

RELATED = (
    "customer", "account", "subscriber", "parent", "offer", "offer_version", "state_reason", "plan_reason",
)  # fmt: skip


def subscriptions() -> QuerySet[Subscription]:
    """Return all subscriptions with what their representation needs, in one statement."""
    return Subscription.objects.select_related(*RELATED)


def subscription(ref: Ref) -> Subscription:
    """Return the subscription that a reference names; raise ENTITY-NOT-FOUND."""
    return find(subscriptions(), ref)


def version_for(offer: Offer, at: datetime, currency: Currency | None) -> OfferVersion | None:
    """Return the newest version whose validity covers the instant and whose currency is the payer's, None without one.

    A version without a currency fits any payer; an owner without a payer takes any version.
    """
    rows = offer.versions.filter(valid_from__lte=at).filter(Q(valid_to=None) | Q(valid_to__gt=at))
    if currency is not None:
        rows = rows.filter(Q(currency=None) | Q(currency=currency))
    return rows.select_related("currency").order_by("-valid_from", "-number").first()
