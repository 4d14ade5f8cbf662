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


def among(column: str, keys: Iterable[int], using: str = "default") -> Q:
    """Return the condition that a column holds one of the keys: one parameter, where `__in` would make one of each."""
    if connections[using].vendor == "sqlite":
        listed = RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(keys))])
    else:
        listed = RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])
    return Q(**{f"{column}__in": listed})


def updated(rows: QuerySet[Row], **columns: Any) -> list[Row]:
    """Update the rows and return them as they are afterwards, by primary key, with what they refer to.

    One statement for the update, and one per relation for what the rows refer to.
    """
    query = rows.query.chain(UpdateQuery)
    query.add_update_values(columns)  # type: ignore[attr-defined]
    statement, parameters = query.get_compiler(rows.db).as_sql()
    found: list[Row] = list(rows.model._default_manager.raw(f"{statement} RETURNING *", parameters))
    found.sort(key=lambda row: row.pk)
    attach_related(found)
    return found


def locked(queryset: QuerySet[Any]) -> Any:
    """Return the first row, locked against other writers but not against rows that point to it; None if there is none."""
    related = relations(queryset.model)
    queryset = queryset.select_related(*(field.name for field in related)) if related else queryset
    query = queryset.select_for_update(of=("self",), no_key=True).order_by("pk")
    found = query.first()
    if found is None or any(_unjoined(found, field) for field in related):
        # Who had to wait for another writer gets the row's new version joined with what the old one pointed to: where
        # a key was changed, PostgreSQL then loses the row or that relation. The row is ours by now, so ask again.
        found = query.first()
    return found


def _unjoined(row: Any, field: Any) -> bool:
    return getattr(row, field.attname) is not None and field.get_cached_value(row, None) is None


def attach_related(rows: list[Any]) -> None:
    """Load what the rows of one model refer to, each thing once: of entities no more than a reference shows."""
    for field in relations(type(rows[0])) if rows else ():
        keys = {key for row in rows if (key := getattr(row, field.attname)) is not None}
        if not keys:
            continue
        found = field.related_model._default_manager.filter(among("pk", keys))
        if issubclass(field.related_model, Entity):
            found = found.only("ref_id", "external_id")
        by_key = {related.pk: related for related in found}
        for row in rows:
            if (key := getattr(row, field.attname)) is not None:
                field.set_cached_value(row, by_key[key])


def relations(model: type[models.Model]) -> list[Any]:
    """Return the foreign keys of a model."""
    return [field for field in model._meta.concrete_fields if field.is_relation]
