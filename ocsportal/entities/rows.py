"""Lock one row, and write many at once: their keys as one parameter, their update and their reading as one statement."""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connections, models
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql import UpdateQuery

from ocsportal.entities.models import Entity

Row = TypeVar("Row", bound=models.Model)
# What a reference to an entity shows of it.
REFERENCE = ("ref_id", "external_id")
# Rows that are at hand, by model and primary key.
Known = dict[type[models.Model], dict[int, Any]]


def among(column: str, keys: Iterable[int], using: str = "default") -> Q:
    """Return the condition that a column holds one of the keys: one parameter, where `__in` would make one of each."""
    if connections[using].vendor == "sqlite":
        listed = RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(keys))])
    else:
        listed = RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])
    return Q(**{f"{column}__in": listed})


def updated(rows: QuerySet[Row], known: Known | None = None, **columns: Any) -> list[Row]:
    """Update the rows and return them as they are afterwards, by primary key, with what they refer to.

    One statement for the update, and at most one per relation for what they refer to that is not known already.
    """
    query = rows.query.chain(UpdateQuery)
    query.add_update_values(columns)  # type: ignore[attr-defined]
    statement, parameters = query.get_compiler(rows.db).as_sql()
    found: list[Row] = list(rows.model._default_manager.raw(f"{statement} RETURNING *", parameters))
    found.sort(key=lambda row: row.pk)
    attach_related(found, known or {})
    return found


def locked(queryset: QuerySet[Any]) -> Any:
    """Return the first row, locked against other writers but not against rows that point to it; None if there is none."""
    related = relations(queryset.model)
    query = (
        queryset.select_related(*queryset.model.related()).select_for_update(of=("self",), no_key=True).order_by("pk")
    )
    found = query.first()
    if found is None or any(_unjoined(found, field) for field in related):
        # Who had to wait for another writer gets the row's new version joined with what the old one pointed to: where
        # a key was changed, PostgreSQL then loses the row or that relation. The row is ours by now, so ask again.
        found = query.first()
    return found


def _unjoined(entity: Any, field: Any) -> bool:
    return getattr(entity, field.attname) is not None and field.get_cached_value(entity, None) is None


def attach_related(rows: list[Any], known: Known) -> None:
    """Give the rows of one model what they refer to, each thing loaded once: of entities no more than a reference shows."""
    followed: tuple[str, ...] = getattr(type(rows[0]), "followed", ()) if rows else ()
    for field in relations(type(rows[0])) if rows else ():
        related: Any = field.related_model
        keys = {key for row in rows if (key := getattr(row, field.attname)) is not None}
        by_key = known.get(related, {})
        if missing := keys - by_key.keys():
            found = related._default_manager.filter(among("pk", missing))
            found = _references(found, followed, field.name) if issubclass(related, Entity) else found
            by_key = {**by_key, **{one.pk: one for one in found}}
        name = field.name
        for row in rows:
            key = getattr(row, field.attname)
            if key is not None:
                row._state.fields_cache[name] = by_key[key]


def _references(entities: QuerySet[Any], followed: tuple[str, ...], name: str) -> QuerySet[Any]:
    """Return entities with no more than a reference shows, of themselves and of what is followed through them."""
    paths = [path.removeprefix(f"{name}__") for path in followed if path.startswith(f"{name}__")]
    shown = [f"{path}{column}" for path in ("", *(f"{path}__" for path in paths)) for column in REFERENCE]
    return (entities.select_related(*paths) if paths else entities).only(*shown)


def relations(model: type[models.Model]) -> list[Any]:
    """Return the foreign keys of a model."""
    return [field for field in model._meta.concrete_fields if field.is_relation]
