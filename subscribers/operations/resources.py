"""Give subscribers resources, swap and end them: a value has one live holder, a subscriber one live value per type.

Exchanging them between two subscribers is in exchange.py, the rest that a freed value has to take in quarantine.py.
"""

from ocsportal.entities.configuration import configured
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.locking import lock
from ocsportal.entities.store.making import new
from ocsportal.entities.store.writing import insert, save, update
from ocsportal.transactions.change import Change
from ocsportal.transactions.constraints import name_constraint
from ocsportal.transactions.errors import Fault, OperationRefused, malformed, refuse
from ocsportal.transactions.groups import AGENTS
from ocsportal.transactions.operation import Touched, operation, read_operation
from ocsportal.values.reading import Refusal
from subscribers import kinds
from subscribers.models import ResourceType, Subscriber, SubscriberResource
from subscribers.operations.quarantine import OVERRIDE, refuse_quarantined

TAKEN, TYPE_IN_USE, NOT_FOUND = "RESOURCE-NOT-UNIQUE", "RESOURCE-TYPE-IN-USE", "RESOURCE-NOT-FOUND"
PRIMARY = "RESOURCE-PRIMARY"

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


@operation("CreateSubscriberResource", Subscriber, groups=AGENTS, deed="Resource added", also=[OVERRIDE])
def create_subscriber_resource(change: Change, *, subscriber: Ref, resource_type: str, resource: str) -> Touched:
    """Give a subscriber a resource of a type that it has none of, from now on."""
    kind = configured(ResourceType, resource_type, "resourceType")
    value = canonical_value(kind, resource, "resource")
    found = lock(change, Subscriber, subscriber, "subscriber")
    if kind.code in found.live_resources:
        raise OperationRefused(
            TYPE_IN_USE, f"The subscriber has a live resource of the type {kind.code}; swap it instead.", "resourceType"
        )
    if found.primary_resource_type is None and kind.primary:
        found.primary_resource_type = kind
    made = give(change, found, kind, value, "resource")
    save(change, found, "live_resources", "primary_resource_type")
    return Touched([made, found], target=found)


@operation("SwapSubscriberResource", Subscriber, groups=AGENTS, deed="Resource swapped", also=[OVERRIDE])
def swap_subscriber_resource(
    change: Change, *, subscriber: Ref, resource_type: str, swap_resource: str, resource: str
) -> Touched:
    """End a live resource of a subscriber and give it another one of the same type, at one instant."""
    kind = configured(ResourceType, resource_type, "resourceType")
    value = canonical_value(kind, resource, "resource")
    found = lock(change, Subscriber, subscriber, "subscriber")
    old = live_resource(found, kind, swap_resource, "swapResource")
    if old.value == value:
        raise OperationRefused(TAKEN, "The subscriber already has this resource.", "resource")
    end(change, old)
    made = give(change, found, kind, value, "resource")
    save(change, found, "live_resources")
    return Touched([made, old, found], target=found)


@operation("EndSubscriberResource", Subscriber, groups=AGENTS, deed="Resource ended")
def end_subscriber_resource(change: Change, *, subscriber: Ref, resource_type: str, resource: str) -> Touched:
    """End a live resource of a subscriber without giving it another one; not the one that it is known by."""
    kind = configured(ResourceType, resource_type, "resourceType")
    found = lock(change, Subscriber, subscriber, "subscriber")
    old = live_resource(found, kind, resource, "resource")
    refuse_primary(found, kind)
    end(change, old)
    save(change, found, "live_resources")
    return Touched([old, found], target=found)


def refuse_primary(subscriber: Subscriber, kind: ResourceType) -> None:
    """Raise RESOURCE-PRIMARY for the type that a subscriber is known by: it can be swapped, but not taken away."""
    if kind.pk == subscriber.primary_resource_type_id:
        words = f"The subscriber is known by its {kind.name}; swap it, or deactivate the subscriber."
        raise OperationRefused(PRIMARY, words, "resourceType")


def live_resource(subscriber: Subscriber, kind: ResourceType, value: str, parameter: str) -> SubscriberResource:
    """Return the live resource of a locked subscriber that has this value; raise RESOURCE-NOT-FOUND."""
    live = subscriber.resources.filter(resource_type=kind, value__in=sorted(kinds.meant(kind, value)), valid_to=None)
    found = live.select_related("resource_type").first()
    if found is None:
        raise OperationRefused(NOT_FOUND, f"The subscriber has no live {kind.name} with this value.", parameter)
    found.subscriber = subscriber
    return found


def end(change: Change, resource: SubscriberResource) -> None:
    """Write the end of a live resource; in memory only, take it off its subscriber."""
    # A clock that was set back must not end it before it began.
    resource.valid_to = max(resource.valid_from, change.at)
    resource.version += 1
    update(resource, "valid_to", "version")
    holder, code = resource.subscriber, resource.resource_type.code
    holder.live_resources = {kind: value for kind, value in holder.live_resources.items() if kind != code}


def canonical_value(kind: ResourceType, text: str, parameter: str) -> str:
    """Return the value that a text means, as it is kept; raise REQUEST-VALIDATION for one that the type can't have."""
    try:
        return kinds.canonical(kind, text)
    except Refusal as refusal:
        raise refuse(malformed(parameter, refusal.message)) from refusal


def give(
    change: Change,
    subscriber: Subscriber,
    kind: ResourceType,
    value: str,
    parameter: str,
    *,
    rested: bool = False,
) -> SubscriberResource:
    """Write a new live resource of a subscriber; in memory only, note it on the subscriber. Return it.

    Raise RESOURCE-NOT-UNIQUE when a subscriber has this resource, which the database's own constraint finds out, and
    RESOURCE-QUARANTINED when another one had it until a short while ago, unless it needs no rest (`rested`).
    """
    made = new(SubscriberResource, subscriber=subscriber, resource_type=kind, value=value, valid_from=change.at)
    try:
        insert(made)
    except OperationRefused as refusal:
        if refusal.code == TAKEN:
            raise OperationRefused(
                TAKEN, f"Another subscriber has the {kind.name} {made.shown}.", parameter
            ) from refusal
        raise
    if not rested:
        # Only now: who has just freed the value is waited for by the constraint, and not seen before.
        refuse_quarantined(change, made, parameter)
    subscriber.live_resources = {**subscriber.live_resources, kind.code: value}
    return made
