"""Planned changes: what one is, declared once per kind, and how those that are due come into force (docs/states.md).

A kind says in which columns it stands and what is written when it comes into force. The worker, the next write, reads,
queues and menu all ask the declaration; one plan and a thousand are entered by the same statements.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import ClassVar, Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet

from ocsportal.entities.life.entering import set_columns
from ocsportal.entities.life.waiting import Decision, Planned, Queue, Waiting
from ocsportal.entities.models import Entity
from ocsportal.entities.store.reading import lock_row
from ocsportal.entities.store.sets import among, updated
from ocsportal.entities.store.writing import save
from ocsportal.registries import Entries
from ocsportal.transactions.change import Change
from ocsportal.transactions.door import record_nested
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import Channel
from ocsportal.transactions.operation import Touched
from ocsportal.transactions.system import SystemActor

AnEntity = TypeVar("AnEntity", bound=Entity)
Kind = TypeVar("Kind", bound="PlannedChange")
# Brings one due plan of a locked entity into force, inside the write under way.
Settle = Callable[[Change, Entity], None]


class PlannedChange(Generic[Planned]):
    """A kind of change that can be planned. Subclasses declare it; `declared` enters it for everything that asks."""

    # What it changes, as the names of what comes of it have it: PlannedStateInForce, PlannedStateRefused.
    subject: ClassVar[str]
    # What has such plans: a level, or Entity for all of them.
    model: ClassVar[type[Entity]]
    # Its columns, with what stands in them when nothing is planned; of these the one with its instant, and with who set it.
    columns: ClassVar[Mapping[str, object]]
    instant: ClassVar[str]
    by: ClassVar[str]
    # Which rows have one that comes into force by itself; an index begins with `instant`, `id` under this condition.
    scheduled: ClassVar[Q]
    # Why it comes into force, as the audit trail says it.
    reason: ClassVar[str]
    # Where it waits.
    waiting: ClassVar[tuple[Waiting, ...]] = ()

    @property
    def in_force(self) -> str:
        """The name under which it is recorded that plans came into force."""
        return f"Planned{self.subject}InForce"

    @property
    def refused(self) -> str:
        """The name under which it is recorded that plans were refused."""
        return f"Planned{self.subject}Refused"

    def waits(self, entity: Planned) -> bool:
        """Whether an entity has one that comes into force by itself: `scheduled` for a row at hand."""
        raise NotImplementedError

    def planned(self, entity: Planned) -> str:
        """Return what it will be, in a word: a state, the name of a bill cycle."""
        raise NotImplementedError

    def deed(self, changed: dict[str, object]) -> str:
        """Return what its coming into force did, as histories say it; empty where the changed fields say it better."""
        return ""

    def why(self, entity: Planned) -> str:
        """Return why, or instead of what; empty when there is nothing to say."""
        return ""

    def refused_with(self, entity: Planned) -> str:
        """Return why it was refused when it was due; empty when it was not, or is dropped then."""
        return ""

    def told(self, entity: Planned, when: str, at: datetime) -> str:
        """Return what is planned, how certainly, and for when in the words that are given: `monthly15 from 5 May`."""
        return f"{self.planned(entity)} from {when}"

    def is_open(self, entity: Planned) -> bool:
        """Whether one stands that may still be decided on."""
        return any(those.holds(entity) for those in self.waiting if those.decisions)

    def decisions_on(self, entity: Planned) -> list[Decision]:
        """Return what may be decided about the one that an entity has."""
        return list(dict.fromkeys(one for those in self.waiting if those.holds(entity) for one in those.decisions))

    def decisions(self) -> list[Decision]:
        """Return everything that may be decided about it, whatever its status."""
        return list(dict.fromkeys(decision for those in self.waiting for decision in those.decisions))

    def drop(self, change: Change, entity: Planned) -> None:
        """Write an entity without it, as its next version."""
        set_columns(entity, self.columns)
        save(change, entity, *self.columns)

    def taken(self, at: datetime) -> dict[str, object]:
        """Return the columns that are written when it comes into force; F takes what stands in a planned one."""
        raise NotImplementedError

    def entered(self, entity: Planned, at: datetime) -> dict[str, object]:
        """Return the same for one entity, whose plan may have more to it."""
        return self.taken(at)

    def goes_on(self, entity: Planned) -> bool:
        """Whether its coming into force plans what follows, which may be due as well."""
        return False

    def declined(self, refusal: OperationRefused, at: datetime) -> dict[str, object]:
        """Return the columns that are written when it can't come into force."""
        raise NotImplementedError

    def refusals(self, rows: Sequence[Planned]) -> dict[int, OperationRefused]:
        """Return, by key, why some of the rows' plans can't come into force any more."""
        return {}

    def reaching(self, rows: Sequence[Planned]) -> list[Planned]:
        """Return the rows whose plans need what is above them held, since they reach below."""
        return []

    def enter(self, change: Change, rows: Sequence[Planned]) -> list[Model]:
        """Write the plans of locked rows into force; return everything that was touched, the rows themselves first."""
        return self.written(change, rows, self.taken(change.at))

    def written(self, change: Change, rows: Sequence[Planned], columns: dict[str, object]) -> list[Model]:
        """Write the same columns of all rows, each as its next version, with one statement."""
        model = type(rows[0])
        those = model._default_manager.filter(among("pk", [row.pk for row in rows]))
        return updated(those, None, **columns, changed_at=change.written_at, version=F("version") + 1)

    def is_due(self, entity: Planned, at: datetime) -> bool:
        """Whether it should be in force by now. What waits for a decision never is."""
        planned: datetime | None = getattr(entity, self.instant)
        return planned is not None and planned <= at and self.waits(entity)

    def due_by(self, at: datetime) -> Q:
        """Return the same as a condition."""
        return self.scheduled & Q(**{f"{self.instant}__lte": at})

    def due(self, model: type[Entity], at: datetime) -> QuerySet[Model]:
        """Return the entities on which it is due, the oldest first, but not those on which another kind comes first."""
        rows = model._default_manager.filter(self.due_by(at))
        place = KINDS.index(self)
        for other in kinds_of(model):
            if other is not self:
                than = "lte" if KINDS.index(other) < place else "lt"
                rows = rows.exclude(other.scheduled & Q(**{f"{other.instant}__{than}": F(self.instant)}))
        return rows.order_by(self.instant, "pk")

    def by_schedule(self, entity: Planned, at: datetime, reason: str = "") -> Change:
        """Return the change under which it comes into force: by the schedule, on behalf of who planned it."""
        return Change(
            actor=SystemActor("schedule"),
            channel=Channel.SCHEDULE,
            at=at,
            request_id=f"due-{self.subject.lower()}-{entity.etag}",
            on_behalf_of=getattr(entity, self.by),
            reason=reason or self.reason,
        )


