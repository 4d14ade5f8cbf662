"""Find subscribers: by ID, by what the network knows or knew them by, by name."""

from django.db.models import QuerySet
from django.urls import reverse

from ocsportal.backoffice.reading import portal_reading
from ocsportal.backoffice.templatetags.portal import day
from ocsportal.care.search.hits import MOST_HITS, Hit, by_id, hit, part
from ocsportal.entities.store.whole import whole
from subscribers import queries
from subscribers.models import Subscriber, SubscriberResource

# More than are shown, so that present holders come before former ones.
LOOKED_AT = 100


def exact(term: str) -> QuerySet[Subscriber]:
    """Return who has this very ID."""
    return by_id(Subscriber, term)


def told(subscriber: Subscriber) -> Hit:
    """Return the hit for what has this very ID."""
    return _hit(subscriber, "subscriber · ID, exact")


def known_by(term: str) -> list[Hit]:
    """Return who has or had a value, its beginning or its last digits: present holders first, former ones with when."""
    reading = portal_reading()
    very = queries.spellings(term, reading)
    return [_resource_hit(resource, very) for resource in queries.by_value(term, reading, LOOKED_AT)[:MOST_HITS]]


def named(term: str) -> list[Hit]:
    """Return who has the term in the name."""
    rows = whole(Subscriber.objects.all()).filter(part("custom_name", term))
    return [_hit(subscriber, "subscriber") for subscriber in rows.order_by("-pk")[:MOST_HITS]]


def _hit(subscriber: Subscriber, how: str) -> Hit:
    number = subscriber.number if subscriber.custom_name else ""
    return hit(subscriber, how, number, str(subscriber.account.customer))


def _resource_hit(resource: SubscriberResource, very: set[str]) -> Hit:
    """Return the hit for a value: its holder, the value itself in front, and for a former one from when to when."""
    subscriber = resource.subscriber
    kind = resource.resource_type.name
    if resource.valid_to:
        how = f"former {kind} · {day(resource.valid_from)} to {day(resource.valid_to)}"
    else:
        how = f"subscriber · {kind}{', exact' if resource.value in very else ''}"
    where = [subscriber.custom_name, str(subscriber.account.customer), subscriber.external_id]
    return Hit(
        resource.shown,
        how,
        " · ".join(filter(None, where)),
        subscriber.state,
        reverse("admin:subscribers_subscriber_change", args=[subscriber.pk]),
    )
