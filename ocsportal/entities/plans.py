"""Planned changes: when they are due, and how they come into force (docs/states.md, plans)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from ocsportal.entities import cascade
from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.rows import among, locked
from ocsportal.entities.states import PlanStatus, State, may_follow
from ocsportal.entities.writing import save, take_state
from ocsportal.transactions.change import Change
from ocsportal.transactions.door import Outcome, record_nested
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import Channel
from ocsportal.transactions.operation import Touched
from ocsportal.transactions.system import SystemActor

# Brings one due plan of a locked entity into force, inside the write under way.
Settle = Callable[[Change, Any], Any]
# Plans beside that of the state, by level: each returns its instant and its settlement when it is due.
FURTHER_PLANS: dict[type[Entity], tuple[Callable[[Any, datetime], tuple[datetime, Settle] | None], ...]] = {}


def is_due(entity: Entity, at: datetime) -> bool:
    """Whether a scheduled change should be in force by now. A pending one never is: it waits for a decision."""
    return (
        entity.plan_status == PlanStatus.SCHEDULED
        and entity.plan_valid_from is not None
        and entity.plan_valid_from <= at
    )


def state_operation(entity: Entity) -> str:
    """Return the name of the operation that a plan of this entity carries out."""
    return f"Update{type(entity).__name__}State"


def scheduled_change(entity: Entity, at: datetime) -> Change:
    """Return the change under which a due plan comes into force: by the schedule, on behalf of who planned it."""
    return Change(
        actor=SystemActor("schedule"),  # type: ignore[arg-type]
        channel=Channel.SCHEDULE,
        at=at,
        request_id=f"due-{entity.etag}",
        on_behalf_of=entity.plan_by,
        reason="Planned change in force",
    )


def settle(change: Change, entity: Entity) -> Outcome:
    """Bring the due plan of a locked entity into force inside the write under way, under a transaction of its own."""
    scheduled = replace(scheduled_change(entity, change.at), recorded_at=change.recorded_at)
    return record_nested(state_operation(entity), scheduled, lambda: bring_into_force(scheduled, entity))


def bring_into_force(change: Change, entity: Entity) -> Touched:
    """Put the planned state into force from the planned instant, however late it is; or note why that is not possible."""
    try:
        refuse_impossible(entity)
        return Touched(enforce(change, entity))
    except OperationRefused as refusal:
        entity.plan_status = PlanStatus.REFUSED
        entity.plan_note = refusal.message
        save(change, entity, "plan_status", "plan_note")
        return Touched([entity], notice=refusal.code)


def refuse_impossible(entity: Entity) -> None:
    """Raise the refusal for a plan that what happened since has made impossible."""
    if not may_follow(entity.state, entity.plan_state):
        raise OperationRefused(
            "CASM-STATE-TRANSITION", f"{entity.plan_state} can't follow {entity.state}, which it is in by now.", "state"
        )
    if entity.plan_valid_from is None or entity.plan_valid_from < entity.state_valid_from:
        raise OperationRefused(
            "CASM-STATE-VALID-FROM",
            "The planned instant lies before the start of the present state.",
            "state.stateValidFrom",
        )
    if entity.plan_state == State.DEACTIVATED and not entity.plan_subordinates:
        cascade.refuse_live_subordinates(entity, "subordinateUpdated")


def enforce(change: Change, entity: Entity) -> list[Any]:
    """Enter the planned state and, where the plan says so, impose it below; return everything that was touched."""
    assert entity.plan_reason is not None
    assert entity.plan_valid_from is not None
    at = entity.plan_valid_from
    return enforce_state(
        change, entity, entity.plan_state, entity.plan_reason, at, subordinates=entity.plan_subordinates, until=at
    )


def enforce_state(
    change: Change,
    entity: Entity,
    state: str,
    reason: StateReason,
    valid_from: datetime,
    *,
    subordinates: bool,
    until: datetime,
    keeps_plan: bool = False,
) -> list[Any]:
    """Enter a state, impose it below if asked, and deactivate what depends on what is deactivated; return all touched.

    Plans below that are due until then come into force first.
    """
    if not subordinates and state != State.DEACTIVATED:
        return take_state(change, entity, state, reason, valid_from, keeps_plan)
    imposed = cascade.Imposed(entity, entity.state, state, reason, valid_from)
    members = cascade.below(entity) if subordinates else {}
    for model, keys in members.items():
        _settle_all(change, model, keys, until)
    own = take_state(change, entity, state, reason, valid_from, keeps_plan)
    touched = [*own, *cascade.impose(change, imposed, members)]
    # Asked only now, when what was deactivated is locked and nothing can be hung below it any more.
    ended = touched if state == State.DEACTIVATED else []
    while depending := cascade.dependents(ended):
        for model, keys in depending.items():
            _settle_all(change, model, keys, until)
        ended = cascade.impose(change, imposed, depending)
        touched += ended
    return touched


def _settle_all(change: Change, model: type[Entity], keys: set[int], until: datetime) -> None:
    due = Q(plan_status=PlanStatus.SCHEDULED, plan_valid_from__lte=until)
    for column in model.further_plans:
        due |= Q(**{f"{column}__lte": until})
    rows = model._default_manager.filter(among("pk", keys)).filter(due).order_by("pk")
    for key in list(rows.values_list("pk", flat=True)):
        one = model._default_manager.filter(pk=key)
        entity = locked(one)
        for settle_it in settlements(entity, until):
            if not entity.is_deactivated:
                settle_it(change, entity)
                entity = locked(one)


def settlements(entity: Entity, at: datetime) -> list[Settle]:
    """Return what has to be done to bring an entity's due plans into force, the earliest plan first."""
    found: list[tuple[Any, Settle]] = [(entity.plan_valid_from, settle)] if is_due(entity, at) else []
    found += [plan for further in FURTHER_PLANS.get(type(entity), ()) if (plan := further(entity, at))]
    return [settle_it for _, settle_it in sorted(found, key=lambda plan: plan[0])]
