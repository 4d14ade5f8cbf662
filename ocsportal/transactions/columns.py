"""What the metadata of models says, in types: Django's own also reckon with what no model here has.

Asked where statements are put together and when modules are loaded; who asks for each row keeps the answer.
"""

from typing import TypeVar

from django.db.models import Field, ForeignKey, Model

Target = TypeVar("Target", bound=Model)


def column(model: type[Model] | Model, name: str) -> Field:
    """Return the column of a name; raise FieldDoesNotExist."""
    found = model._meta.get_field(name)
    assert isinstance(found, Field), f"{model._meta.label}.{name} is no column."
    return found


def links_of(model: type[Model] | Model) -> list[ForeignKey]:
    """Return the foreign keys of a model."""
    return [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]


def target(link: Field, kind: type[Target] = Model) -> type[Target]:  # type: ignore[assignment]
    """Return the model that a foreign key leads to, which has to be one of a kind."""
    found = link.related_model
    assert isinstance(found, type), f"{link} leads nowhere."
    assert issubclass(found, kind), f"{link} leads to no {kind.__name__}."
    return found
