"""Write an entity: its next version, its next state, and the end of a plan."""

from datetime import datetime
from typing import Any

from ocsportal.entities.models import Entity, StateReason
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
    entity.save(update_fields=[*fields, "changed_at", "version"])


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
