"""The cascade: a state change that reaches everything below, one statement per level (docs/states.md, cascade).

A level names its subordinates as reverse relations (`Entity.subordinates`), so a customer's cascade reaches levels that
the customers' own code has never heard of.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.db.models.functions import Greatest

from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.states import State
from ocsportal.entities.writing import NO_PLAN, clear, drop_plan, end_belongings, enter_state
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused

Members = dict[type[Entity], set[int]]


@dataclass(frozen=True)
class Imposed:
    """The change that a superior imposes: from which state to which, why, since when."""

    superior: Entity
    before: str
    state: str
    reason: StateReason
    valid_from: datetime

    @property
    def mark(self) -> str:
        """What a subordinate remembers of who imposed its state."""
        return f"{self.superior._meta.model_name}:{self.superior.ref_id}"

    def reach(self) -> Q:
        """Return which live subordinates the change applies to (docs/states.md, cascade)."""
        if self.state == State.DEACTIVATED:
            return ~Q(state=State.DEACTIVATED)
        if self.state == State.SUSPENDED and self.before != State.SUSPENDED:
            return Q(state=State.ACTIVE)
        if self.before == State.SUSPENDED:
            return Q(state=State.SUSPENDED, state_imposed_by=self.mark)
        return Q(state=self.before)


def below(entity: Entity) -> Members:
    """Return the keys of everything below an entity by model, the nearest level first; one query per relation and depth."""
    found: Members = {}
    edge: Members = {type(entity): {entity.pk}}
    while edge:
        following: Members = {}
        for model, keys in edge.items():
            for child, reached in _children(model, keys):
                fresh = reached - found.get(child, set())
                if child is type(entity):
                    fresh.discard(entity.pk)
                if fresh:
                    found.setdefault(child, set()).update(fresh)
                    following.setdefault(child, set()).update(fresh)
        edge = following
    return found


def _children(model: type[Entity], keys: Iterable[int]) -> Iterator[tuple[type[Entity], set[int]]]:
    for name in model.subordinates:
        relation = model._meta.get_field(name)
        child: type[Model] = relation.related_model  # type: ignore[assignment]
        link = relation.field.name  # type: ignore[union-attr]
        assert issubclass(child, Entity)
        reached = child._default_manager.filter(**{f"{link}__in": keys}).values_list("pk", flat=True)
        yield child, set(reached)


def affected(imposed: Imposed) -> dict[type[Entity], dict[str, int]]:
    """Count, by level and state, what a cascade would touch and what it would leave alone; changes nothing."""
    counts: dict[type[Entity], dict[str, int]] = {}
    for model, keys in below(imposed.superior).items():
        rows = model._default_manager.filter(pk__in=keys)
        touched = set(rows.filter(imposed.reach()).values_list("pk", flat=True))
        counts[model] = {"touched": len(touched)}
        for key, state in rows.values_list("pk", "state"):
            if key not in touched:
                counts[model][state] = counts[model].get(state, 0) + 1
    return counts


def refuse_live_subordinates(entity: Entity, parameter: str) -> None:
    """Raise CASM-SUBORDINATES-LIVE when anything below is not deactivated."""
    live = {
        model._meta.verbose_name_plural: count
        for model, keys in below(entity).items()
        if (count := model._default_manager.filter(pk__in=keys).exclude(state=State.DEACTIVATED).count())
    }
    if live:
        listed = ", ".join(f"{count} {name}" for name, count in live.items())
        raise OperationRefused(
            "CASM-SUBORDINATES-LIVE",
            f"There are still {listed} below that are not deactivated; ask for subordinateUpdated to deactivate them too.",
            parameter,
        )


def impose(change: Change, imposed: Imposed) -> list[Any]:
    """Apply a superior's change to what is below, locked level by level; return everything that was touched."""
    touched: list[Any] = []
    for model, keys in below(imposed.superior).items():
        rows = _locked(model._default_manager.filter(pk__in=keys).filter(imposed.reach()))
        if rows:
            touched += [*rows, *_update(change, imposed, model, rows)]
    return touched


def _locked(queryset: QuerySet[Entity]) -> list[Entity]:
    return list(
        queryset.select_related(*queryset.model.related()).select_for_update(of=("self",), no_key=True).order_by("pk")
    )


def _update(change: Change, imposed: Imposed, model: type[Entity], rows: list[Entity]) -> list[Any]:
    deactivated = imposed.state == State.DEACTIVATED
    mark = imposed.mark if imposed.state == State.SUSPENDED else ""
    model._default_manager.filter(pk__in=[row.pk for row in rows]).update(
        state=imposed.state,
        state_reason=imposed.reason,
        state_valid_from=Greatest(F("state_valid_from"), imposed.valid_from),
        state_imposed_by=mark,
        changed_at=change.at,
        version=F("version") + 1,
        **({**NO_PLAN, **model.cleared} if deactivated else {}),
    )
    for row in rows:
        enter_state(row, imposed.state, imposed.reason, max(row.state_valid_from, imposed.valid_from), mark)
        row.version += 1
        row.changed_at = change.at
        if deactivated:
            drop_plan(row)
            clear(row)
    return end_belongings(model, [row.pk for row in rows], imposed.valid_from) if deactivated else []
