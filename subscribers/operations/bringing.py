"""What a subscriber brings along from elsewhere: its resources with their times, those that it had once, and how it is known."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ocsportal.entities.configuration import configured
from ocsportal.entities.life.entering import set_columns
from ocsportal.entities.store.making import new
from ocsportal.entities.store.writing import insert
from ocsportal.transactions.change import Change, to_millisecond
from ocsportal.transactions.errors import invalid, malformed, refuse
from subscribers.models import ResourceType, Subscriber, SubscriberResource
from subscribers.operations.resources import canonical_value, give

FORMER = {"type": "resourceType", "value": "resource", "valid_from": "validFrom", "valid_to": "validTo"}


def bring_resources(
    change: Change, subscriber: Subscriber, values: Mapping[str, object], since: Mapping[str, object]
) -> list[SubscriberResource]:
    """Give a new subscriber its resources by the codes of their types, each since its own instant; return them.

    One of which no instant is told begins with the subscriber's state. Whether a value is free or rests is for the caller to ask.
    """
    made = []
    for code, text in values.items():
        parameter = f"resource.{code}"
        kind = configured(ResourceType, code, parameter)
        value = canonical_value(kind, str(text), parameter)
        resource = give(change, subscriber, kind, value, parameter, rested=True)
        begins = since.get(code)
        if isinstance(begins, datetime) and begins > change.at:
            raise refuse(malformed(f"resourceValidFrom.{code}", "Must not be in the future."))
        resource.valid_from = to_millisecond(begins) if isinstance(begins, datetime) else subscriber.state_valid_from
        made.append(resource)
    if alone := since.keys() - values.keys():
        raise refuse(malformed(f"resourceValidFrom.{min(alone)}", "Is of no use without the resource."))
    return made


def known_by(subscriber: Subscriber, code: str | None, made: Sequence[SubscriberResource]) -> None:
    """Write on a new subscriber, in memory, the type that it is known by: the one that is named, else the primary one it has."""
    kinds = {resource.resource_type.code: resource.resource_type for resource in made}
    if code is not None and code not in kinds:
        raise refuse(malformed("primaryResourceType", "Must be the type of a resource that is given."))
    primary = next((kind for kind in kinds.values() if kind.primary), None)
    subscriber.primary_resource_type = kinds[code] if code is not None else primary


def bring_former(change: Change, subscriber: Subscriber, former: Mapping[str, object]) -> None:
    """Enter a resource that a new subscriber had once, by its `type`, `value`, `valid_from` and `valid_to`."""
    if faults := [malformed(f"former.{wire}", "Is required.") for name, wire in FORMER.items() if not former.get(name)]:
        raise invalid(faults)
    kind = configured(ResourceType, str(former["type"]), "former.resourceType")
    value = canonical_value(kind, str(former["value"]), "former.resource")
    begins, ends = former["valid_from"], former["valid_to"]
    assert isinstance(begins, datetime)
    assert isinstance(ends, datetime)
    if not begins <= ends <= change.at:
        raise refuse(malformed("former.validTo", "Must be after validFrom, and in the past."))
    times = {"valid_from": to_millisecond(begins), "valid_to": to_millisecond(ends)}
    insert(new(SubscriberResource, subscriber=subscriber, resource_type=kind, value=value, **times))


def end_all(subscriber: Subscriber, made: Sequence[SubscriberResource]) -> None:
    """End the resources of a new subscriber that is deactivated, in memory, when it was."""
    for resource in made:
        resource.valid_to = max(resource.valid_from, subscriber.state_valid_from)
    set_columns(subscriber, subscriber.cleared)
