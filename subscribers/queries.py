"""Read subscribers and their resources."""

from django.db.models import QuerySet

from ocsportal.entities.identity import Ref
from ocsportal.entities.loading import find
from subscribers.models import Subscriber, SubscriberResource

RELATED = ("account__customer", "profile", "segment", "primary_resource_type", "state_reason", "plan_reason")


def subscribers() -> QuerySet[Subscriber]:
    """Return all subscribers with what their representation needs, in one statement."""
    return Subscriber.objects.select_related(*RELATED)


def subscriber(ref: Ref) -> Subscriber:
    """Return the subscriber that a reference names; raise ENTITY-NOT-FOUND."""
    return find(subscribers(), ref)


def resources() -> QuerySet[SubscriberResource]:
    """Return all resources, live and former, with what their representation needs, in one statement."""
    return SubscriberResource.objects.select_related("subscriber", "resource_type")
