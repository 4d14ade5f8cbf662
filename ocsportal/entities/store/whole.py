"""Read rows as a person's page shows them: whole, with what is above them, and no configuration joined."""

from typing import Any, TypeVar

from django.db import models
from django.db.models import QuerySet

from ocsportal.entities.models import Entity
from ocsportal.entities.store.remembering import with_configuration

Row = TypeVar("Row", bound=models.Model)


def whole(queryset: QuerySet[Row], *further: str) -> QuerySet[Row]:
    """Join what is above rows, up to the top, and what else is named; their configuration comes from memory.

    Each join costs planning, and beyond eight joined tables PostgreSQL keeps the order as it is written.
    """
    links = [*levels_up(queryset.model), *further]
    return with_configuration(queryset.select_related(*links) if links else queryset)


def levels_up(model: Any) -> list[str]:
    """Return the foreign keys that lead from a model to other entities, up to the top: `account__customer`, `parent`."""
    paths: list[str] = []
    for field in model._meta.concrete_fields:
        target: Any = field.related_model
        if field.name == getattr(model, "parent_link", ""):
            paths.append(field.name)
        elif target is not None and issubclass(target, Entity):
            paths += [
                field.name,
                *(f"{field.name}__{path}" for path in levels_up(target) if path != target.parent_link),
            ]
    return paths


def entities_of(model: Any) -> list[str]:
    """Return the paths of `related()` that lead to entities: the rest of them is configuration."""
    return [path for path in model.related() if issubclass(_end(model, path), Entity)]


def _end(model: Any, path: str) -> Any:
    for name in path.split("__"):
        model = model._meta.get_field(name).related_model
    return model
