"""Give rows their configuration from memory, in lists as in single reads.

A list joins what is above its rows, and nothing else: beyond eight joined tables PostgreSQL keeps the order as written,
and each join costs planning. What a process does not remember yet is loaded for the whole page, with one statement for
each kind of configuration.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import QuerySet, Subquery
from django.db.models.query import ModelIterable

from ocsportal.entities.models import level_of
from ocsportal.entities.store.sets import REFERENCE
from ocsportal.transactions import edition
from ocsportal.transactions.columns import column, links_of, target
from ocsportal.transactions.models import Edition

Row = TypeVar("Row", bound=models.Model)

# Under this name each row says at which edition it was read.
STANDS = "stands"


class Remembered(NamedTuple):
    """A foreign key that leads to configuration: its name, its attribute, and the model."""

    name: str
    attname: str
    model: type[models.Model]


# Without this each row of a list would ask each of its fields whether it leads to configuration. Which tables are
# watched is declared as models load, before anybody asks.
@cache
def configuration_of(model: type[models.Model]) -> tuple[Remembered, ...]:
    """Return the foreign keys of a model that lead to configuration, whose changes draw a new edition; users are none."""
    links = (Remembered(field.name, field.attname, target(field)) for field in links_of(model))
    return tuple(
        link
        for link in links
        if link.model._meta.db_table in edition.WATCHED and link.model._meta.label != settings.AUTH_USER_MODEL
    )


def with_configuration(queryset: QuerySet[Row]) -> QuerySet[Row]:
    """Return the queryset with rows that come with their configuration, and with that of what is joined to them.

    Join superiors by `select_related`, and no configuration: it is attached when the page has been read. Each row has
    the edition that it was read at in `stands`.
    """
    made = queryset.annotate(**{STANDS: Subquery(Edition.objects.filter(pk=1).values("token"))})
    made._iterable_class = _ConfiguredIterable
    return made


def with_references(queryset: QuerySet[Row], *links: str) -> QuerySet[Row]:
    """Join what the links lead to, no more of it than a reference tells: its IDs, and the keys of what is above it."""
    names = [field.name for field in queryset.model._meta.concrete_fields]
    for link in links:
        model: type[models.Model] = queryset.model
        for name in link.split("__"):
            model = target(column(model, name))
        names += [f"{link}__{name}" for name in (*REFERENCE, *level_of(model).superiors)]
    return queryset.select_related(*links).only(*names)


class _ConfiguredIterable(ModelIterable):
    """The rows of a queryset, given their configuration before anyone sees them."""

    def __iter__(self) -> Iterator[models.Model]:
        rows = list(super().__iter__())
        if rows:
            attach_configuration([*rows, *_joined(rows)], rows[0].__dict__.get(STANDS) or "")
        return iter(rows)


def _joined(rows: Iterable[models.Model]) -> Iterator[models.Model]:
    """Yield the rows that were joined to others, and those joined to them."""
    for row in rows:
        for found in row._state.fields_cache.values():
            if isinstance(found, models.Model):
                yield found
                yield from _joined([found])


def attach_configuration(rows: Iterable[models.Model], stands: str) -> None:
    """Give rows, of whatever models, the configuration that they refer to and don't have yet.

    It comes from memory where that is of the edition that stands; the rest takes one statement for each model, and one
    that asks whether the edition still stands, so that the rest can be remembered.
    """
    wanted: list[tuple[models.Model, Remembered, int]] = []
    known: dict[tuple[type[models.Model], int], models.Model | None] = {}
    for row in rows:
        values, related = row.__dict__, row._state.fields_cache
        for link in configuration_of(type(row)):
            key = values.get(link.attname)
            if link.name in related or (key is None and link.attname not in values):
                continue
            if key is None:
                related[link.name] = None
                continue
            place = (link.model, key)
            if place not in known:
                known[place] = edition.recall(stands, (link.model, ("pk", key)))
            if known[place] is None:
                wanted.append((row, link, key))
            else:
                related[link.name] = known[place]
    if wanted:
        loaded = _loaded({place for place, found in known.items() if found is None}, stands)
        for row, link, key in wanted:
            row._state.fields_cache[link.name] = loaded[link.model, key]


def _loaded(
    places: set[tuple[type[models.Model], int]], stands: str
) -> dict[tuple[type[models.Model], int], models.Model]:
    """Return configuration by its keys from the database, and remember it where nothing changed meanwhile."""
    found: dict[tuple[type[models.Model], int], models.Model] = {}
    for model in sorted({model for model, _ in places}, key=lambda model: model._meta.label):
        related = [field.name for field in model._meta.concrete_fields if field.is_relation]
        rows = model._default_manager.filter(pk__in=[key for kind, key in places if kind is model])
        # What every reader of such an item asks for comes with it, as the model says.
        rows = rows.prefetch_related(*getattr(model, "kept_with", ()))
        found |= {(model, row.pk): row for row in (rows.select_related(*related) if related else rows)}
    # The edition stood before; it must stand after, too, or else nobody knows which one this was read at.
    if stands and edition.read() == stands:
        for (model, key), row in found.items():
            edition.remember(stands, (model, ("pk", key)), row)
    return found
