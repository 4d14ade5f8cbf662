"""Keyset paging: any page costs what the first one costs, and nothing is counted (docs/rest.md, lists)."""

import base64
import json
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, Model, Q, QuerySet

from ocsportal.entities.values import is_storable
from ocsportal.rest.fields import EARLIEST_YEAR, LATEST_YEAR
from ocsportal.transactions.errors import OperationRefused

Ordering = tuple[str, str]


def ordering_of(given: str, fields: dict[str, str]) -> Ordering:
    """Return the column and the direction (`""` or `"-"`) of an ordering; raise REQUEST-VALIDATION for an unknown one."""
    direction = "-" if given.startswith("-") else ""
    name = given.removeprefix("-")
    if name not in fields:
        known = ", ".join(sorted(fields))
        raise OperationRefused(
            "REQUEST-VALIDATION", f"Order by one of {known}, with - in front to turn it round.", "ordering"
        )
    return fields[name], direction


def page(queryset: QuerySet[Any], ordering: Ordering, cursor: str | None, limit: int) -> tuple[list[Any], str | None]:
    """Return one page in the order asked for, ties broken by key, and the cursor of the next one."""
    column, direction = ordering
    columns = [column] if column == "pk" else [column, "pk"]
    if cursor is not None:
        queryset = queryset.filter(_after(columns, direction, _decode(queryset.model, ordering, cursor)))
    rows = list(queryset.order_by(*(direction + name for name in columns))[: limit + 1])
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], _encode(ordering, rows[limit - 1])


def _after(columns: list[str], direction: str, values: list[Any]) -> Q:
    compare = "lt" if direction else "gt"
    if len(columns) == 1:
        return Q(**{f"pk__{compare}": values[-1]})
    column = columns[0]
    # The first half lets the index do the work; the second one sorts out the ties.
    return Q(**{f"{column}__{compare}e": values[0]}) & (
        Q(**{f"{column}__{compare}": values[0]}) | Q(**{f"pk__{compare}": values[1]})
    )


def _encode(ordering: Ordering, row: Model) -> str:
    column, direction = ordering
    value = getattr(row, column)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    packed = json.dumps([direction + column, text, row.pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _decode(model: type[Model], ordering: Ordering, cursor: str) -> list[Any]:
    column, direction = ordering
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, text, key = json.loads(packed)
        if name != direction + column or type(key) is not int or not 0 < key < 2**63:
            raise ValueError
        value = key if column == "pk" else _kept(model._meta.get_field(column), text)
    except Exception as error:
        raise OperationRefused(
            "REQUEST-VALIDATION", "Is no cursor of this list in this order; start without one.", "cursor"
        ) from error
    return [value, key]


def _kept(field: Any, text: Any) -> Any:
    """Return a cursor's value in its column's type; raise ValueError for what no row can have, since anyone can make one."""
    if not isinstance(text, str) or not is_storable(text):
        raise ValueError
    value = datetime.fromisoformat(text) if isinstance(field, DateTimeField) else field.to_python(text)
    # Beyond these years an instant can't be turned into every time zone.
    if isinstance(value, datetime) and (value.tzinfo is None or not EARLIEST_YEAR <= value.year <= LATEST_YEAR):
        raise ValueError
    return value
