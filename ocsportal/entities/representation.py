"""The parts of an entity's JSON form that every level shares (docs/rest.md, answers)."""

from ocsportal.entities.models import ConfigurationItem, Entity
from ocsportal.entities.states import PlanStatus
from ocsportal.transactions.representation import instant


def item_json(item: ConfigurationItem | None) -> dict[str, str] | None:
    """Return a configuration item as `{"refId","code","name"}`."""
    return None if item is None else {"refId": item.ref_id, "code": item.code, "name": item.name}


def reference_json(entity: Entity | None) -> dict[str, str | None] | None:
    """Return a reference to another entity."""
    return None if entity is None else {"refId": entity.ref_id, "externalId": entity.external_id}


def state_json(entity: Entity) -> dict[str, object]:
    """Return the state object of an entity, or of a version of it."""
    return {
        "state": entity.state,
        "stateReason": item_json(entity.state_reason),
        "stateValidFrom": instant(entity.state_valid_from),
    }


def planned_json(entity: Entity) -> dict[str, object] | None:
    """Return the planned change as a state object with `pending`, None when nothing is planned."""
    if entity.plan_status not in (PlanStatus.PENDING, PlanStatus.SCHEDULED):
        return None
    return {
        "state": entity.plan_state,
        "stateReason": item_json(entity.plan_reason),
        "stateValidFrom": instant(entity.plan_valid_from),
        "pending": entity.plan_status == PlanStatus.PENDING,
        "subordinateUpdated": entity.plan_subordinates,
    }


def last_plan_json(entity: Entity) -> dict[str, object] | None:
    """Return what became of the last plan that is not open any more, None when there was none."""
    if not entity.last_plan_outcome:
        return None
    return {
        "state": entity.last_plan_state,
        "stateReason": item_json(entity.last_plan_reason),
        "stateValidFrom": instant(entity.last_plan_valid_from),
        "outcome": entity.last_plan_outcome,
        "code": entity.last_plan_code or None,
        "message": entity.last_plan_message or None,
        "at": instant(entity.last_plan_at),
    }


def identity_json(entity: Entity) -> dict[str, object]:
    """Return the IDs, the name and the attributes of an entity."""
    return {
        "refId": entity.ref_id,
        "externalId": entity.external_id,
        "customName": entity.custom_name or None,
        "customAttributes": entity.custom_attributes,
    }


def age_json(entity: Entity) -> dict[str, object]:
    """Return when an entity was made and last changed, and as which version it stands."""
    return {
        "createdAt": instant(entity.created_at),
        "changedAt": instant(entity.changed_at),
        "version": entity.version,
    }
