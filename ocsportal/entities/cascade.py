"""The cascade: a state change that reaches everything below, one statement per level (docs/states.md, cascade).

A level names its subordinates as reverse relations (`Entity.subordinates`), so a customer's cascade reaches levels that
the customers' own code has never heard of.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Count, F, Model, Q, QuerySet, Value
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
    """Return the keys of everything below an entity by model, the topmost level first; one statement per level."""
    found = _reached({type(entity): {entity.pk}}, lambda model: model.subordinates)
    found.get(type(entity), set()).discard(entity.pk)
    return {model: keys for model, keys in found.items() if keys}


def _reached(start: Members, names: Callable[[type[Entity]], Iterable[str]]) -> Members:
    """Return the keys of everything that relations lead to from a start: they lead down, or on within a level."""
    found: Members = {}
    for model in entity_models():
        links, onward = Q(), ""
        for above in {model, *start, *found}:
            keys = start.get(above, set()) | found.get(above, set())
            for link, child in (_link(above, name) for name in names(above)):
                if child is model:
                    links |= among(link, keys) if keys else Q()
                    onward = link if above is model else onward
        if links and (reached := _followed(model, links, onward)):
            found[model] = reached
    return found


def _link(model: type[Entity], name: str) -> tuple[str, type[Entity]]:
    """Return by which foreign key a relation is made, and to whom it leads."""
    relation: Any = model._meta.get_field(name)
    return relation.field.name, relation.related_model


def _followed(model: type[Entity], links: Q, onward: str) -> set[int]:
    """Return the keys of the rows that links lead to, and of those that hang on them within their level."""
    first = model._default_manager.filter(links).values("pk")
    if not onward:
        return set(first.values_list("pk", flat=True))
    sql, parameters = first.query.sql_with_params()
    table, column = model._meta.db_table, model._meta.get_field(onward).column  # type: ignore[union-attr]
    walk = f'''WITH RECURSIVE down(id) AS (
        {sql} UNION SELECT t.id FROM "{table}" t JOIN down ON t."{column}" = down.id
    ) SELECT id FROM down'''
    with connection.cursor() as cursor:
        cursor.execute(walk, parameters)
        return {key for (key,) in cursor.fetchall()}


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


def _related(model: type[Entity], names: Iterable[str], keys: Iterable[int]) -> Iterator[tuple[type[Entity], set[int]]]:
    for name in names:
        relation = model._meta.get_field(name)
        child: type[Model] = relation.related_model  # type: ignore[assignment]
        link = relation.field.name  # type: ignore[union-attr]
        assert issubclass(child, Entity)
        yield child, set(child._default_manager.filter(among(link, keys)).values_list("pk", flat=True))


def affected(imposed: Imposed) -> dict[type[Entity], dict[str, int]]:
    """Count, by level and state, what a cascade would touch and what it would leave alone; changes nothing."""
    members = below(imposed.superior)
    if imposed.state == State.DEACTIVATED:
        ending = {type(imposed.superior): {imposed.superior.pk}, **members}
        for model, keys in _reached(ending, lambda model: model.dependents).items():
            members[model] = members.get(model, set()) | keys
    counts: dict[type[Entity], dict[str, int]] = {
        model: {"touched": 0} for model in entity_models() if model in members
    }
    parts = [_by_state(model, place, members[model], imposed) for place, model in enumerate(counts)]
    levels = list(counts)
    for row in parts[0].union(*parts[1:], all=True) if parts else ():
        of_level = counts[levels[row["level"]]]
        of_level["touched"] += row["reached"]
        if left := row["of_state"] - row["reached"]:
            of_level[row["state"]] = left
    return counts


def _by_state(model: type[Entity], place: int, keys: set[int], imposed: Imposed) -> QuerySet[Any]:
    rows = model._default_manager.filter(among("pk", keys)).order_by().values("state")
    counted = rows.annotate(of_state=Count("pk"), reached=Count("pk", filter=imposed.reach()))
    return counted.annotate(level=Value(place)).values("level", "state", "of_state", "reached")


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
