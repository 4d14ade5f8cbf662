"""How an entity looks from outside: one JSON form, for REST, the stored answer and the events alike."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

Represent = Callable[[Any], dict[str, Any]]
_forms: dict[type[models.Model], tuple[str, Represent]] = {}


def represents(model: type[models.Model], type_name: str) -> Callable[[Represent], Represent]:
    """Declare the function that represents a model, and the objectType that goes with it."""

    def enter(function: Represent) -> Represent:
        _forms[model] = (type_name, function)
        return function

    return enter


def represent(entity: models.Model) -> dict[str, Any]:
    """Return the entity as JSON values: in its declared form, or else column by column as its history keeps it."""
    if type(entity) in _forms:
        return _forms[type(entity)][1](entity)
    history = getattr(type(entity), "history", None)
    kept = history.model.tracked_fields if history else entity._meta.concrete_fields
    return {field.attname: _plain(getattr(entity, field.attname)) for field in kept}


def represent_as(model: type[models.Model], row: Any) -> dict[str, Any]:
    """Return a historical row in the form of the model that it is a version of."""
    return _forms[model][1](row)


def object_type(entity: models.Model) -> str:
    """Return the contract's name of the entity's type, or the model's where the contract has none."""
    return _forms[type(entity)][0] if type(entity) in _forms else entity._meta.label


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    return value if isinstance(value, str | int | float | bool | dict | list | None) else str(value)


def instant(moment: datetime | None) -> str | None:
    """Return an instant as ISO 8601 with milliseconds and the offset of the configured time zone."""
    return (
        None
        if moment is None
        else moment.astimezone(timezone.get_default_timezone()).isoformat(timespec="milliseconds")
    )
