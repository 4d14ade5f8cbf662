"""The work queues: what waits for a decision, what comes into force by itself, what was refused when it was due."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ocsportal.backoffice.menu import MOST_COUNTED
from ocsportal.backoffice.templatetags.portal import badge, way
from ocsportal.entities.glance import first_of, how_many
from ocsportal.entities.life.due import entity_models
from ocsportal.entities.life.plans import PlannedChange, kinds_of
from ocsportal.entities.life.waiting import Decision, Waiting
from ocsportal.entities.models import Entity
from ocsportal.entities.states import State
from ocsportal.entities.store.whole import whole
from ocsportal.transactions.actor import Actor
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.operation import OPERATIONS

BARS = 12
# Beyond it, the transactions of an hour are no longer counted one by one.
MOST_OF_AN_HOUR = 1000


@dataclass(frozen=True)
class Entry:
    """One plan: of which entity, what, for when, who set it, and what the user may decide on it."""

    entity: Entity
    kind: str
    url: str
    planned: SafeString
    why: str
    at: datetime
    by: str
    overdue: bool = False
    note: str = ""
    decisions: tuple[tuple[str, str], ...] = ()


def entries(names: Sequence[str], at: datetime, limit: int, user: Any) -> dict[str, list[Entry]]:
    """Return the entries of some queues over the levels that the user may read, each with the oldest date first.

    It costs one statement for the keys of what is shown, and one for each level that has any of it.
    """
    places = _places(names, user)
    waiting: dict[str, list[tuple[Any, int, int]]] = {name: [] for name in names}
    first = first_of([(place.rows(), place.kind.instant) for place in places], limit)
    for number, (place, keys) in enumerate(zip(places, first, strict=True)):
        waiting[place.queue] += [(when, number, key) for when, key in keys]
    shown = {name: sorted(those)[:limit] for name, those in waiting.items()}
    rows = _rows_of([(places[number], key) for those in shown.values() for _, number, key in those])
    return {
        # What was decided between the two statements is left out.
        name: [
            places[number].entry(row, at)
            for _, number, key in those
            if (row := rows[places[number].model].get(key)) is not None and places[number].waiting.holds(row)
        ]
        for name, those in shown.items()
    }


def _rows_of(wanted: Sequence[tuple["_Place", int]]) -> dict[Any, dict[int, Any]]:
    """Return the rows of some keys by model, with what an entry shows of them; one statement for each model."""
    keys: dict[Any, set[int]] = {}
    for place, key in wanted:
        keys.setdefault(place.model, set()).add(key)
    return {model: whole(model._default_manager.all()).in_bulk(those) for model, those in keys.items()}


@dataclass(frozen=True)
class _Place:
    """What waits of a kind of plan in a queue, on one level, and what the user may decide there."""

    model: type[Model]
    kind: PlannedChange
    waiting: Waiting
    decisions: tuple[Decision, ...]

    @property
    def queue(self) -> str:
        """The name of the queue."""
        return self.waiting.queue.name

    def rows(self) -> QuerySet[Any]:
        """Return the rows, the oldest date first."""
        rows: QuerySet[Any] = self.model._default_manager.filter(self.waiting.rows)
        return rows.order_by(self.kind.instant, "pk")

    def entry(self, entity: Entity, at: datetime) -> Entry:
        """Return what the queue shows of an entity."""
        kind, when = self.kind, getattr(entity, self.kind.instant)
        return Entry(
            entity,
            _kind(entity),
            planned=_badge(kind.planned(entity)),
            why=kind.why(entity),
            at=when,
            by=getattr(entity, kind.by),
            overdue=self.waiting.undecided and when < at,
            note=kind.refused_with(entity),
            **_addresses(entity, self.decisions),
        )


def _places(names: Sequence[str], user: Actor) -> list[_Place]:
    """Return where something may wait in the queues on the levels that the user may read."""
    return [
        _Place(model, kind, waiting, tuple(one for one in waiting.decisions if one.operation_on(model).allowed(user)))
        for model in _readable(user)
        for kind in kinds_of(model)
        for waiting in kind.waiting
        if waiting.queue.name in names
    ]


def _badge(planned: str) -> SafeString:
    return badge(planned) if planned in State.values else format_html('<span class="badge planned">{}</span>', planned)


def _readable(user: Actor) -> list[Any]:
    reads = {entry.model for entry in OPERATIONS.values() if entry.is_read and entry.allowed(user)}
    return [model for model in entity_models() if model in reads and admin.site.is_registered(model)]


def _addresses(entity: Entity, decisions: Sequence[Decision]) -> dict[str, Any]:
    name = f"admin:{entity._meta.app_label}_{entity._meta.model_name}"
    return {
        "url": reverse(f"{name}_change", args=[entity.pk]),
        "decisions": tuple((one.word, reverse(f"{name}_verb", args=[entity.pk, one.verb])) for one in decisions),
    }


def _kind(entity: Entity) -> str:
    """Return what an entity is, and of which customer: `account of Nordwind`."""
    kind = str(entity._meta.verbose_name)
    top = entity
    while above := next(filter(None, (getattr(top, name) for name in top.superiors)), None):
        top = above
    return f"{kind} of {top}" if top is not entity else kind


def today(at: datetime) -> tuple[int, int]:
    """Return how many changes of states and bill cycles are left for today, and how many decisions are overdue.

    Both as far as one counts at a glance, with one statement.
    """
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    kinds = [(model, kind) for model in entity_models() for kind in kinds_of(model)]
    due = [_until(model, kind, kind.scheduled, midnight) for model, kind in kinds]
    overdue = [
        _until(model, kind, those.rows, at) for model, kind in kinds for those in kind.waiting if those.undecided
    ]
    counts = how_many([*due, *overdue], MOST_COUNTED + 1)
    return sum(counts[: len(due)]), sum(counts[len(due) :])


def _until(model: type[Model], kind: PlannedChange, rows: Q, at: datetime) -> QuerySet[Any]:
    """Return some of a level's rows with plans for before an instant."""
    found: QuerySet[Any] = model._default_manager.filter(rows, **{f"{kind.instant}__lt": at})
    return found.order_by(kind.instant, "pk")