KINDS: Entries[PlannedChange] = Entries()


def declared(kind: type[Kind]) -> type[Kind]:
    """Enter a kind of planned change."""
    KINDS.enter(kind())
    if kind.model is not Entity:
        # A deactivation ends the life that it was planned for.
        kind.model.cleared = {**kind.model.cleared, **kind.columns}
    return kind


def deed_of(name: str, changed: dict[str, object]) -> str:
    """Return what came of a plan, by the name under which that is recorded; empty for any other name."""
    for kind in KINDS:
        if name == kind.refused:
            return "Plan refused"
        if name == kind.in_force:
            return kind.deed(changed)
    return ""


def kind_of(subject: str) -> PlannedChange:
    """Return the kind of planned changes of a subject."""
    return next(kind for kind in KINDS if kind.subject == subject)


def queues() -> dict[str, Queue]:
    """Return every queue by its name: those that the kinds share and their own, in the order of the menu."""
    return {those.queue.name: those.queue for kind in KINDS for those in kind.waiting}


def set_by(change: Change) -> str:
    """Return whom a plan is kept as set by: on whose behalf, else who did it."""
    return (change.on_behalf_of or change.actor.display_name)[:150]


def kinds_of(model: type[Entity]) -> list[PlannedChange]:
    """Return the kinds of planned changes that a level has."""
    return [kind for kind in KINDS if issubclass(model, kind.model)]


