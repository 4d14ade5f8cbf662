"""Write many rows at once: their keys as one parameter, their update and their reading as one statement."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connections, models
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql import UpdateQuery

from ocsportal.entities.models import Entity
from ocsportal.entities.store.binary import returned
from ocsportal.transactions.columns import column, links_of, target

Row = TypeVar("Row", bound=models.Model)
# What a reference to an entity shows of it.
REFERENCE = ("ref_id", "external_id")
# Rows that are at hand, by model and primary key.
Known = dict[type[models.Model], dict[int, models.Model]]


def among(column: str, keys: Iterable[int], using: str = "default") -> Q:
    """Return the condition that a column holds one of the keys: one parameter, where `__in` would make one of each."""
    if connections[using].vendor == "sqlite":
        listed = RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(keys))])
    else:
        # As text, which is made much faster than an array of numbers is adapted.
        listed = RawSQL("SELECT unnest(%s::bigint[])", [f"{{{','.join(map(str, keys))}}}"])
    return Q(**{f"{column}__in": listed})


def updated(rows: QuerySet[Row], known: Known | None = None, **columns: object) -> list[Row]:
    """Update the rows and return them as they are afterwards, by primary key, with what they refer to.

    One statement for the update, and at most one per relation for what they refer to that is not known already.
    """
    # Without RETURNING the rows would be read a second time, and what another writer did in between would be told as
    # ours.
    query = rows.query.chain(UpdateQuery)
    query.add_update_values(columns)  # type: ignore[attr-defined]
    statement, parameters = query.get_compiler(rows.db).as_sql()
    found = returned(rows.model, f"{statement} RETURNING *", parameters, rows.db)
    found.sort(key=lambda row: row.pk)
    attach_related(found, known or {})
    return found


@dataclass(frozen=True)
class Rooted:
    """Rows by their keys, each with the root that it takes values from: a root is a row of a model as it stands."""

    roots: type[models.Model]
    keys: Mapping[int, int]

    def column(self, name: str) -> RawSQL:
        """Return the root's value of a field, for a statement that updates what is below it."""
        field = column(self.roots, name)
        return RawSQL(f'root."{field.column}"', [], output_field=field)  # noqa: S611

    def mark(self) -> RawSQL:
        """Return what a row remembers of its root when that imposes a state: `kind:refId`."""
        return RawSQL("%s || root.ref_id", [f"{self.roots._meta.model_name}:"], output_field=models.CharField())


def pairs(keys: Iterable[tuple[int, int]], vendor: str) -> tuple[str, list[str]]:
    """Return a source of rows (id, root), for a FROM, with its parameters: two at most, however many pairs there are."""
    listed = list(keys)
    # As one or two parameters: as pairs in the text, ten thousand keys would be twenty thousand parameters, and
    # PostgreSQL takes 65,535 at most; each other number of them would be a statement of its own besides.
    if vendor == "sqlite":
        source = "(SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS root FROM json_each(%s)) k"
        return source, [json.dumps(listed)]
    arrays = [f"{{{','.join(str(pair[place]) for pair in listed)}}}" for place in (0, 1)]
    return "unnest(%s::bigint[], %s::bigint[]) AS k(id, root)", arrays


def updated_below(
    model: type[Row],
    below: Rooted,
    link: str,
    columns: Mapping[str, object],
    known: Known | None = None,
    live: str = "",
) -> list[Row]:
    """Update the rows whose column `link` holds one of the keys, from their roots; return them as `updated` does.

    One statement for rows below as many roots as there are. `live` names a column that has to be NULL.
    """
    rows = model._default_manager.all()
    query = rows.query.chain(UpdateQuery)
    query.add_update_values(dict(columns))  # type: ignore[attr-defined]
    statement, parameters = query.get_compiler(rows.db).as_sql()
    table = f'"{model._meta.db_table}"'
    source, given = pairs(below.keys.items(), connections[rows.db].vendor)
    alive = f' AND {table}."{live}" IS NULL' if live else ""
    returning = ", ".join(f'{table}."{field.column}"' for field in model._meta.concrete_fields)
    statement += (
        f' FROM {source} JOIN "{below.roots._meta.db_table}" root ON root.id = k.root '
        f'WHERE {table}."{link}" = k.id{alive} RETURNING {returning}'
    )
    found = returned(model, statement, [*parameters, *given], rows.db)
    found.sort(key=lambda row: row.pk)
    attach_related(found, known or {})
    return found


def attach_related(rows: Sequence[models.Model], known: Known, only: Collection[str] | None = None) -> None:
    """Give the rows of one model what they refer to, each thing loaded once; of entities no more than a reference shows."""
    attached: list[tuple[str, str, dict[int, models.Model]]] = []
    for field in links_of(type(rows[0])) if rows else ():
        if only is None or field.name in only:
            keys = {row.__dict__[field.attname] for row in rows} - {None}
            attached.append((field.name, field.attname, _by_key(target(field), keys, known)))
    for row in rows:
        values, cached = row.__dict__, row._state.fields_cache
        for name, attname, by_key in attached:
            key = values[attname]
            # What is not there is remembered too: to find out costs more than to know.
            cached[name] = None if key is None else by_key[key]


def _by_key(model: type[models.Model], keys: set[int], known: Known) -> dict[int, models.Model]:
    """Return rows by their keys; entities come with what is above them, since a reference may be told with its own."""
    at_hand = known.get(model, {})
    missing = keys - at_hand.keys()
    if not missing:
        return at_hand
    rows = model._default_manager.filter(among("pk", missing))
    if issubclass(model, Entity):
        rows = rows.only("ref_id", "external_id", *model.superiors)
    found = list(rows)
    if issubclass(model, Entity):
        attach_related(found, known, model.superiors)
    return {**at_hand, **{row.pk: row for row in found}}
