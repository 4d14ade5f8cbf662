"""Read rows as a person's page shows them: whole, with what is above them, and no configuration joined."""

from typing import TypeVar

from django.db import models
from django.db.models import QuerySet

from ocsportal.entities.models import Entity, Identified
from ocsportal.entities.store.remembering import with_configuration
from ocsportal.transactions.columns import column, links_of, target

Row = TypeVar("Row", bound=models.Model)


def whole(queryset: QuerySet[Row], *further: str) -> QuerySet[Row]:
    """Join what is above rows, up to the top, and what else is named; their configuration comes from memory.

    Each join costs planning, and beyond eight joined tables PostgreSQL keeps the order as it is written.
    """
    links = [*levels_up(queryset.model), *further]
    return with_configuration(queryset.select_related(*links) if links else queryset)


def levels_up(model: type[models.Model]) -> list[str]:
    """Return the foreign keys that lead from a model to other entities, up to the top: `account__customer`, `parent`."""
    paths: list[str] = []
    for field in links_of(model):
        above = target(field)
        if field.name == getattr(model, "parent_link", ""):
            paths.append(field.name)
        elif issubclass(above, Entity):
            paths += [
                field.name,
                *(f"{field.name}__{path}" for path in levels_up(above) if path != above.parent_link),
            ]
    return paths


def entities_of(model: type[models.Model]) -> list[str]:
    """Return the paths that a representation follows to entities: the rest of them is configuration."""
    paths = model.related() if issubclass(model, Identified) else [link.name for link in links_of(model)]
    return [path for path in paths if issubclass(_end(model, path), Entity)]


def _end(model: type[models.Model], path: str) -> type[models.Model]:
    for name in path.split("__"):
        model = target(column(model, name))
    return model
