"""A freed value rests for as long as its type says before another subscriber may have it (docs/subscribers.md, resources)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.operation import Extra
from ocsportal.transactions.representation import instant
from subscribers.models import ResourceType, SubscriberResource

QUARANTINED = "RESOURCE-QUARANTINED"
# No field of an operation needs it: whether a value rests is known only when it is looked at.
OVERRIDE = Extra("override_quarantine", "May give out a resource in quarantine", lambda fields, at: False)
PERMISSION = f"subscribers.{OVERRIDE.codename}"


def rests_until(kind: ResourceType, value: str, subscriber_id: int | None, at: datetime) -> datetime | None:
    """Return until when a freed value is kept from a subscriber, None when it may have it.

    Who had the value last may have it back at any time; with no subscriber named, everybody is another one.
    """
    if not kind.quarantine_days:
        return None
    rest = timedelta(days=kind.quarantine_days)
    freed = SubscriberResource.objects.filter(resource_type=kind, value=value, valid_to__gt=at - rest)
    last = freed.order_by("-valid_to", "-pk").first()
    if last is None or last.valid_to is None or last.subscriber_id == subscriber_id:
        return None
    return last.valid_to + rest


def resting(made: Sequence[SubscriberResource], at: datetime) -> dict[SubscriberResource, datetime]:
    """Return which of many new resources rest, and until when; two statements at most, however many there are.

    Their subscribers are new, so that nobody of them had the value before.
    """
    kinds = {row.resource_type_id: row.resource_type for row in made if row.resource_type.quarantine_days}
    asked = {(row.resource_type_id, row.value): row for row in made if row.resource_type_id in kinds}
    if not asked:
        return {}
    longest = timedelta(days=max(kind.quarantine_days for kind in kinds.values()))
    rows = SubscriberResource.objects.filter(
        resource_type__in=kinds, value__in={value for _, value in asked}, valid_to__gt=at - longest
    )
    found: dict[SubscriberResource, datetime] = {}
    for key, value, freed in rows.order_by("valid_to").values_list("resource_type_id", "value", "valid_to"):
        rest = timedelta(days=kinds[key].quarantine_days)
        if (key, value) in asked and freed is not None and freed + rest > at:
            found[asked[key, value]] = freed + rest
    return found


def refusal(made: SubscriberResource, until: datetime, parameter: str) -> OperationRefused:
    """Return the refusal of a value that rests until an instant."""
    words = (
        f"The {made.resource_type.name} {made.shown} was freed recently and is in quarantine until {instant(until)}."
    )
    return OperationRefused(QUARANTINED, words, parameter)


def refuse_quarantined(change: Change, made: SubscriberResource, parameter: str) -> None:
    """Raise RESOURCE-QUARANTINED for a value that rests, unless the actor may override that and says why."""
    kind = made.resource_type
    until = rests_until(kind, made.value, made.subscriber_id, change.at)
    if until is None or (change.reason and change.actor.has_perm(PERMISSION)):
        return
    raise refusal(made, until, parameter)
