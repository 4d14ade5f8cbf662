"""Find configuration items by the code that a request names."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from django.db.models import Model

from ocsportal.entities.models import ConfigurationItem, StateReason
from ocsportal.entities.values import few, nearest
from ocsportal.transactions import edition
from ocsportal.transactions.errors import Fault, OperationRefused

Item = TypeVar("Item", bound=ConfigurationItem)
Row = TypeVar("Row", bound=Model)
Value = TypeVar("Value")
# Codes that an unknown one is compared with, to tell those that are most like it.
MOST_COMPARED = 1000


def configured(model: type[Item], code: str, parameter: str) -> Item:
    """Return the item of that code; raise CONFIG-NOT-FOUND when none is configured."""
    found = item_of_code(model, code)
    if found is None:
        known = nearest(code, list(model._default_manager.values_list("code", flat=True)[:MOST_COMPARED]))
        words = f"No {model._meta.verbose_name} is configured under the code {code!r}. Known: {few(known) or 'none'}."
        raise OperationRefused("CONFIG-NOT-FOUND", words, parameter)
    return found


def item_of_code(model: type[Item], code: str) -> Item | None:
    """Return the item of that code, None when none is configured."""
    return _remembered(model, code=code)


def _remembered(model: type[Row], stands: str | None = None, **key: object) -> Row | None:
    def read() -> Row | None:
        related = [field.name for field in model._meta.concrete_fields if field.is_relation]
        rows = model._default_manager.select_related(*related) if related else model._default_manager.all()
        return rows.filter(**key).first()

    return remembered((model, *key.items()), read, stands)


def remembered(key: Hashable, read: Callable[[], Value], stands: str | None = None) -> Value:
    """Return what is read from watched tables, from memory where it was read at the edition that stands.

    Without an edition named it is that of the operation under way, and outside of one nothing is remembered. Nobody may
    change what is returned.
    """
    stands = edition.current() if stands is None else stands
    found: Value | None = edition.recall(stands, key)
    if found is None:
        found = read()
        # The edition stood before; it must stand after, too, or else nobody knows which one this was read at.
        if found is not None and stands and edition.read() == stands:
            edition.remember(stands, key, found)
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
