"""Give rows their configuration from memory, in lists as in single reads.

A list joins what is above its rows, and nothing else: beyond eight joined tables PostgreSQL keeps the order as written,
and each join costs planning. What a process does not remember yet is loaded for the whole page, with one statement for
each kind of configuration.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import QuerySet, Subquery
from django.db.models.query import ModelIterable

from ocsportal.entities.store.sets import REFERENCE
from ocsportal.transactions import edition
from ocsportal.transactions.models import Edition

Row = TypeVar("Row", bound=models.Model)

# Under this name each row says at which edition it was read.
STANDS = "stands"


# Without this each row of a list would ask each of its fields whether it leads to configuration. Which tables are
# watched is declared as models load, before anybody asks.
@cache
def configuration_of(model: Any) -> tuple[Any, ...]:
    """Return the foreign keys of a model that lead to configuration, whose changes draw a new edition; users are none."""
    related: list[Any] = [field for field in model._meta.concrete_fields if field.is_relation]
    return tuple(
        field
        for field in related
        if field.related_model._meta.db_table in edition.WATCHED
        and field.related_model._meta.label != settings.AUTH_USER_MODEL
    )


def with_configuration(queryset: QuerySet[Row]) -> QuerySet[Row]:
    """Return the queryset with rows that come with their configuration, and with that of what is joined to them.

    Join superiors by `select_related`, and no configuration: it is attached when the page has been read. Each row has
    the edition that it was read at in `stands`.
    """
    made: Any = queryset.annotate(**{STANDS: Subquery(Edition.objects.filter(pk=1).values("token"))})
    made._iterable_class = _ConfiguredIterable
    found: QuerySet[Row] = made
    return found


def with_references(queryset: QuerySet[Row], *links: str) -> QuerySet[Row]:
    """Join what the links lead to, no more of it than a reference tells: its IDs, and the keys of what is above it."""
    names = [field.name for field in queryset.model._meta.concrete_fields]
    for link in links:
        model: Any = queryset.model
        for name in link.split("__"):
            model = model._meta.get_field(name).related_model
        names += [f"{link}__{name}" for name in (*REFERENCE, *model.superiors)]
    return queryset.select_related(*links).only(*names)


class _ConfiguredIterable(ModelIterable):
    """The rows of a queryset, given their configuration before anyone sees them."""

    def __iter__(self) -> Iterator[Any]:
        rows = list(super().__iter__())
        if rows:
            attach_configuration([*rows, *_joined(rows)], rows[0].__dict__.get(STANDS) or "")
        return iter(rows)


def _joined(rows: Iterable[Any]) -> Iterator[Any]:
    """Yield the rows that were joined to others, and those joined to them."""
    for row in rows:
        for found in row._state.fields_cache.values():
            if isinstance(found, models.Model):
                yield found
                yield from _joined([found])


def attach_configuration(rows: Iterable[Any], stands: str) -> None:
    """Give rows, of whatever models, the configuration that they refer to and don't have yet.

    It comes from memory where that is of the edition that stands; the rest takes one statement for each model, and one
    that asks whether the edition still stands, so that the rest can be remembered.
    """
    wanted: list[tuple[Any, Any, int]] = []
    known: dict[tuple[type[models.Model], int], Any] = {}
    for row in rows:
        values, related = row.__dict__, row._state.fields_cache
        kind: Any = type(row)
        for field in configuration_of(kind):
            key = values.get(field.attname)
            if field.name in related or (key is None and field.attname not in values):
                continue
            if key is None:
                related[field.name] = None
                continue
            place = (field.related_model, key)
            if place not in known:
                known[place] = edition.recall(stands, (field.related_model, ("pk", key)))
            if known[place] is None:
                wanted.append((row, field, key))
            else:
                related[field.name] = known[place]
    if wanted:
        loaded = _loaded({place for place, found in known.items() if found is None}, stands)
        for row, field, key in wanted:
            row._state.fields_cache[field.name] = loaded[field.related_model, key]


def _loaded(places: set[tuple[type[models.Model], int]], stands: str) -> dict[tuple[type[models.Model], int], Any]:
    """Return configuration by its keys from the database, and remember it where nothing changed meanwhile."""
    found: dict[tuple[type[models.Model], int], Any] = {}
    for model in sorted({model for model, _ in places}, key=lambda model: model._meta.label):
        related = [field.name for field in model._meta.concrete_fields if field.is_relation]
        rows = model._default_manager.filter(pk__in=[key for kind, key in places if kind is model])
        found |= {(model, row.pk): row for row in (rows.select_related(*related) if related else rows)}
    # The edition stood before; it must stand after, too, or else nobody knows which one this was read at.
    if stands and edition.read() == stands:
        for (model, key), row in found.items():
            edition.remember(stands, (model, ("pk", key)), row)
    return found