def hours(at: datetime) -> dict[str, Any]:
    """Return the Business Transactions of the last hours, as bars, and this hour's with the ways that they came by."""
    hour = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
    starts = [hour - timedelta(hours=back) for back in range(BARS - 1, -1, -1)]
    each = [_between(start, start + timedelta(hours=1)) for start in starts]
    counts = how_many(each, MOST_OF_AN_HOUR + 1)
    busy = [number > MOST_OF_AN_HOUR for number in counts]
    if any(busy):
        counts = [about if many else number for about, many, number in zip(_about(starts), busy, counts, strict=True)]
    newest = each[-1].values_list("channel", flat=True)[:MOST_OF_AN_HOUR]
    ways = {} if busy[-1] else Counter(newest)
    most = max([*counts, 1])
    return {
        "bars": [_bar(place, starts[place], number, most, place == BARS - 1) for place, number in enumerate(counts)],
        "hour_count": f"about {counts[-1]:,}" if busy[-1] else counts[-1],
        "hour_words": " · ".join(f"{way(channel)} {number}" for channel, number in sorted(ways.items()))
        or ("all channels" if busy[-1] else ""),
    }


def _between(start: datetime, end: datetime) -> QuerySet[BusinessTransaction]:
    return BusinessTransaction.objects.filter(at__gte=start, at__lt=end).order_by("-at", "-pk")


def _about(starts: list[datetime]) -> list[int]:
    """Return about how many Business Transactions each hour had: how far its first key is from the next hour's first."""
    rows = BusinessTransaction.objects.order_by("at", "pk")
    first = first_of([(rows.filter(at__gte=start), "at") for start in starts], 1)
    newest = BusinessTransaction.objects.order_by("-at", "-pk").values_list("pk", flat=True).first() or 0
    keys = [those[0][1] if those else newest + 1 for those in first]
    return [max(0, after - before) for before, after in pairwise([*keys, newest + 1])]


def _bar(place: int, start: datetime, number: int, most: int, now: bool) -> dict[str, Any]:
    """Return the bar of an hour: place, height, number, and whether it is this hour."""
    height = round(100 * number / most) or 1
    return {
        "x": place * 24 + 2,
        "height": height,
        "y": 105 - height,
        "number": number,
        "label": f"{start:%H:%M}",
        "now": now,
    }
