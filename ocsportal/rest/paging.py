"""Keyset paging: any page costs what the first one costs, and nothing is counted (docs/rest.md, lists)."""

import base64
import json
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, DateTimeField, F, Func, Model, Q, QuerySet, Value

from ocsportal.entities.values import is_storable
from ocsportal.rest.fields import parse_instant
from ocsportal.transactions.errors import OperationRefused

Ordering = tuple[str, str]


def ordering_of(given: str, fields: dict[str, str]) -> Ordering:
    """Return the column and the direction (`""` or `"-"`) of an ordering; raise REQUEST-VALIDATION for an unknown one."""
    direction = "-" if given.startswith("-") else ""
    name = given.removeprefix("-")
    if name not in fields:
        known = ", ".join(sorted(fields))
        raise OperationRefused(
            "REQUEST-VALIDATION", f"Order by one of {known}, with - in front to reverse it.", "ordering"
        )
    return fields[name], direction


def page(
    queryset: QuerySet[Model], ordering: Ordering, cursor: str | None, limit: int, of: int = 0
) -> tuple[list[Any], str | None]:
    """Return one page in the order asked for, ties broken by key, and the cursor of the next one.

    `of` tells what the list was narrowed to: a cursor goes with it, and is refused with anything else.
    """
    column, direction = ordering
    columns = [column] if column == "pk" else [column, "pk"]
    if cursor is not None:
        queryset = queryset.filter(
            _after(queryset.model, columns, direction, _decode(queryset.model, ordering, cursor, of))
        )
    rows = list(queryset.order_by(*(direction + name for name in columns))[: limit + 1])
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], _encode(ordering, rows[limit - 1], of)


def _row(*values: object) -> Func:
    return Func(*values, template="(%(expressions)s)", output_field=BooleanField())


def _after(model: type[Model], columns: list[str], direction: str, values: list[Any]) -> Q:
    compare = "lt" if direction else "gt"
    if len(columns) == 1:
        return Q(**{f"pk__{compare}": values[-1]})
    field: Any = model._meta.get_field(columns[0])
    given = Value(values[0], output_field=field), Value(values[1], output_field=model._meta.pk)
    # One comparison of rows, which both engines look up in the order's index: a chain of conditions walks every tie.
    sign = " < " if direction else " > "
    own = _row(F(columns[0]), F("pk"))
    return Q(Func(own, _row(*given), template="%(expressions)s", arg_joiner=sign, output_field=BooleanField()))


def _encode(ordering: Ordering, row: Model, of: int = 0) -> str:
    column, direction = ordering
    value = getattr(row, column)
    text = value.isoformat() if isinstance(value, datetime) else value
    packed = json.dumps([direction + column, text, row.pk, f"{row._meta.model_name} {of}"], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _value(model: type[Model], column: str, text: Any) -> Any:
    """Return what a cursor says of a column; raise for anything that no row can have."""
    if not isinstance(text, str) or not is_storable(text):
        raise ValueError
    field: Any = model._meta.get_field(column)
    if isinstance(field, DateTimeField):
        parse_instant(text)  # only to refuse what is no instant: it would cut the microseconds
        return datetime.fromisoformat(text)
    return field.to_python(text)


def _decode(model: type[Model], ordering: Ordering, cursor: str, of: int) -> list[object]:
    column, direction = ordering
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, text, key, about = json.loads(packed)
        if (
            about != f"{model._meta.model_name} {of}"
            or name != direction + column
            or type(key) is not int
            or not 0 < key < 2**63
        ):
            raise ValueError
        value = key if column == "pk" else _value(model, column, text)
    except Exception as error:
        raise OperationRefused(
            "REQUEST-VALIDATION",
            "Not a cursor of this list with these filters in this order; start without one.",
            "cursor",
        ) from error
    return [value, key]
