"""Write an entity: its next version, its next state, and the end of a plan."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F
from django.db.models.functions import Greatest

from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.rows import among, updated
from ocsportal.entities.states import State
from ocsportal.entities.storing import update
from ocsportal.transactions.change import Change

STATE_FIELDS = ("state", "state_reason", "state_valid_from", "state_imposed_by")
PLAN_FIELDS = (
    "plan_status", "plan_state", "plan_reason", "plan_valid_from", "plan_subordinates", "plan_by", "plan_note",
)  # fmt: skip
# A plan's columns when nothing is planned.
NO_PLAN: dict[str, Any] = {
    "plan_status": "",
    "plan_state": "",
    "plan_reason": None,
    "plan_valid_from": None,
    "plan_subordinates": False,
    "plan_by": "",
    "plan_note": "",
}


def save(change: Change, entity: Entity, *fields: str) -> None:
    """Write the named columns as the entity's next version."""
    entity.version += 1
    entity.changed_at = change.at
    update(entity, *fields, "changed_at", "version")


def enter_state(entity: Entity, state: str, reason: StateReason, valid_from: datetime, imposed_by: str = "") -> None:
    """Put an entity into a state, in memory; with no superior named the state is the entity's own."""
    entity.state = state
    entity.state_reason = reason
    entity.state_valid_from = valid_from
    entity.state_imposed_by = imposed_by


def drop_plan(entity: Entity) -> None:
    """Forget what was planned, in memory."""
    for name, value in NO_PLAN.items():
        setattr(entity, name, value)


def take_state(
    change: Change,
    entity: Entity,
    state: str,
    reason: StateReason,
    valid_from: datetime,
    keeps_plan: bool = False,
) -> list[Any]:
    """Write an entity into a state of its own, its plan done with unless it is kept.

    Return it, and what ended with a deactivation.
    """
    enter_state(entity, state, reason, valid_from)
    columns = [*STATE_FIELDS]
    if not keeps_plan:
        drop_plan(entity)
        columns += PLAN_FIELDS
    if state != State.DEACTIVATED:
        save(change, entity, *columns)
        return [entity]
    save(change, entity, *columns, *clear(entity))
    return [entity, *end_belongings(type(entity), [entity.pk], valid_from)]


def clear(entity: Entity) -> list[str]:
    """Reset, in memory, what does not outlive an entity's deactivation; return the columns."""
    for name, value in entity.cleared.items():
        setattr(entity, name, value)
    return list(entity.cleared)


def end_belongings(model: type[Entity], keys: Sequence[int], at: datetime) -> list[Any]:
    """End what belongs to deactivated entities, such as the resources of subscribers; return what was ended."""
    ended: list[Any] = []
    for name in model.ends:
        relation: Any = model._meta.get_field(name)
        live = relation.related_model._default_manager.filter(among(relation.field.name, keys), valid_to=None)
        ended += updated(live, valid_to=Greatest(F("valid_from"), at), version=F("version") + 1)
    return ended
