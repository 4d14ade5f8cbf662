"""What stands on top of an entity's page and of every page below it: a level says what it has, pages ask (docs/portal.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ocsportal.entities.models import Entity


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
Source = Callable[[Any, Any], list[Alert]]
SOURCES: list[Source] = []


def alert_source(source: Source) -> Source:
    """Declare a function that returns the alerts of whatever is topmost, as far as it is about that."""
    SOURCES.append(source)
    return source


def alerts_of(entity: Entity, user: Any) -> list[Alert]:
    """Return the alerts of an entity and of what is above it."""
    top = entity
    while above := next(filter(None, (getattr(top, name) for name in top.superiors)), None):
        top = above
    return [alert for source in SOURCES for alert in source(top, user)]
