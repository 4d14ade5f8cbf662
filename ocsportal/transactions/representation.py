"""How an entity looks from outside: one JSON form, for REST, the stored answer and the events alike."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from ocsportal.registries import Named
from ocsportal.transactions.history import HistoryRow
from ocsportal.transactions.shapes import Shape

Represent = Callable[[Any], dict[str, object]]
_forms: Named[type[models.Model], tuple[str, Represent]] = Named()
_shapes: Named[type[models.Model], Shape] = Named()
_further: Named[str, Shape] = Named()
# By objectType, what is personal of it: the path of each field, and what it says once its value was erased.
Personal = Mapping[str, object]
_personal: Named[str, Personal] = Named()


def represents(
    model: type[models.Model], type_name: str, shape: Shape | None = None, personal: Personal | None = None
) -> Callable[[Represent], Represent]:
    """Declare the function that represents a model, and the objectType that goes with it.

    Beside them the shape of what it returns, and what of that is personal.
    """

    def enter(function: Represent) -> Represent:
        _forms.enter(model, (type_name, function))
        _personal.enter(type_name, personal or {})
        if shape is not None:
            _shapes.enter(model, shape)
        return function

    return enter


def personal_of(type_name: str) -> Personal | None:
    """Return what is personal of an objectType, None where nobody has said."""
    return _personal.get(type_name)


def represent(entity: models.Model) -> dict[str, object]:
    """Return the entity as JSON values: in its declared form, or else column by column as its history keeps it."""
    return represent_as(type(entity), entity)


def represent_as(model: type[models.Model], row: HistoryRow) -> dict[str, object]:
    """Return a row of a model, or of its history, in the form of the model."""
    if model in _forms:
        return _forms[model][1](row)
    history = getattr(model, "history", None)
    kept = history.model.tracked_fields if history else model._meta.concrete_fields
    return {field.attname: _plain(getattr(row, field.attname)) for field in kept}


def type_name(model: type[models.Model]) -> str:
    """Return the contract's name of a type, or the model's where the contract has none."""
    return _forms[model][0] if model in _forms else model._meta.label


def tells(name: str, shape: Shape, personal: Personal | None = None) -> None:
    """Declare the shape of what is told under an objectType that is no model's, and what of it is personal if that is known."""
    _further.enter(name, shape)
    if personal is not None:
        _personal.enter(name, personal)


def shapes() -> dict[str, Shape]:
    """Return the shapes of what is told, by objectType."""
    return dict(sorted({**{type_name(model): shape for model, shape in _shapes.items()}, **_further}.items()))


def object_type(entity: models.Model) -> str:
    """Return the name of an entity's type."""
    return type_name(type(entity))


def _plain(value: object) -> object:
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
