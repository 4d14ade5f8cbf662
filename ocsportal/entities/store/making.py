"""Make a row in memory that is going to be inserted, as its model's own constructor would, at little cost.

The constructor asks forty fields for their defaults, sets each through its descriptor and tells signals that nobody
hears.
"""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from django.db import models
from django.db.models.base import ModelState

Row = TypeVar("Row", bound=models.Model)


def new(model: type[Row], **values: object) -> Row:
    """Return a new row with these values, by the names of its fields; what is not named has its default.

    Raise TypeError for a name that is no field.
    """
    plain, called, links = _form(model)
    made = model.__new__(model)
    made._state = state = ModelState()
    attributes = made.__dict__
    attributes.update(plain)
    for name, value in values.items():
        if name in links:
            attributes[links[name]] = value.pk if isinstance(value, models.Model) else None
            state.fields_cache[name] = value
        elif name in plain or name in called:
            attributes[name] = value
        else:
            raise TypeError(f"{model.__name__} has no field {name!r}.")
    for name, default in called.items():
        if name not in attributes:
            attributes[name] = default()
    return made


# Without this each row would ask each of its model's fields what it is by default.
@cache
def _form(model: type[models.Model]) -> tuple[dict[str, object], dict[str, Callable[[], object]], dict[str, str]]:
    """Return the defaults that are always the same, those that are made anew, and the columns of the foreign keys."""
    plain: dict[str, object] = {}
    called: dict[str, Callable[[], object]] = {}
    for field in model._meta.concrete_fields:
        given = field.default is not models.NOT_PROVIDED and callable(field.default)
        if given or field.has_db_default():
            called[field.attname] = field.get_default
        else:
            plain[field.attname] = field.get_default()
    return plain, called, {field.name: field.attname for field in model._meta.concrete_fields if field.is_relation}
