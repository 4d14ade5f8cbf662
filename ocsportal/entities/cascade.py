"""The cascade: a state change that reaches everything below, one statement per level (docs/states.md, cascade).

A level names its subordinates as reverse relations (`Entity.subordinates`), so a customer's cascade reaches levels that
the customers' own code has never heard of.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Model, Q, QuerySet
from django.db.models.functions import Greatest

from ocsportal.entities.models import Entity, StateReason, entity_models
from ocsportal.entities.rows import Known, among, updated
from ocsportal.entities.states import State
from ocsportal.entities.writing import NO_PLAN, end_belongings
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused

Members = dict[type[Entity], set[int]]


def mark(entity: Entity) -> str:
    """Return what a subordinate remembers of who imposed its state."""
    return f"{entity._meta.model_name}:{entity.ref_id}"


def marks_above(entity: Entity) -> set[str]:
    """Return the marks of everything that an entity is below of."""
    found: set[str] = set()
    for name in filter(None, (*entity.superiors, entity.parent_link)):
        superior: Entity | None = getattr(entity, name)
        if superior is not None:
            found |= {mark(superior), *marks_above(superior)}
    return found


@dataclass(frozen=True)
class Imposed:
    """The change that a superior imposes: from which state to which, why, since when."""

    superior: Entity
    before: str
    state: str
    reason: StateReason
    valid_from: datetime

    @cached_property
    def marks(self) -> set[str]:
        """Whose suspensions the change lifts or takes over: of several superiors the nearest counts."""
        own = {mark(self.superior)}
        return own | marks_above(self.superior) if self.state == State.SUSPENDED else own

    def reach(self) -> Q:
        """Return which subordinates the change applies to (docs/states.md, cascade)."""
        if self.state == State.DEACTIVATED:
            return ~Q(state=State.DEACTIVATED)
        imposed = Q(state=State.SUSPENDED, state_imposed_by__in=self.marks)
        if self.before == State.SUSPENDED:
            return imposed
        if self.state == State.SUSPENDED:
            return Q(state=State.ACTIVE) | imposed
        return Q(state=self.before)


def below(entity: Entity) -> Members:
    """Return the keys of everything below an entity by model, the topmost level first; one query per relation and depth."""
    found: Members = {}
    edge: Members = {type(entity): {entity.pk}}
    while edge:
        following: Members = {}
        for model, keys in edge.items():
            for child, reached in _related(model, model.subordinates, keys):
                fresh = reached - found.get(child, set())
                if child is type(entity):
                    fresh.discard(entity.pk)
                if fresh:
                    found.setdefault(child, set()).update(fresh)
                    following.setdefault(child, set()).update(fresh)
        edge = following
    return {model: found[model] for model in entity_models() if model in found}


def dependents(ended: Iterable[Any]) -> Members:
    """Return the keys of what is to be deactivated with deactivated entities, whoever has it."""
    keys: Members = {}
    for one in ended:
        if isinstance(one, Entity) and one.dependents:
            keys.setdefault(type(one), set()).add(one.pk)
    found: Members = {}
    for model, those in keys.items():
        for child, reached in _related(model, model.dependents, those):
            live = child._default_manager.filter(among("pk", reached)).exclude(state=State.DEACTIVATED)
            if still := set(live.values_list("pk", flat=True)):
                found.setdefault(child, set()).update(still)
    return found


def _add_dependents(members: Members, entity: Entity) -> None:
    """Add what would be deactivated with an entity and with what is below it."""
    ending: Members = {type(entity): {entity.pk}, **{model: set(keys) for model, keys in members.items()}}
    while ending:
        found: Members = {}
        for model, keys in ending.items():
            for child, reached in _related(model, model.dependents, keys):
                if fresh := reached - members.get(child, set()):
                    members.setdefault(child, set()).update(fresh)
                    found.setdefault(child, set()).update(fresh)
        ending = found


def _related(model: type[Entity], names: Iterable[str], keys: Iterable[int]) -> Iterator[tuple[type[Entity], set[int]]]:
    for name in names:
        relation = model._meta.get_field(name)
        child: type[Model] = relation.related_model  # type: ignore[assignment]
        link = relation.field.name  # type: ignore[union-attr]
        assert issubclass(child, Entity)
        yield child, set(child._default_manager.filter(among(link, keys)).values_list("pk", flat=True))


def affected(imposed: Imposed) -> dict[type[Entity], dict[str, int]]:
    """Count, by level and state, what a cascade would touch and what it would leave alone; changes nothing."""
    counts: dict[type[Entity], dict[str, int]] = {}
    members = below(imposed.superior)
    if imposed.state == State.DEACTIVATED:
        _add_dependents(members, imposed.superior)
    for model, keys in members.items():
        rows = model._default_manager.filter(among("pk", keys)).values("state").order_by("state")
        by_state = rows.annotate(of_state=Count("pk"), reached=Count("pk", filter=imposed.reach()))
        counts[model] = {"touched": sum(row["reached"] for row in by_state)}
        counts[model] |= {row["state"]: left for row in by_state if (left := row["of_state"] - row["reached"])}
    return counts


def refuse_live_subordinates(entity: Entity, parameter: str) -> None:
    """Raise CASM-SUBORDINATES-LIVE when anything below is not deactivated."""
    live = {
        model._meta.verbose_name_plural: count
        for model, keys in below(entity).items()
        if (count := model._default_manager.filter(among("pk", keys)).exclude(state=State.DEACTIVATED).count())
    }
    if live:
        listed = ", ".join(f"{count} {name}" for name, count in live.items())
        raise OperationRefused(
            "CASM-SUBORDINATES-LIVE",
            f"There are still {listed} below that are not deactivated; ask for subordinateUpdated to deactivate them too.",
            parameter,
        )


def impose(change: Change, imposed: Imposed, members: Members) -> list[Any]:
    """Apply a superior's change to what is below, locked level by level; return everything that was touched."""
    deactivated = imposed.state == State.DEACTIVATED
    touched: list[Any] = []
    known: Known = {type(imposed.superior): {imposed.superior.pk: imposed.superior}}
    for model, keys in members.items():
        rows = _write(
            change,
            model._default_manager.filter(among("pk", keys)).filter(imposed.reach()),
            known,
            state=imposed.state,
            state_reason=imposed.reason,
            state_valid_from=Greatest(F("state_valid_from"), imposed.valid_from),
            state_imposed_by=mark(imposed.superior) if imposed.state == State.SUSPENDED else "",
            **({**NO_PLAN, **model.cleared} if deactivated else {}),
        )
        touched += rows
        known.setdefault(model, {}).update({row.pk: row for row in rows})
        if deactivated and rows:
            touched += end_belongings(model, [row.pk for row in rows], imposed.valid_from)
    return touched


def hand_over(change: Change, entity: Entity, marks: set[str]) -> list[Any]:
    """Let an entity stand for superiors that are no longer above it: what they had suspended below, it has by now."""
    touched: list[Any] = []
    for model, keys in below(entity).items() if marks else ():
        rows = model._default_manager.filter(among("pk", keys), state_imposed_by__in=marks)
        touched += _write(change, rows, {}, state_imposed_by=mark(entity))
    return touched


def _write(change: Change, rows: QuerySet[Entity], known: Known, **columns: Any) -> list[Entity]:
    """Lock rows in the order of their keys, write them, and return them as they then are."""
    keys = list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if not keys:
        return []
    those = rows.model._default_manager.filter(among("pk", keys))
    return updated(those, known, **columns, changed_at=change.at, version=F("version") + 1)
