"""The cascade: a state change that reaches everything below, one statement per level (docs/states.md, cascade).

A level names its subordinates as reverse relations (`Entity.subordinates`), so a customer's cascade reaches levels that
the customers' own code has never heard of.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypedDict

from django.db import connection
from django.db.models import Count, F, Model, Q, QuerySet, Value
from django.db.models.functions import Greatest

from ocsportal.entities.life.entering import dropped, end_belongings
from ocsportal.entities.models import Entity, StateReason, entity_models, level_of
from ocsportal.entities.states import State
from ocsportal.entities.store.sets import Known, Rooted, among, pairs, updated, updated_below
from ocsportal.transactions.change import Change
from ocsportal.transactions.columns import reverse
from ocsportal.transactions.errors import OperationRefused

# The keys of what is below something, by model, each with the root that it is below of: the topmost level first.
Members = dict[type[Entity], dict[int, int]]
# The same where a key may be below several roots.
Pairs = dict[type[Entity], list[tuple[int, int]]]


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


class Counted(TypedDict):
    """How many of a level are in a state, and how many of them a change reaches."""

    level: int
    state: str
    of_state: int
    reached: int


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

    def applies_to(self) -> dict[str, set[str] | None]:
        """Return which states of subordinates the change applies to (docs/states.md, cascade).

        With each goes who must have imposed it, None where that is all the same.
        """
        if self.state == State.DEACTIVATED:
            return {state.value: None for state in State if state != State.DEACTIVATED}
        if self.before == State.SUSPENDED:
            return {State.SUSPENDED.value: self.marks}
        if self.state == State.SUSPENDED:
            return {State.ACTIVE.value: None, State.SUSPENDED.value: self.marks}
        return {self.before: None}

    def reaches(self, state: str, imposed_by: str) -> bool:
        """Whether the change applies to a subordinate in this state."""
        applies = self.applies
        return state in applies and ((marks := applies[state]) is None or imposed_by in marks)

    @cached_property
    def applies(self) -> dict[str, set[str] | None]:
        """What `applies_to` returns, asked once."""
        return self.applies_to()

    def reach(self) -> Q:
        """Return the same as a condition."""
        condition = Q(pk__in=[])
        for state, marks in self.applies.items():
            condition |= Q(state=state) if marks is None else Q(state=state, state_imposed_by__in=marks)
        return condition


def below(entity: Entity) -> Members:
    """Return the keys of everything below an entity by model, the topmost level first; one statement per level."""
    return members_of(pairs_below(type(entity), {entity.pk}))


def pairs_below(model: type[Entity], roots: Iterable[int], most: int | None = None) -> Pairs:
    """Return the keys of everything below some entities of a model, with whose they are; one statement per level.

    With `most` it looks no further when a level has more than that; what it returns is then incomplete.
    """
    return _reached({model: [(root, root) for root in roots]}, lambda model: model.subordinates, most)


def depending_on(start: Pairs) -> Pairs:
    """Return what is deactivated with deactivated entities whether asked for or not, and what that takes with it."""
    return _reached(start, lambda model: model.dependents, None)


def members_of(found: Pairs) -> Members:
    """Return keys that are below one root each."""
    return {model: dict(those) for model, those in found.items()}


def _reached(start: Pairs, names: Callable[[type[Entity]], Iterable[str]], most: int | None) -> Pairs:
    """Return the keys of everything that relations lead to from a start: they lead down, or on within a level."""
    found: Pairs = {}
    for model in entity_models():
        links: list[tuple[str, list[tuple[int, int]]]] = []
        onward = ""
        for above in dict.fromkeys([model, *start, *found]):
            keys = [*start.get(above, ()), *found.get(above, ())]
            for link, child in (_link(above, name) for name in names(above)):
                if child is model:
                    if keys:
                        links.append((link, keys))
                    onward = link if above is model else onward
        if links and (reached := _followed(model, links, onward, most)):
            found[model] = reached
            if most is not None and len(reached) > most:
                break
    return found


def _link(model: type[Entity], name: str) -> tuple[str, type[Entity]]:
    """Return by which column a relation is made, and to whom it leads."""
    child, link = reverse(model, name)
    return link.column, level_of(child)


def _followed(
    model: type[Entity], links: list[tuple[str, list[tuple[int, int]]]], onward: str, most: int | None
) -> list[tuple[int, int]]:
    """Return the keys of the rows that links lead to, and of those that hang on them within their level."""
    table, parts, parameters = f'"{model._meta.db_table}"', [], []
    for link, keys in links:
        source, given = pairs(keys, connection.vendor)
        parts.append(f'SELECT t.id, k.root FROM {source} JOIN {table} t ON t."{link}" = k.id')
        parameters += given
    if onward:
        parts.append(f'SELECT t.id, down.root FROM down JOIN {table} t ON t."{onward}" = down.id')
    limit = "" if most is None else f" LIMIT {most + 1}"
    # UNION, and not UNION ALL: what is below a root by two ways is reached once. One statement a level, whatever the
    # depth; row by row it would be one for each row.
    walk = f"WITH RECURSIVE down(id, root) AS ({' UNION '.join(parts)}) SELECT id, root FROM down{limit}"
    with connection.cursor() as cursor:
        cursor.execute(walk, parameters)
        return list(cursor.fetchall())


def dependents(ended: Members) -> Members:
    """Return the keys of what is still to be deactivated with deactivated entities, whoever has it."""
    found: Members = {}
    for model, keys in ended.items():
        for name in model.dependents if keys else ():
            relation, link = reverse(model, name)
            child = level_of(relation)
            live = child._default_manager.filter(among(link.name, keys)).exclude(state=State.DEACTIVATED)
            if still := dict(live.values_list("pk", link.attname)):
                found.setdefault(child, {}).update({key: keys[parent] for key, parent in still.items()})
    return found


def affected(imposed: Imposed) -> dict[type[Entity], dict[str, int]]:
    """Count, by level and state, what a cascade would touch and what it would leave alone; changes nothing."""
    members = below(imposed.superior)
    if imposed.state == State.DEACTIVATED:
        root = imposed.superior.pk
        ending: Pairs = {model: list(keys.items()) for model, keys in members.items()}
        ending.setdefault(type(imposed.superior), []).append((root, root))
        for model, those in depending_on(ending).items():
            members[model] = {**members.get(model, {}), **dict(those)}
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


def _by_state(model: type[Entity], place: int, keys: Iterable[int], imposed: Imposed) -> QuerySet[Entity, Counted]:
    rows = model._default_manager.filter(among("pk", keys)).order_by().values("state")
    counted = rows.annotate(of_state=Count("pk"), reached=Count("pk", filter=imposed.reach()))
    return counted.annotate(level=Value(place)).values("level", "state", "of_state", "reached")


def refuse_live_subordinates(entity: Entity, parameter: str) -> None:
    """Raise CASM-SUBORDINATES-LIVE when anything below is not deactivated."""
    if refusal := live_subordinates(type(entity), [entity.pk], parameter).get(entity.pk):
        raise refusal


def live_subordinates(model: type[Entity], roots: Iterable[int], parameter: str) -> dict[int, OperationRefused]:
    """Return, by root, why entities can't be deactivated without what is below them; two statements per level."""
    live: dict[int, dict[str, int]] = {}
    for child, those in pairs_below(model, roots).items():
        rows = child._default_manager.filter(among("pk", {key for key, _ in those})).exclude(state=State.DEACTIVATED)
        still = set(rows.values_list("pk", flat=True))
        name = str(child._meta.verbose_name_plural)
        for key, root in those:
            if key in still:
                counts = live.setdefault(root, {})
                counts[name] = counts.get(name, 0) + 1
    return {root: _still_live(counts, parameter) for root, counts in live.items()}


