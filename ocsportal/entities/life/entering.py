"""Write an entity: its next version, its next state, and what becomes of a plan."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Case, F, Model, Q, Value, When
from django.db.models.functions import Greatest

from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.states import OPEN_PLANS, PlanOutcome, PlanStatus, State
from ocsportal.entities.store.sets import Rooted, updated_below
from ocsportal.entities.store.writing import save
from ocsportal.transactions.change import Change
from ocsportal.transactions.columns import column, reverse

STATE_FIELDS = ("state", "state_reason", "state_valid_from", "state_imposed_by")
# A plan's columns when nothing is planned.
NO_PLAN: dict[str, object] = {
    "plan_status": "",
    "plan_state": "",
    "plan_reason": None,
    "plan_valid_from": None,
    "plan_valid_to": None,
    "plan_subordinates": False,
    "plan_by": "",
}
PLAN_FIELDS = tuple(NO_PLAN)
# What is kept of a plan that is not open any more, and where it stood while it was.
KEPT_OF_PLAN = {
    "last_plan_state": F("plan_state"),
    "last_plan_reason": F("plan_reason"),
    "last_plan_valid_from": F("plan_valid_from"),
}
LAST_PLAN_FIELDS = (*KEPT_OF_PLAN, "last_plan_outcome", "last_plan_code", "last_plan_message", "last_plan_at")
DROPPED = "It was dropped when something above was deactivated."


def outcome(outcome: PlanOutcome, at: datetime, code: str = "", message: str = "") -> dict[str, object]:
    """Return the columns that keep what became of a plan, with F for what comes from the plan's own."""
    return {
        **KEPT_OF_PLAN,
        "last_plan_outcome": outcome.value,
        "last_plan_code": code,
        "last_plan_message": message,
        "last_plan_at": at,
    }


def end_of_hold(reason: object) -> dict[str, object]:
    """Return the columns by which a suspension with an end plans it when it comes into force, for a reason of ACTIVE.

    Who planned it and how far it reaches stays as it stands.
    """
    return {
        "plan_status": PlanStatus.SCHEDULED.value,
        "plan_state": State.ACTIVE.value,
        "plan_reason": reason,
        "plan_valid_from": F("plan_valid_to"),
        "plan_valid_to": None,
    }


def dropped(at: datetime) -> dict[str, object]:
    """Return the columns by which a deactivation from above drops a plan, and keeps what became of an open one."""
    is_open = Q(plan_status__in=[status.value for status in OPEN_PLANS])
    kept = {
        name: Case(
            When(is_open, then=value if isinstance(value, F) else Value(value, column(Entity, name))),
            default=F(name),
        )
        for name, value in outcome(PlanOutcome.CANCELLED, at, message=DROPPED).items()
    }
    return {**NO_PLAN, **kept}


def set_columns(entity: Entity, columns: Mapping[str, object]) -> None:
    """Set columns in memory as a statement would: F takes what stands in another one before any of them is set."""
    values: dict[str, object] = {}
    for name, value in columns.items():
        field = column(entity, name)
        if isinstance(value, F):
            source = column(entity, value.name)  # type: ignore[attr-defined]
            values[field.attname] = getattr(entity, source.attname)
            if field.is_relation:
                values[name] = getattr(entity, source.name)
        else:
            values[name] = value
    for name, value in values.items():
        setattr(entity, name, value)


def enter_state(entity: Entity, state: str, reason: StateReason, valid_from: datetime, imposed_by: str = "") -> None:
    """Put an entity into a state, in memory; with no superior named the state is the entity's own."""
    entity.state = state
    entity.state_reason = reason
    entity.state_valid_from = valid_from
    entity.state_imposed_by = imposed_by


def drop_plan(entity: Entity, at: datetime) -> None:
    """Forget what was planned, in memory; of a plan that was still open it is kept that it was cancelled."""
    if entity.has_plan:
        set_columns(entity, outcome(PlanOutcome.CANCELLED, at))
    set_columns(entity, NO_PLAN)


def take_state(
    change: Change,
    entity: Entity,
    state: str,
    reason: StateReason,
    valid_from: datetime,
    keeps_plan: bool = False,
    end: Mapping[str, object] | None = None,
) -> list[Model]:
    """Write an entity into a state of its own, its plan done with unless it is kept; `end` is the plan that ends a hold.

    Return it, and what ended with a deactivation.
    """
    enter_state(entity, state, reason, valid_from)
    columns = [*STATE_FIELDS]
    if not keeps_plan:
        drop_plan(entity, change.at)
        set_columns(entity, end or {})
        columns += [*PLAN_FIELDS, *LAST_PLAN_FIELDS]
    if state != State.DEACTIVATED:
        save(change, entity, *columns)
        return [entity]
    set_columns(entity, entity.cleared)
    save(change, entity, *columns, *entity.cleared)
    return [entity, *end_belongings(type(entity), Rooted(type(entity), {entity.pk: entity.pk}))]


def end_belongings(model: type[Entity], ended: Rooted) -> list[Model]:
    """End what belongs to entities deactivated with their roots, such as the resources of subscribers; return it."""
    found: list[Model] = []
    for name in model.ends:
        child, link = reverse(model, name)
        found += updated_below(
            child,
            ended,
            link.column,
            {"valid_to": Greatest(F("valid_from"), ended.column("state_valid_from")), "version": F("version") + 1},
            live="valid_to",
        )
    return found
