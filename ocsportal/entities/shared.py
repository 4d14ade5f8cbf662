"""The operations that are the same for every level, written once; each level declares them under its own names."""

from datetime import datetime
from typing import Any

from ocsportal.entities import lifecycle
from ocsportal.entities.configuration import configured
from ocsportal.entities.identity import Ref
from ocsportal.entities.loading import lock
from ocsportal.entities.models import ConfigurationItem, Entity
from ocsportal.entities.states import NewState, State
from ocsportal.entities.values import merged_attributes, text_fault
from ocsportal.entities.writing import save
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused, refuse
from ocsportal.transactions.operation import Extra, Touched

MAX_TEXT = 255
GIVEN_NOTHING = "Give at least one field to change."


def checked_text(parameter: str, value: str) -> str:
    """Return a text of at most 255 characters; raise REQUEST-VALIDATION for anything else."""
    if fault := text_fault(parameter, value, MAX_TEXT):
        raise refuse(fault)
    return value


def refuse_taken(model: type[Entity], external_id: str | None, besides: int | None = None) -> None:
    """Raise EXTERNAL-ID-NOT-UNIQUE when any entity of the kind, deactivated ones included, has this external ID.

    The database's own constraint holds the rule when two requests race; this makes for the kinder message.
    """
    if external_id is None:
        return
    if model._default_manager.filter(external_id=external_id).exclude(pk=besides).exists():
        raise OperationRefused(
            "EXTERNAL-ID-NOT-UNIQUE",
            f"Another {model._meta.verbose_name} has the external ID {external_id!r}.",
            "externalId",
        )


def set_external_id(change: Change, entity: Entity, external_id: str) -> Touched:
    """Give an entity another external ID; the old one finds nothing from then on."""
    checked_text("externalId", external_id)
    refuse_taken(type(entity), external_id, entity.pk)
    entity.external_id = external_id
    save(change, entity, "external_id")
    return Touched([entity])


def set_custom_name(change: Change, entity: Entity, custom_name: str) -> Touched:
    """Give an entity another name."""
    entity.custom_name = checked_text("customName", custom_name)
    save(change, entity, "custom_name")
    return Touched([entity])


def set_custom_attributes(change: Change, entity: Entity, given: dict[str, str] | None, merge: bool) -> Touched:
    """Replace an entity's attributes, or merge into them."""
    entity.custom_attributes = merged_attributes(entity.custom_attributes, given, merge)
    save(change, entity, "custom_attributes")
    return Touched([entity])


def set_segment(change: Change, entity: Any, model: type[ConfigurationItem], code: str, parameter: str) -> Touched:
    """Put an entity into another segment of its kind."""
    entity.segment = configured(model, code, parameter)
    save(change, entity, "segment")
    return Touched([entity])


def state_permissions(model: type[Entity]) -> list[Extra]:
    """Return what changing a state needs beyond the operation's own permission: to deactivate, and to plan."""
    kind = str(model._meta.model_name)

    def deactivates(fields: dict[str, Any], at: datetime) -> bool:
        new = fields.get("state")
        return isinstance(new, NewState) and new.state == State.DEACTIVATED

    def plans(fields: dict[str, Any], at: datetime) -> bool:
        new = fields.get("state")
        if not isinstance(new, NewState):
            return False
        return new.pending or (new.state_valid_from is not None and new.state_valid_from > at)

    return [
        Extra(f"deactivate_{kind}", f"May deactivate a {kind}", deactivates),
        Extra(f"plan_{kind}_state", f"May plan a change of a {kind}'s state", plans),
    ]


def update_state(
    change: Change, model: type[Entity], ref: Ref, parameter: str, new: NewState, subordinates: bool
) -> Touched:
    """Change the state of what the reference names (docs/states.md)."""
    return lifecycle.change_state(change, lock(change, model, ref, parameter), new, subordinates)
