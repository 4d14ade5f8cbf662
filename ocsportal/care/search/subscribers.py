"""Find subscribers: by ID, by name or attribute, and by what the network knows or knew them by."""

import re
from typing import Any

from django.db.models import QuerySet

from ocsportal.backoffice.templatetags.portal import day
from ocsportal.care.search.hits import BETWEEN, Hit, Searched, Source, address, found_by, hit
from ocsportal.entities.search.ranking import (
    Condition,
    Pool,
    Rank,
    Tier,
    by_id,
    by_text,
    contains,
    either,
    every,
    in_order_of,
)
from ocsportal.entities.store.whole import whole
from subscribers import kinds, queries
from subscribers.models import Subscriber, SubscriberResource
from subscribers.operations import read_subscriber, read_subscriber_resource

TABLE, VALUES = "subscribers_subscriber", "subscribers_subscriberresource"
READS = "value, valid_to"
# What is looked up anywhere in a value has three letters or digits in a row; signs and single ones stand in very many.
THREE = re.compile(r"[^\W_]{3}")
LIVE, FORMER = Condition("valid_to IS NULL"), Condition("valid_to IS NOT NULL")
# Said so that PostgreSQL doesn't read through an index of all former ones instead of looking up the value.
NOT_LIVE = Condition("(valid_to IS NULL) IS FALSE")


def tiers(query: Searched) -> list[Tier]:
    """Return where subscribers are looked for."""
    return [by_id(TABLE, *query.ids), *by_text(TABLE, query.asked)]


def _rows() -> QuerySet[Subscriber]:
    return whole(Subscriber.objects.all())


def told(subscriber: Any, rank: Rank, query: Searched) -> Hit:
    """Return the hit for a subscriber."""
    number = subscriber.number if subscriber.custom_name else ""
    return hit(subscriber, found_by(subscriber, rank, query), rank, number, str(subscriber.account.customer))


def value_tiers(query: Searched) -> list[Tier]:
    """Return where values are looked for: the very value, its beginning, a part of it; who had it comes last."""
    spellings = tuple(sorted(queries.spellings(query.term, query.reading)))
    very = Condition(f"value IN ({', '.join(['%s'] * len(spellings))})", spellings)
    starts = [in_order_of("value", start) for start in sorted(kinds.beginnings(query.term, query.reading))]
    parts = [contains("value", part) for part in sorted(kinds.parts(query.term)) if THREE.search(part)]
    found, before = [Tier(Rank.VALUE, VALUES, very & LIVE)], [~very]
    for condition, order in starts:
        found.append(Tier(Rank.START, VALUES, every([condition, LIVE, *before]), order))
        before.append(~condition)
    pool = Pool(every([either(parts), *before]), LIVE) if parts else None
    if pool:
        found.append(Tier(Rank.PART, VALUES, pool.condition & LIVE, pool=pool, reads=READS))
    found.append(Tier(Rank.FORMER, VALUES, very & FORMER))
    for condition, order in starts:
        found.append(Tier(Rank.FORMER, VALUES, every([condition, FORMER, ~very]), order))
    if pool:
        found.append(Tier(Rank.FORMER, VALUES, pool.condition & NOT_LIVE, pool=pool, reads=READS))
    return found


def _value_rows() -> QuerySet[SubscriberResource]:
    return whole(SubscriberResource.objects.all())


def value_told(resource: Any, rank: Rank, query: Searched) -> Hit:
    """Return the hit for a value: its holder, the value itself in front, and for a former one from when to when."""
    subscriber = resource.subscriber
    kind = resource.resource_type.name
    if resource.valid_to:
        how = f"former {kind} · {day(resource.valid_from)} to {day(resource.valid_to)}"
    else:
        how = f"{kind}{', exact' if rank is Rank.VALUE else ''}"
    where = BETWEEN.join(
        filter(None, [subscriber.custom_name, str(subscriber.account.customer), subscriber.external_id])
    )
    return Hit(resource.shown, how, where, subscriber.state, address(subscriber), rank)


SOURCE = Source("subscribers", "Subscribers", read_subscriber.allowed, tiers, _rows, told)
RESOURCES = Source(
    "resources",
    "Numbers, SIM cards, addresses",
    lambda user: read_subscriber.allowed(user) and read_subscriber_resource.allowed(user),
    value_tiers,
    _value_rows,
    value_told,
)