def _still_live(counts: dict[str, int], parameter: str) -> OperationRefused:
    listed = ", ".join(f"{count} {name}" for name, count in counts.items())
    return OperationRefused(
        "CASM-SUBORDINATES-LIVE",
        f"There are still {listed} below that are not deactivated; ask for subordinateUpdated to deactivate them too.",
        parameter,
    )


def impose(change: Change, steps: Mapping[int, Imposed], members: Members) -> tuple[list[Model], Members]:
    """Apply superiors' changes to what is below them, locked level by level; return all touched, and the keys reached.

    `steps` are the changes by the keys of the superiors, all of one model, which have entered their states already:
    what is below takes state, reason and start from there, so that any number of superiors cost one statement a level.
    """
    touched: list[Model] = []
    reached: Members = {}
    roots = next(type(step.superior) for step in steps.values())
    known: Known = {roots: {key: step.superior for key, step in steps.items()}}
    for model, keys in members.items():
        standing = model._default_manager.filter(among("pk", keys)).exclude(state=State.DEACTIVATED).order_by("pk")
        # Locked before their states are looked at, and in the order of keys. Without the lock, who resumes one of them
        # at the same time would be overwritten; in another order, two cascades over the same rows would be a deadlock.
        held = standing.select_for_update(no_key=True).values_list("pk", "state", "state_imposed_by")
        by_state: dict[str, dict[int, int]] = {}
        for key, state, imposed_by in held:
            step = steps[keys[key]]
            if step.reaches(state, imposed_by):
                by_state.setdefault(step.state, {})[key] = keys[key]
        for state, those in by_state.items():
            written = Rooted(roots, those)
            rows = updated_below(model, written, "id", _imposed_columns(change, model, state, written), known)
            touched += rows
            known.setdefault(model, {}).update({row.pk: row for row in rows})
            reached.setdefault(model, {}).update(those)
            if state == State.DEACTIVATED:
                touched += end_belongings(model, written)
    return touched, reached


def _imposed_columns(change: Change, model: type[Entity], state: str, written: Rooted) -> dict[str, object]:
    return {
        "state": state,
        "state_reason": written.column("state_reason"),
        "state_valid_from": Greatest(F("state_valid_from"), written.column("state_valid_from")),
        "state_imposed_by": written.mark() if state == State.SUSPENDED else "",
        **({**dropped(change.at), **model.cleared} if state == State.DEACTIVATED else {}),
        "changed_at": change.written_at,
        "version": F("version") + 1,
    }


def hand_over(change: Change, entity: Entity, marks: set[str]) -> list[Model]:
    """Let an entity stand for superiors that are no longer above it: what they had suspended below, it has by now."""
    touched: list[Model] = []
    for model, keys in below(entity).items() if marks else ():
        rows = model._default_manager.filter(among("pk", keys), state_imposed_by__in=marks)
        touched += _write(change, rows, {}, state_imposed_by=mark(entity))
    return touched


def _write(change: Change, rows: QuerySet[Entity], known: Known, **columns: object) -> list[Entity]:
    """Lock rows in the order of their keys, write them, and return them as they then are."""
    keys = list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if not keys:
        return []
    those = rows.model._default_manager.filter(among("pk", keys))
    return updated(those, known, **columns, changed_at=change.written_at, version=F("version") + 1)
