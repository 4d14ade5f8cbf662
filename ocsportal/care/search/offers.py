"""Find subscriptions by ID, name or attribute, balances by ID, offers by code or name."""

from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from balances import queries as balances
from balances.drawing import drawn
from balances.models import Balance
from balances.operations import read_subscription_balances
from ocsportal.care.search.hits import Group, Hit, Searched, Source, address, found_by, group, hit
from ocsportal.entities.search.ranking import Condition, Place, Rank, Tier, by_id, by_text
from ocsportal.entities.store.whole import whole
from ocsportal.people.models import User
from ocsportal.values.searching import matches, search_text
from offers.models import Offer, Subscription
from offers.operations import read_subscription

OFFERS = "offers"
TABLE, BALANCES = "offers_subscription", "balances_balance"
# A catalogue is small, and looked through as a whole.
MOST_OFFERS = 2000


def tiers(query: Searched) -> list[Tier]:
    """Return where subscriptions are looked for."""
    return [by_id(TABLE, *query.ids), *by_text(TABLE, query.asked)]


def _rows() -> QuerySet[Subscription]:
    return whole(Subscription.objects.all())


def told(subscription: Any, rank: Rank, query: Searched) -> Hit:
    """Return the hit for a subscription."""
    return hit(subscription, found_by(subscription, rank, query), rank, str(subscription.owner))


def balance_tiers(query: Searched) -> list[Tier]:
    """Return where balances are looked for."""
    return [Tier(Rank.ID, BALANCES, Condition("ref_id = %s", (query.term,)))]


def _balance_rows() -> QuerySet[Balance]:
    return balances.balances()


def balance_told(balance: Any, rank: Rank, query: Searched) -> Hit:
    """Return the hit for a balance: of what, and what is left."""
    title = f"{balance.service} of {balance.subscription}"
    return Hit(title, "ID, exact", drawn(balance).words, "", address(balance), rank)


_text = lru_cache(maxsize=2 * MOST_OFFERS)(search_text)


def offers(user: User, query: Searched, most: int) -> Group | None:
    """Return the offers with a code or name that a term is a part of, the very code first; None without any."""
    hits = _offers(query) if may_see_offers(user) else []
    return group(OFFERS, "Offers", hits[:most], len(hits), query) if hits else None


def page(user: User, query: Searched, after: Place | None, most: int) -> tuple[Group, Place | None] | None:
    """Return a page of the offers that were found, and where the next one begins; None for who may not see them."""
    if not may_see_offers(user):
        return None
    hits, begin = _offers(query), after.key if after else 0
    follows = Place(0, begin + most) if len(hits) > begin + most else None
    return Group(OFFERS, "Offers", hits[begin : begin + most]), follows


def may_see_offers(user: User) -> bool:
    """Whether somebody may open an offer's page."""
    return user.has_perm("offers.view_offer")


def _offers(query: Searched) -> list[Hit]:
    if not query.asked:
        return []
    found = [
        (rank, offer)
        for offer in Offer.objects.order_by("name", "code")[:MOST_OFFERS]
        if (rank := _rank(offer, query)) is not None
    ]
    return [_offer_told(offer, rank) for rank, offer in sorted(found, key=lambda pair: pair[0])]


def _rank(offer: Offer, query: Searched) -> Rank | None:
    if offer.code == query.term:
        return Rank.ID
    text = _text(offer.name, offer.code)
    if not matches(text, query.asked.terms):
        return None
    return Rank.START if any(text.startswith(f" {phrase}") for phrase in query.asked.phrases) else Rank.PART


def _offer_told(offer: Offer, rank: Rank) -> Hit:
    return Hit(offer.name, "code, exact" if rank is Rank.ID else "offer", offer.code, "", address(offer), rank)


SOURCE = Source("subscriptions", "Subscriptions", read_subscription.allowed, tiers, _rows, told)
BALANCE = Source("balances", "Balances", read_subscription_balances.allowed, balance_tiers, _balance_rows, balance_told)
