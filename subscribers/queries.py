"""Read subscribers and their resources."""

from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Reverse

from ocsportal.entities.fetching import fetch
from ocsportal.entities.identity import Ref
from ocsportal.entities.remembering import with_configuration, with_references
from subscribers import numbers
from subscribers.models import Subscriber, SubscriberResource

# The least that is looked for at the beginning or the end of values, and how many values are looked at.
SHORTEST_END = 4
# From how many digits on a zero in front is taken for a prefix, and not for one of the last digits.
SHORTEST_NUMBER = 7
MOST_VALUES = 1000


def subscribers() -> QuerySet[Subscriber]:
    """Return all subscribers with what their representation needs."""
    return with_configuration(with_references(Subscriber.objects.all(), "account", "account__customer"))


def subscriber(ref: Ref) -> Subscriber:
    """Return the subscriber that a reference names; raise ENTITY-NOT-FOUND."""
    return fetch(Subscriber, ref)


def resources() -> QuerySet[SubscriberResource]:
    """Return all resources, live and former, with what their representation needs."""
    return with_configuration(with_references(SubscriberResource.objects.all(), "subscriber"))


def by_value(term: str, most: int = MOST_VALUES) -> list[SubscriberResource]:
    """Return resources, live and former, with a value, its beginning or its last digits; the very value first.

    The live ones come before the former ones, the newest first. No more than `most` are looked at, in whatever order the
    index has them, so that a common beginning costs no more than a rare one.
    """
    found: dict[int, SubscriberResource] = {}
    for rows in _lookups(term):
        if len(found) < most:
            found |= {row.pk: row for row in _whole(rows)[: most - len(found)] if row.pk not in found}
    exact = _spellings(term)
    return sorted(found.values(), key=lambda row: (row.value not in exact, row.valid_to is not None, -row.pk))


def exact_holders(term: str) -> QuerySet[SubscriberResource, int]:
    """Return the keys of the subscribers that have this very value now, however it was grouped."""
    live = SubscriberResource.objects.filter(value__in=_spellings(term), valid_to=None)
    return live.values_list("subscriber_id", flat=True)


def _whole(rows: QuerySet[SubscriberResource]) -> QuerySet[SubscriberResource]:
    return rows.select_related("resource_type", "subscriber__account__customer", "subscriber__primary_resource_type")


def _spellings(term: str) -> set[str]:
    """Return how a value may be kept that was typed: as it stands, in small letters, or without its grouping."""
    return {value for value in (term, term.lower(), numbers.digits_of(term), numbers.international(term)) if value}


def _lookups(term: str) -> list[QuerySet[SubscriberResource]]:
    """Return the searches, the best one first, each of which an index answers."""
    rows = SubscriberResource.objects.all()
    lookups = [rows.filter(value__in=_spellings(term))]
    beginnings = [beginning for beginning in sorted(numbers.beginnings(term)) if len(beginning) >= SHORTEST_END]
    if beginnings:
        lookups.append(rows.filter(reduce(or_, [Q(value__startswith=beginning) for beginning in beginnings])))
    digits = numbers.digits_of(term)
    ends = {digits, *([numbers.international(term)] if len(digits) >= SHORTEST_NUMBER else [])}
    long_enough = sorted(end for end in ends if len(end) >= SHORTEST_END)
    return [*lookups, _ending(rows, long_enough)] if long_enough else lookups


def _ending(rows: QuerySet[SubscriberResource], ends: list[str]) -> QuerySet[SubscriberResource]:
    """Return the values with an end, such as a caller reads out; PostgreSQL has an index on them written backwards."""
    if connection.vendor == "postgresql":
        backwards = [Q(backwards__startswith=end[::-1]) for end in ends]
        return rows.annotate(backwards=Reverse("value")).filter(reduce(or_, backwards))
    return rows.filter(reduce(or_, [Q(value__endswith=end) for end in ends]))
