"""What the metadata of models says, in types: Django's own also reckon with what no model here has.

Asked where statements are put together and when modules are loaded; who asks for each row keeps the answer.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias, TypeVar
from uuid import UUID

from django.db.models import Field, ForeignKey, ManyToOneRel, Model

Target = TypeVar("Target", bound=Model)
# What a statement takes as a parameter.
Parameter: TypeAlias = (
    bool
    | int
    | float
    | Decimal
    | str
    | bytes
    | date
    | datetime
    | UUID
    | list[int]
    | list[str]
    | list[str | None]
    | None
)


def column(model: type[Model] | Model, name: str) -> Field:
    """Return the column of a name; raise FieldDoesNotExist."""
    found = model._meta.get_field(name)
    assert isinstance(found, Field), f"{model._meta.label}.{name} is no column."
    return found


def links_of(model: type[Model] | Model) -> list[ForeignKey]:
    """Return the foreign keys of a model."""
    return [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]


def target(link: Field) -> type[Model]:
    """Return the model that a foreign key leads to."""
    found = link.related_model
    assert isinstance(found, type), f"{link} leads nowhere."
    return found


def target_of(link: Field, kind: type[Target]) -> type[Target]:
    """Return the same where it has to be a model of a kind."""
    found = target(link)
    assert issubclass(found, kind), f"{link} leads to no {kind.__name__}."
    return found


def reverse(model: type[Model] | Model, name: str) -> tuple[type[Model], ForeignKey]:
    """Return the model that a reverse relation leads to, and the foreign key by which it is made."""
    relation = model._meta.get_field(name)
    assert isinstance(relation, ManyToOneRel), f"{model._meta.label}.{name} is no reverse relation."
    return relation.related_model, relation.field


def key_of(model: type[Model]) -> str:
    """Return the column of a model's primary key."""
    return name_of(column(model, model._meta.pk.name))


def name_of(field: Field) -> str:
    """Return what a column is called in the database."""
    assert field.column is not None
    return field.column
