"""Find configuration items by the code that a request names."""

from typing import Any, TypeVar

from ocsportal.entities.models import ConfigurationItem, StateReason
from ocsportal.transactions import edition
from ocsportal.transactions.errors import Fault, OperationRefused

Item = TypeVar("Item", bound=ConfigurationItem)


def configured(model: type[Item], code: str, parameter: str) -> Item:
    """Return the item of that code; raise CONFIG-NOT-FOUND when none is configured."""
    found = _remembered(model, code=code)
    if found is None:
        raise OperationRefused(
            "CONFIG-NOT-FOUND", f"No {model._meta.verbose_name} is configured under the code {code!r}.", parameter
        )
    return found


def item(model: type[Item], key: int, stands: str) -> Item:
    """Return the item of a primary key, from memory where it is remembered for the edition that stands."""
    found = _remembered(model, stands, pk=key)
    assert found is not None
    return found


def _remembered(model: type[Item], stands: str | None = None, **key: Any) -> Item | None:
    stands = edition.current() if stands is None else stands
    memory = (model, *key.items())
    found: Item | None = edition.recall(stands, memory)
    if found is None:
        related = [field.name for field in model._meta.concrete_fields if field.is_relation]
        found = (
            model._default_manager.select_related(*related).filter(**key).first()
            if related
            else model._default_manager.filter(**key).first()
        )
        # The edition stood before; it must stand after, too, or else nobody knows which one this was read at.
        if found is not None and stands and edition.read() == stands:
            edition.remember(stands, memory, found)
    return found


def configured_or_none(model: type[Item], code: str | None, parameter: str) -> Item | None:
    """Return the item of that code, or None when no code was given."""
    return None if code is None else configured(model, code, parameter)


def reason_for(state: str, code: str, parameter: str = "state.stateReason") -> StateReason:
    """Return the reason; raise CONFIG-NOT-FOUND when it is not configured, or not for this state."""
    reason = configured(StateReason, code, parameter)
    if reason.state != state:
        raise OperationRefused(*reason_fault(reason, state, parameter))
    return reason


def reason_fault(reason: StateReason, state: str, parameter: str) -> tuple[str, str, str]:
    """Return what to say of a reason that belongs to another state."""
    fault = Fault("CONFIG-NOT-FOUND", parameter, f"{reason.code} is a reason for {reason.state}, not for {state}.")
    return fault.code, fault.message, fault.parameter
