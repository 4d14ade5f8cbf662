"""How the portal writes states, instants and values."""

from datetime import datetime
from typing import Any

from django import template
from django.contrib.auth.models import AbstractUser
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ocsportal.backoffice.links import address_of
from ocsportal.backoffice.words import cause, field_words, value_words, version_words
from ocsportal.entities.life.plans import PlannedChange
from ocsportal.entities.models import Entity
from ocsportal.entities.states import State

register = template.Library()


@register.filter
def badge(state: str) -> SafeString:
    """Return the badge of a state: a dot and the word."""
    if state not in State.values:
        return format_html('<span class="badge plain">{}</span>', state or "–")
    return format_html('<span class="badge {}">{}</span>', state.lower(), State(state).label)


@register.filter
def moment(when: datetime | None) -> str:
    """Return an instant in the billing time zone: `today 09:14`, `3 Mar 2021 09:14`."""
    if when is None:
        return "–"
    local = timezone.localtime(when)
    today = timezone.localdate()
    if local.date() == today:
        return f"today {local:%H:%M}"
    words = f"{local.day} {local:%b}"
    if local.year != today.year:
        words += f" {local.year}"
    return words if (local.hour, local.minute) == (0, 0) else f"{words} {local:%H:%M}"


@register.filter
def day(when: datetime | None) -> str:
    """Return the day of an instant: `today`, `3 Mar`, `3 Mar 2021`."""
    if when is None:
        return "–"
    local = timezone.localdate(when)
    today = timezone.localdate()
    if local == today:
        return "today"
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


@register.filter
def way(channel: str) -> str:
    """Return a channel in words."""
    return channel if channel == "REST" else channel.lower()


@register.filter
def headline(entry: Any) -> str:
    """Return what a version did, in a word or two."""
    return version_words(entry.operation, entry.changes)


@register.filter
def initials(user: AbstractUser) -> str:
    """Return a user's initials."""
    names = [name for name in (user.first_name, user.last_name) if name] or [user.username]
    return "".join(name[0] for name in names)[:2].upper()


register.filter(cause)
register.filter("address", address_of)


@register.filter
def reason_of(entity: Entity) -> str:
    """Return why an entity is in its state, in the middle of words."""
    words = cause(entity)
    return words[:1].lower() + words[1:]


@register.filter
def called(field: str) -> str:
    """Return a field of REST in words: `stateValidFrom` is `State valid from`."""
    return field_words(field)


@register.filter
def has(attributes: Any, name: str) -> bool:
    """Return whether a field's element has an attribute."""
    return name in attributes


@register.filter
def typed(text: object) -> SafeString:
    """Return what somebody typed, kept apart from the text around it, whichever way its script runs."""
    return format_html("<bdi>{}</bdi>", text)


@register.filter
def told(value: object) -> SafeString:
    """Return a value of REST in words."""
    return typed(value_words(value))


@register.filter
def attributes(attrs: dict[str, str | bool]) -> SafeString:
    """Return the attributes of a form's element; without `maxlength`, which would cut what is pasted unseen."""
    return flatatt({name: value for name, value in attrs.items() if name != "maxlength"})


@register.filter
def note(level: str) -> str:
    """Return the look of a message from its level."""
    return {"error": "bad", "warning": "warning"}.get(level, "good")


@register.filter
def queue_count(sections: Any, queue: str) -> str:
    """Return what the rail says of how many wait in a queue, so that it is asked once a page."""
    ending = f"/{queue}/"
    return next((item.count for section in sections for item in section.items if item.url.endswith(ending)), "") or "0"


@register.filter
def key_words(key: str) -> str:
    """Return a key as it is shown."""
    return {"Backspace": "⌫", "Enter": "↵"}.get(key, key)


def plan_told(entity: Entity, kind: PlannedChange) -> str:
    """Return what is planned, how certainly, for when and by whom: `Suspension pending for 5 May, set by Ada`."""
    when = moment(getattr(entity, kind.instant))
    return f"{kind.told(entity, when, timezone.now())}, set by {getattr(entity, kind.by)}"
