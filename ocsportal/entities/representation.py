"""The parts of an entity's JSON form that every level shares (docs/rest.md, answers)."""

from django.db import models

from ocsportal.entities.models import ConfigurationItem, Entity
from ocsportal.entities.states import PlanStatus, State
from ocsportal.transactions.history import HistoryRow
from ocsportal.transactions.representation import instant
from ocsportal.transactions.shapes import FLAG, MOMENT, TEXT, WHOLE, Shape, entity, mapped, maybe, one_of, record

ITEM = record(refId=TEXT, code=TEXT, name=TEXT)
REFERENCE = record(refId=TEXT, externalId=maybe(TEXT))
STATE = record(state=one_of(State.values), stateReason=ITEM, stateValidFrom=MOMENT)
PLANNED = record(**STATE["properties"], stateValidTo=maybe(MOMENT), pending=FLAG, subordinateUpdated=FLAG)
LAST_PLAN = record(
    state=one_of(State.values), stateReason=maybe(ITEM), stateValidFrom=maybe(MOMENT), outcome=TEXT, code=maybe(TEXT),
    message=maybe(TEXT), at=maybe(MOMENT),
)  # fmt: skip
IDENTITY = {"refId": TEXT, "externalId": maybe(TEXT), "customName": maybe(TEXT), "customAttributes": mapped(TEXT)}
LIFE = {"state": STATE, "plannedState": maybe(PLANNED), "lastPlan": maybe(LAST_PLAN)}
AGE = {"createdAt": MOMENT, "changedAt": MOMENT, "version": WHOLE}

# What is told first, or not at all.
UNTOLD = {"id", "version", "ref_id", "code", "name", "description"}

# What is personal of every entity, and what it says once that was erased.
PERSONAL: dict[str, object] = {"customName": None, "customAttributes": {}, "lastPlan.message": None}


def item_json(item: ConfigurationItem | None) -> dict[str, str] | None:
    """Return a configuration item as `{"refId","code","name"}`."""
    return None if item is None else {"refId": item.ref_id, "code": item.code, "name": item.name}


def camel(name: str) -> str:
    """Return a column's name as REST writes it."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def configuration_json(model: type[ConfigurationItem], item: HistoryRow) -> dict[str, object]:
    """Return a configuration item, or a version of one, column by column; other items as references."""
    first = {"refId": item.ref_id, "code": item.code, "name": item.name, "description": item.description}
    own = [column.name for column in model._meta.concrete_fields if column.name not in UNTOLD]
    return {**first, **{camel(name): _told(getattr(item, name)) for name in own}, "version": item.version}


def configuration_shape(model: type[ConfigurationItem]) -> Shape:
    """Return the shape of the same."""
    own = [column for column in model._meta.concrete_fields if column.name not in UNTOLD]
    first = {"refId": TEXT, "code": TEXT, "name": TEXT, "description": TEXT}
    return entity(**first, **{camel(column.name): _shape(column) for column in own}, version=WHOLE)


def _shape(column: models.Field) -> Shape:
    kinds = ((models.BooleanField, FLAG), (models.IntegerField, WHOLE))
    plain = next((shape for kind, shape in kinds if isinstance(column, kind)), TEXT)
    shape = ITEM if column.is_relation else plain
    return maybe(shape) if column.null else shape


def _told(value: object) -> object:
    # A version refers to an item as the item does.
    return item_json(value) if isinstance(value, ConfigurationItem) else value


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
        "stateValidTo": instant(entity.plan_valid_to),
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


def life_json(entity: Entity) -> dict[str, object]:
    """Return what ends the form of every entity: its state, its plans, its age."""
    return {
        "state": state_json(entity),
        "plannedState": planned_json(entity),
        "lastPlan": last_plan_json(entity),
        **age_json(entity),
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