def due_of(entity: Entity, at: datetime) -> list[PlannedChange]:
    """Return the kinds of plans that are due on an entity, the earliest plan first."""
    found = [kind for kind in kinds_of(type(entity)) if kind.is_due(entity, at)]
    return sorted(found, key=lambda kind: getattr(entity, kind.instant))


def settlements(entity: Entity, at: datetime) -> list[Settle]:
    """Return what has to be done to bring an entity's due plans into force, the earliest plan first."""
    return [partial(_settle, kind, at) for kind in due_of(entity, at)]


def _settle(kind: "PlannedChange", at: datetime, change: Change, entity: Entity) -> None:
    goes_on = kind.goes_on(entity)
    bring_into_force(kind, change, [entity])
    if goes_on:
        fresh = lock_row(type(entity), entity.pk)
        if kind.is_due(fresh, at):
            bring_into_force(kind, change, [fresh])


def bring_into_force(kind: PlannedChange, change: Change, rows: Sequence[Entity]) -> int:
    """Bring the due plans of locked rows of one level into force, or note why not, inside the database transaction.

    Each who planned gets one Business Transaction for all of the rows, and one for each reason of a refusal. However
    late it is, what comes into force does so from the planned instant. Returns how many rows were touched.
    """
    refused = kind.refusals(rows)
    number = 0
    for group in _grouped([row for row in rows if row.pk not in refused], lambda row: (getattr(row, kind.by),)):
        number += _entered(kind, change, group)
    why = {key: (refusal.code, refusal.message) for key, refusal in refused.items()}
    declined = [row for row in rows if row.pk in refused]
    for group in _grouped(declined, lambda row: (getattr(row, kind.by), *why[row.pk])):
        number += refuse(kind, change, group, refused[group[0].pk])
    return number


def _grouped(rows: Iterable[Entity], key: Callable[[Entity], tuple[str, ...]]) -> list[list[Entity]]:
    """Return the rows by a key, each group in the order that they came in."""
    return [list(group) for _, group in groupby(sorted(rows, key=key), key=key)]


def _entered(kind: PlannedChange, change: Change, rows: Sequence[Entity]) -> int:
    scheduled = replace(kind.by_schedule(rows[0], change.at), recorded_at=change.recorded_at)

    def work() -> Touched:
        return Touched(kind.enter(scheduled, rows), trees=rows)

    return record_nested(kind.in_force, scheduled, work).touched


def refuse(kind: PlannedChange, change: Change, rows: Sequence[Entity], refusal: OperationRefused) -> int:
    """Note on locked rows why their plans can't come into force, under a Business Transaction that says so."""
    scheduled = replace(kind.by_schedule(rows[0], change.at, refusal.message), recorded_at=change.recorded_at)

    def work() -> Touched:
        return Touched(
            kind.written(scheduled, rows, kind.declined(refusal, change.at)), notice=refusal.code, trees=rows
        )

    return record_nested(kind.refused, scheduled, work).touched


def as_due(entity: AnEntity, at: datetime) -> AnEntity:
    """Return an entity, for reading, as it will be once its due plans are settled: in force, or refused; write nothing.

    Its version is the one that it will have then, so that a write on what was read finds it. What a due plan of
    something above imposes is shown when that has come into force.
    """
    for kind in due_of(entity, at):
        if entity.is_deactivated:
            break
        refusal = kind.refusals([entity]).get(entity.pk)
        goes_on = kind.goes_on(entity) and not refusal
        set_columns(entity, kind.declined(refusal, at) if refusal else kind.entered(entity, at))
        entity.version += 1
        entity.changed_at = at
        if goes_on and kind.is_due(entity, at):
            set_columns(entity, kind.entered(entity, at))
            entity.version += 1
    return entity
