"""The entries of the queues: their keys first, whatever the level, and then the rows that show (docs/portal.md, queues)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.backoffice.templatetags.portal import badge
from ocsportal.backoffice.verbs import Verb
from ocsportal.backoffice.words import refused_because
from ocsportal.care.queues.asking import QueueFilter, QueuePlace
from ocsportal.entities.glance import first_of
from ocsportal.entities.life.due import entity_models
from ocsportal.entities.life.plans import PlannedChange, kinds_of
from ocsportal.entities.life.waiting import Decision, Waiting
from ocsportal.entities.models import Entity
from ocsportal.entities.states import State
from ocsportal.entities.store.whole import whole
from ocsportal.transactions.actor import Rights
from ocsportal.transactions.operation import OPERATIONS

EVERYTHING = QueueFilter()


class Offered(NamedTuple):
    """Something that the user may decide about an entry: which, in a word, by which verb, at which address."""

    decision: Decision
    verb: Verb
    address: str

    @property
    def slug(self) -> str:
        """The word as a value of a form: `try-again`."""
        return slug_of(self.decision)


def slug_of(decision: Decision) -> str:
    """Return a decision's word as a value of a form: the same for every kind of plan."""
    return decision.word.lower().replace(" ", "-")


@dataclass
class Entry:
    """One plan: of which entity, what, for when, who set it, and what the user may decide on it."""

    entity: Entity
    kind: str
    url: str
    planned: SafeString
    # What is planned, as a word to count by: a state, or a bill cycle.
    becomes: str
    why: str
    at: datetime
    by: str
    where: str
    overdue: bool = False
    note: str = ""
    decisions: tuple[Offered, ...] = ()
    # How much it reaches below, in words and as numbers by level; None where nobody counted.
    reaches: str = ""
    reach: dict[str, int] | None = field(default_factory=dict)
    # Whose it is: the customer's name.
    top: str = ""
    problem: str = ""
    ticked: bool = False
    focused: bool = False

    @property
    def value(self) -> str:
        """What names it in a form, with the version that was seen: `account.State.17.5`."""
        return f"{self.where}.{self.entity.pk}.{self.entity.version}"

    @property
    def key(self) -> str:
        """What names it on a page, whatever its version: `account.State.17`."""
        return f"{self.where}.{self.entity.pk}"

    @property
    def place(self) -> QueuePlace:
        """Where it stands in its queue."""
        return QueuePlace(self.at, self.where, self.entity.pk)


@dataclass(frozen=True)
class Spot:
    """What waits of a kind of plan in a queue, on one level."""

    model: type[Entity]
    kind: PlannedChange
    waiting: Waiting

    @property
    def queue(self) -> str:
        """The name of the queue."""
        return self.waiting.queue.name

    @property
    def where(self) -> str:
        """The level and the kind of plan: `account.State`."""
        return f"{self.model._meta.model_name}.{self.kind.subject}"

    def rows(self) -> QuerySet[Entity]:
        """Return the rows, the oldest date first."""
        rows: QuerySet[Entity] = self.model._default_manager.filter(self.waiting.rows)
        return rows.order_by(self.kind.instant, "pk")

    def entry(self, entity: Entity, at: datetime, user: Rights) -> Entry:
        """Return what the queue shows of an entity."""
        kind, when = self.kind, getattr(entity, self.kind.instant)
        top = top_of(entity)
        return Entry(
            entity,
            f"{entity._meta.verbose_name} of {top}" if top is not entity else str(entity._meta.verbose_name),
            reverse(f"admin:{entity._meta.app_label}_{entity._meta.model_name}_change", args=[entity.pk]),
            _badge(kind.planned(entity)),
            becomes=kind.planned(entity) if kind.planned(entity) in State.values else "",
            why=kind.why(entity),
            at=when,
            by=getattr(entity, kind.by),
            where=self.where,
            overdue=self.waiting.undecided and when < at,
            note=refused_because(entity) if kind.refused_with(entity) else "",
            decisions=offered(self.waiting, entity, user),
            top=str(top),
        )


