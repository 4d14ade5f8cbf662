"""Find an offer by typing, and whom it is for: bounded, and each hit says whether it can be subscribed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import Currency
from ocsportal.backoffice.reading import portal_reading
from ocsportal.entities.models import Entity
from ocsportal.entities.store.whole import whole
from offers.models import Offer, OfferVersion
from offers.operations.making import OWNER_MODELS
from subscribers.models import Subscriber
from subscribers.queries import exact_holders

MOST_HITS = 20


@dataclass(frozen=True)
class OfferHit:
    """An offer that fits what was typed, and the version that would be subscribed now."""

    offer: Offer
    services: str
    version: OfferVersion | None


def find_offers(term: str, at: datetime, currency: Currency | None) -> list[OfferHit]:
    """Return up to MOST_HITS offers by code or name, the very code first."""
    rows = Offer.objects.prefetch_related("product__product_services__service", "versions__currency")
    term = term.strip()
    if "\x00" in term:
        return []
    wanted = rows.filter(Q(code__icontains=term) | Q(name__icontains=term)) if term else rows
    found = list(wanted.order_by("name", "code")[:MOST_HITS])
    exact = [] if any(offer.code == term for offer in found) else list(rows.filter(code=term))
    found.sort(key=lambda offer: offer.code != term)
    return [_hit(offer, at, currency) for offer in [*exact, *found]][:MOST_HITS]


def _hit(offer: Offer, at: datetime, currency: Currency | None) -> OfferHit:
    fitting = [
        version
        for version in offer.versions.all()
        if version.covers(at) and (currency is None or version.currency in (None, currency))
    ]
    newest = max(fitting, key=lambda version: (version.valid_from, version.number), default=None)
    links = sorted(offer.product.product_services.all(), key=lambda link: link.pk)
    return OfferHit(offer, ", ".join(link.service.name for link in links), newest)


def find_owners(term: str) -> list[tuple[str, Entity]]:
    """Return the customers, accounts and subscribers that have this very ID, or number, with their kind."""
    term = term.strip()
    if not term or "\x00" in term:
        return []
    found: list[tuple[str, Entity]] = []
    for kind, model in OWNER_MODELS.items():
        keys: Any = model._default_manager.filter(Q(ref_id=term) | Q(external_id=term)).values_list("pk", flat=True)
        if model is Subscriber:
            # Keys side by side: an OR across a join would look at every subscriber.
            keys = keys.union(exact_holders(term, portal_reading()))
        found += [(kind, entity) for entity in owners(kind).filter(pk__in=keys).order_by("pk")[:MOST_HITS]]
    return found[:MOST_HITS]


def owners(kind: str) -> Any:
    """Return the entities of a kind, with what they are called by and what they pay in."""
    return whole(OWNER_MODELS[kind]._default_manager.all())
