"""Read subscribers and their resources."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from ocsportal.entities.identity import Ref
from ocsportal.entities.resources import has_value
from ocsportal.entities.store.reading import fetch, fetch_all, named
from ocsportal.entities.store.remembering import with_configuration, with_references
from ocsportal.entities.store.whole import whole
from ocsportal.transactions.errors import OperationRefused
from ocsportal.values.kinds import readings
from ocsportal.values.reading import STRICT, Reading
from subscribers import kinds
from subscribers.models import ResourceType, Subscriber, SubscriberResource

# The least that is looked for at the beginning of values and anywhere in them, and how many values are looked at.
SHORTEST_START, SHORTEST_PART = 4, 3
MOST_VALUES = 1000
# One value may be live once as of each type; beyond two it makes no difference.
MOST_TYPES = 10


def subscribers() -> QuerySet[Subscriber]:
    """Return all subscribers with what their representation needs."""
    return with_configuration(with_references(Subscriber.objects.all(), "account", "account__customer"))


def subscriber(ref: Ref) -> Subscriber:
    """Return the subscriber that a reference names; raise ENTITY-NOT-FOUND."""
    return fetch(Subscriber, ref)


def holder(text: str, kind: ResourceType | None, ref: Ref) -> Subscriber:
    """Return who has a resource now, however it is written; raise ENTITY-NOT-FOUND when nobody has, or not who `ref` names.

    Raise REQUEST-VALIDATION when several have it, each as of another type.
    """
    rows = SubscriberResource.objects.filter(has_value(text), valid_to=None)
    if kind is not None:
        rows = rows.filter(resource_type=kind)
    keys = set(rows.values_list("subscriber_id", flat=True)[:MOST_TYPES])
    found = [row for key in keys for row in fetch_all(Subscriber, {"id": key, **named(ref)})]
    if not found:
        raise OperationRefused("ENTITY-NOT-FOUND", f"No subscriber has the resource {text!r} now.", "resource")
    if len(found) > 1:
        words = "Several subscribers have it, as resources of different types; give the resourceType that is meant."
        raise OperationRefused("REQUEST-VALIDATION", words, "resourceType")
    return found[0]


def changed_hands(since: datetime) -> QuerySet[Any]:
    """Return the history of what somebody got or gave back at an instant or later, as it was written down."""
    # The history has an index by date, the rows have none: each would cost every write.
    told = SubscriberResource.history.filter(history_date__gte=since)
    return told.filter(Q(history_type="+") | Q(valid_to__isnull=False)).order_by("history_date", "id")


def resources() -> QuerySet[SubscriberResource]:
    """Return all resources, live and former, with what their representation needs."""
    return with_configuration(with_references(SubscriberResource.objects.all(), "subscriber"))


def by_value(term: str, reading: Reading, most: int = MOST_VALUES) -> list[SubscriberResource]:
    """Return resources, live and former, with a value, its beginning or a part of it; the very value first.

    The live ones come before the former ones, the newest first. No more than `most` are looked at, in whatever order the
    index has them, so that a common beginning costs no more than a rare one.
    """
    found: dict[int, SubscriberResource] = {}
    for rows in _lookups(term, reading):
        if len(found) < most:
            found |= {row.pk: row for row in _whole(rows)[: most - len(found)] if row.pk not in found}
    exact = spellings(term, reading)
    return sorted(found.values(), key=lambda row: (row.value not in exact, row.valid_to is not None, -row.pk))


def exact_holders(term: str, reading: Reading = STRICT) -> QuerySet[SubscriberResource, int]:
    """Return the keys of the subscribers that have this very value now, however it is written."""
    live = SubscriberResource.objects.filter(has_value(term, reading), valid_to=None)
    return live.values_list("subscriber_id", flat=True)


def _whole(rows: QuerySet[SubscriberResource]) -> QuerySet[SubscriberResource]:
    return whole(rows)


def spellings(term: str, reading: Reading) -> set[str]:
    """Return how a value may be kept that was written so."""
    return {term, *readings(term, reading).values()}


def _lookups(term: str, reading: Reading) -> list[QuerySet[SubscriberResource]]:
    """Return the searches, the best one first, each of which an index answers."""
    rows = SubscriberResource.objects.all()
    lookups = [rows.filter(has_value(term, reading))]
    beginnings = [start for start in sorted(kinds.beginnings(term, reading)) if len(start) >= SHORTEST_START]
    if beginnings:
        lookups.append(rows.filter(reduce(or_, [Q(value__startswith=start) for start in beginnings])))
    parts = sorted(part for part in kinds.parts(term) if len(part) >= SHORTEST_PART)
    return [*lookups, rows.filter(reduce(or_, [Q(value__contains=part) for part in parts]))] if parts else lookups
