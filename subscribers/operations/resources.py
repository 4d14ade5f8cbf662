"""Give subscribers resources, swap and end them: a value has one live holder, a subscriber one live value per type."""

from ocsportal.entities import shared
from ocsportal.entities.configuration import configured
from ocsportal.entities.identity import Ref
from ocsportal.entities.loading import lock
from ocsportal.entities.storing import insert, update
from ocsportal.entities.writing import save
from ocsportal.transactions.change import Change
from ocsportal.transactions.constraints import name_constraint
from ocsportal.transactions.errors import Fault, OperationRefused, malformed, refuse
from ocsportal.transactions.operation import Touched, operation, read_operation
from subscribers import numbers
from subscribers.models import ResourceType, Subscriber, SubscriberResource

TAKEN, TYPE_IN_USE, NOT_FOUND = "RESOURCE-NOT-UNIQUE", "RESOURCE-TYPE-IN-USE", "RESOURCE-NOT-FOUND"

name_constraint(
    "resource_unique",
    Fault(TAKEN, "resource", "Another subscriber has this resource."),
    sqlite="subscribers_subscriberresource.value",
)
name_constraint(
    "resource_one_per_type",
    Fault(TYPE_IN_USE, "resourceType", "The subscriber has a live resource of this type; swap it instead."),
    sqlite="subscribers_subscriberresource.subscriber_id",
)

read_subscriber_resource = read_operation(
    "ReadSubscriberResource", Subscriber, "Read a subscriber's resources, live and former; search resources."
)


@operation("CreateSubscriberResource", Subscriber)
def create_subscriber_resource(change: Change, *, subscriber: Ref, resource_type: str, resource: str) -> Touched:
    """Give a subscriber a resource of a type that it has none of, from now on."""
    kind = configured(ResourceType, resource_type, "resourceType")
    check_value(kind, resource, "resource")
    found = lock(change, Subscriber, subscriber, "subscriber")
    if kind.code in found.live_resources:
        raise OperationRefused(
            TYPE_IN_USE, f"The subscriber has a live resource of the type {kind.code}; swap it instead.", "resourceType"
        )
    if found.primary_resource_type is None and kind.primary:
        found.primary_resource_type = kind
    made = give(change, found, kind, resource, "resource")
    save(change, found, "live_resources", "primary_resource_type")
    return Touched([made, found], target=found)


@operation("SwapSubscriberResource", Subscriber)
def swap_subscriber_resource(
    change: Change, *, subscriber: Ref, resource_type: str, swap_resource: str, resource: str
) -> Touched:
    """End a live resource of a subscriber and give it another one of the same type, at one instant."""
    kind = configured(ResourceType, resource_type, "resourceType")
    check_value(kind, resource, "resource")
    found = lock(change, Subscriber, subscriber, "subscriber")
    live = found.resources.filter(resource_type=kind, value=swap_resource, valid_to=None)
    old = live.select_related("resource_type").first()
    if old is None:
        raise OperationRefused(NOT_FOUND, f"The subscriber has no live {kind.name} with this value.", "swapResource")
    if old.value == resource:
        raise OperationRefused(TAKEN, "The subscriber has this very resource.", "resource")
    old.subscriber = found
    old.valid_to = max(old.valid_from, change.at)
    old.version += 1
    update(old, "valid_to", "version")
    made = give(change, found, kind, resource, "resource")
    save(change, found, "live_resources")
    return Touched([made, old, found], target=found)


def check_value(kind: ResourceType, value: str, parameter: str) -> None:
    """Raise REQUEST-VALIDATION for a value that a resource of the type can't have."""
    shared.checked_text(parameter, value)
    if not numbers.fits(kind.pattern, value):
        form = kind.description or f"It must match {kind.pattern}."
        raise refuse(malformed(parameter, f"Is no {kind.name}. {form}"))


def give(change: Change, subscriber: Subscriber, kind: ResourceType, value: str, parameter: str) -> SubscriberResource:
    """Write a new live resource of a subscriber; in memory only, note it on the subscriber. Return it.

    Raise RESOURCE-NOT-UNIQUE when a subscriber has this resource, which the database's own constraint finds out.
    """
    made = SubscriberResource(subscriber=subscriber, resource_type=kind, value=value, valid_from=change.at)
    try:
        insert(made)
    except OperationRefused as refusal:
        if refusal.code == TAKEN:
            raise OperationRefused(TAKEN, f"Another subscriber has the {kind.name} {value}.", parameter) from refusal
        raise
    subscriber.live_resources = {**subscriber.live_resources, kind.code: value}
    return made