def entries(
    names: Sequence[str], at: datetime, limit: int, user: Rights, asked: QueueFilter = EVERYTHING
) -> dict[str, list[Entry]]:
    """Return the entries of some queues over the levels that the user may read, each with the oldest date first.

    It costs one statement for the keys of what is shown, and one for each level that has any of it.
    """
    spots = places(names, user)
    waiting: dict[str, dict[tuple[int, int], object]] = {name: {} for name in names}
    where = [spot.where for spot in spots]
    queries: list[tuple[QuerySet[Entity], str]] = []
    numbers: list[int] = []
    for number, spot in enumerate(spots):
        behind = asked.beyond(where, number, spot.kind)
        for condition in asked.conditions(spot.model, spot.kind, at):
            queries.append((spot.rows().filter(condition, behind), spot.kind.instant))
            numbers.append(number)
    for number, keys in zip(numbers, first_of(queries, limit), strict=True):
        # What fits in two ways is there once.
        waiting[spots[number].queue] |= {(number, key): when for when, key in keys}
    shown = {name: sorted((when, *those) for those, when in found.items())[:limit] for name, found in waiting.items()}
    rows = _rows_of([(spots[number].model, key) for those in shown.values() for _, number, key in those])
    return {
        # What was decided between the two statements is left out.
        name: [
            spots[number].entry(row, at, user)
            for _, number, key in those
            if (row := rows[spots[number].model].get(key)) is not None and spots[number].waiting.holds(row)
        ]
        for name, those in shown.items()
    }


def _rows_of(wanted: Sequence[tuple[type[Entity], int]]) -> dict[type[Entity], dict[int, Entity]]:
    """Return the rows of some keys by model, with what an entry shows of them; one statement for each model."""
    keys: dict[type[Entity], set[int]] = {}
    for model, key in wanted:
        keys.setdefault(model, set()).add(key)
    return {model: whole(model._default_manager.all()).in_bulk(those) for model, those in keys.items()}


def named(values: Sequence[str], names: Sequence[str], user: Rights) -> list[tuple[Spot, Entity, str]]:
    """Return what a form's values name, in their order: where it stands, its row, and the version that was seen.

    What names nothing that the user may read is left out; a row is there though it waits no longer.
    """
    spots = {spot.where: spot for spot in places(names, user)}
    read = [(spots[where], int(key), version) for where, key, version in map(_parts, values) if where in spots]
    rows = _rows_of([(spot.model, key) for spot, key, _ in read])
    return [(spot, rows[spot.model][key], seen) for spot, key, seen in read if key in rows[spot.model]]


def _parts(value: str) -> tuple[str, str, str]:
    parts = value.split(".")
    whole_numbers = len(parts) == 4 and all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts[2:])
    return (f"{parts[0]}.{parts[1]}", parts[2], parts[3]) if whole_numbers else ("", "0", "0")


def places(names: Sequence[str], user: Rights) -> list[Spot]:
    """Return where something may wait in the queues on the levels that the user may read."""
    return [
        Spot(model, kind, waiting)
        for model in _readable(user)
        for kind in kinds_of(model)
        for waiting in kind.waiting
        if waiting.queue.name in names
    ]


def offered(waiting: Waiting, entity: Entity, user: Rights) -> tuple[Offered, ...]:
    """Return what a user may decide about an entity's plan."""
    page = page_of(type(entity))
    verbs = {verb.slug: verb for verb in page.verbs}
    those = [(one, verbs[one.verb]) for one in waiting.decisions if one.verb in verbs]
    return tuple(
        Offered(one, verb, page.verb_address(entity, verb)) for one, verb in those if verb.offered(user, entity)
    )


def page_of(model: type[Model]) -> EntityAdmin:
    """Return the pages of a level."""
    found: Any = admin.site._registry[model]
    return found


def _badge(planned: str) -> SafeString:
    return badge(planned) if planned in State.values else format_html('<span class="badge planned">{}</span>', planned)


def _readable(user: Rights) -> list[type[Entity]]:
    reads = {entry.model for entry in OPERATIONS.values() if entry.is_read and entry.allowed(user)}
    return [model for model in entity_models() if model in reads and admin.site.is_registered(model)]


def top_of(entity: Entity) -> Entity:
    """Return the customer that an entity belongs to."""
    top = entity
    while above := next(filter(None, (getattr(top, name) for name in top.superiors)), None):
        top = above
    return top
