"""Read subscriptions, and find the version of an offer that fits."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Currency
from ocsportal.entities.configuration import remembered
from ocsportal.entities.identity import Ref
from ocsportal.entities.store.reading import fetch
from ocsportal.entities.store.remembering import with_configuration, with_references
from offers.models import Offer, OfferVersion, Subscription
from offers.models.subscriptions import OWNERS


def subscriptions() -> QuerySet[Subscription]:
    """Return all subscriptions with what their representation needs."""
    return with_configuration(with_references(Subscription.objects.all(), *OWNERS, "parent"))


def subscription(ref: Ref) -> Subscription:
    """Return the subscription that a reference names; raise ENTITY-NOT-FOUND."""
    return fetch(Subscription, ref)


def version_for(offer: Offer, at: datetime, currency: Currency | None) -> OfferVersion | None:
    """Return the newest version whose validity covers the instant and whose currency is the payer's, None without one.

    A version without a currency fits any payer; an owner without a payer takes any version.
    """
    fitting = (version for version in _versions(offer) if version.covers(at) and _fits(version, currency))
    return next(fitting, None)


def numbered(offer: Offer, number: int, currency: Currency | None) -> OfferVersion | None:
    """Return a version of an offer by its number, valid or not; None when there is none, or in another currency."""
    return next((row for row in _versions(offer) if row.number == number and _fits(row, currency)), None)


def _versions(offer: Offer) -> list[OfferVersion]:
    def read() -> list[OfferVersion]:
        return list(offer.versions.select_related("currency").order_by("-valid_from", "-number"))

    return remembered((OfferVersion, "offer", offer.pk), read)


def _fits(version: OfferVersion, currency: Currency | None) -> bool:
    return currency is None or version.currency_id in (None, currency.pk)
