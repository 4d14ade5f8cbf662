"""Execute a statement that returns very many rows of one model, and make them objects at little cost.

Ten thousand rows through the ORM's own way cost more than the database took to write them: every instant is parsed from
text in Python, every column set through its descriptor.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

import psycopg
from django.db import connections, models
from django.db.models.base import ModelState
from django.db.models.expressions import Col
from psycopg.abc import Params
from psycopg.pq import Format

from ocsportal.transactions.prepared import JsonLoader

Row = TypeVar("Row", bound=models.Model)
# The position of a column, its expression, and what makes a value of it.
Conversion: TypeAlias = tuple[int, Col, Callable[..., object]]


class BinaryCursor(psycopg.Cursor[tuple[object, ...]]):
    """A cursor whose values arrive in binary, and so are made in C. It prepares nothing: its plans follow the values."""

    def execute(self, query: Any, params: Params | None = None, **options: bool | None) -> "BinaryCursor":
        """Execute."""
        return super().execute(query, params, **{**options, "prepare": False, "binary": True})


def returned(model: type[Row], statement: str, parameters: Sequence[object], using: str) -> list[Row]:
    """Execute a statement; return the rows of the model that it returns."""
    mine = connections[using]
    if mine.vendor != "postgresql":
        return list(model._default_manager.raw(statement, parameters))
    mine.ensure_connection()
    binary = BinaryCursor(mine.connection)
    binary.format = Format.BINARY
    binary.adapters.register_loader("jsonb", JsonLoader)
    # As the backend makes its own, so that logging, counting and error translation see this statement too.
    with mine._prepare_cursor(binary) as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement, parameters)
        columns = [column.name for column in cursor.description]
        rows = cursor.fetchall()
    names, converters = _form(model, tuple(columns), using)
    for position, expression, converter in converters:
        rows = [(*row[:position], converter(row[position], expression, mine), *row[position + 1 :]) for row in rows]
    return [made_of(model, names, row, using) for row in rows]


# Without this ten thousand rows would look up their converters ten thousand times; columns are a part of the key since
# statements may return some only, in another order.
@cache
def _form(model: type[models.Model], columns: tuple[str, ...], using: str) -> tuple[list[str], list[Conversion]]:
    """Return the attributes that the columns go to, and what still has to be converted. JSON arrives as Python's."""
    mine = connections[using]
    by_column = {field.column: field for field in model._meta.concrete_fields}
    fields = [by_column[column] for column in columns]
    converters: list[Conversion] = [
        (position, expression, converter)
        for position, field in enumerate(fields)
        if not isinstance(field, models.JSONField)
        for expression in [field.get_col(model._meta.db_table)]
        for converter in [*mine.ops.get_db_converters(expression), *expression.get_db_converters(mine)]
    ]
    return [field.attname for field in fields], converters


def made_of(model: type[Row], names: Sequence[str], values: Iterable[object], using: str) -> Row:
    """Return a row as an object, in the way that unpickling makes one."""
    made = model.__new__(model)
    state = ModelState()
    state.db, state.adding = using, False
    made.__dict__.update(zip(names, values, strict=True))
    made._state = state
    return made
