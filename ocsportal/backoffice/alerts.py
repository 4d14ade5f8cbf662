"""What stands on top of an entity's page and of every page below it: a level says what it has, pages ask (docs/portal.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ocsportal.entities.models import Entity
from ocsportal.registries import Entries
from ocsportal.transactions.actor import Rights


@dataclass(frozen=True)
class Alert:
    """What the next agent has to know before anything else: the words, whose and when, and where it can be dealt with."""

    words: str
    by: str
    at: datetime
    until: datetime | None
    url: str
    close_url: str


# Of the topmost entity and for whom; asked with each page.
Source = Callable[[Entity, Rights], list[Alert]]
SOURCES: Entries[Source] = Entries()


def top_of(entity: Entity) -> Entity:
    """Return what is topmost above an entity, or the entity itself."""
    top = entity
    while above := next(filter(None, (getattr(top, name) for name in top.superiors)), None):
        top = above
    return top


def erased_at(entity: Entity) -> datetime | None:
    """Return when everything personal was taken out of an entity and whatever it hangs with, None if it was not."""
    found: datetime | None = getattr(top_of(entity), "erased_at", None)
    return found


def alerts_of(entity: Entity, user: Rights) -> list[Alert]:
    """Return the alerts of an entity and of what is above it."""
    top = top_of(entity)
    return [alert for source in SOURCES for alert in source(top, user)]
