"""Rows that are made one by one, by the rules of the operations, and written together: what an import makes of a batch.

While rows are gathered, `insert` keeps them in memory, and whoever asks for one of them by its refId is given it from there. What
the rules need of the database is asked for all rows at once, by who gathers.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

Row = TypeVar("Row", bound=models.Model)
# How many keys are drawn from a sequence at once; what is left of them is for the next batch.
BLOCK = 1000


class Keys:
    """Primary keys for rows that are not written yet, by model."""

    def __init__(self) -> None:
        self._left: dict[type[models.Model], Iterator[int]] = {}

    def next(self, model: type[models.Model]) -> int:
        """Return a key that nobody else has or gets."""
        found = next(self._left.get(model, iter(())), None)
        if found is None:
            self._left[model] = iter(_drawn(model))
            found = next(self._left[model])
        return found

    def forget(self) -> None:
        """Let go of what is left where others may have it: SQLite counts on from the last row, not from a sequence."""
        if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":
            self._left.clear()


def _drawn(model: type[models.Model]) -> Iterable[int]:
    table, mine = model._meta.db_table, connections[DEFAULT_DB_ALIAS]
    with mine.cursor() as cursor:
        if mine.vendor == "sqlite":
            # Nobody else writes before this database transaction ends.
            cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
            last: int = cursor.fetchone()[0]
            return range(last + 1, 2**62)
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [f'"{table}"', _key(model), BLOCK],
        )
        return [row[0] for row in cursor.fetchall()]


class Gathered:
    """Rows by their models, in the order in which they were made."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.rows: dict[type[models.Model], list[models.Model]] = {}
        self._named: dict[tuple[type[models.Model], str], models.Model] = {}

    def take(self, row: models.Model) -> None:
        """Keep a row that is to be written, under a key of its own."""
        model = type(row)
        row.pk = self.keys.next(model)
        self.rows.setdefault(model, []).append(row)
        if name := row.__dict__.get("ref_id"):
            self._named[model, name] = row

    def named(self, model: type[Row], ref_id: str | None) -> Row | None:
        """Return the row of a refId, None when it is not among these."""
        found = self._named.get((model, ref_id)) if ref_id is not None else None
        return found if isinstance(found, model) else None

    def of(self, model: type[Row]) -> list[Row]:
        """Return the rows of a model."""
        return [row for row in self.rows.get(model, ()) if isinstance(row, model)]

    def last(self, model: type[Row], count: int) -> list[Row]:
        """Return the rows of a model that were gathered last, so many of them."""
        return [row for row in self.rows.get(model, [])[-count:] if isinstance(row, model)]

    def add(self, others: "Gathered") -> None:
        """Take over what others gathered."""
        for model, rows in others.rows.items():
            self.rows.setdefault(model, []).extend(rows)

    def write(self) -> None:
        """Write all rows, each model's at once; triggers write the history as always."""
        for model, rows in self.rows.items():
            write_all(model, rows)


class _UnderWay(threading.local):
    """What each thread gathers."""

    gathered: Gathered | None = None


_under_way = _UnderWay()


def current() -> Gathered | None:
    """Return what this thread gathers, None where rows are written at once."""
    return _under_way.gathered


@contextmanager
def gathering(into: Gathered) -> Iterator[Gathered]:
    """Gather whatever is inserted meanwhile."""
    _under_way.gathered = into
    try:
        yield into
    finally:
        _under_way.gathered = None


def is_gathered(row: models.Model) -> bool:
    """Whether a row is in memory only, and will be written as it then stands."""
    return _under_way.gathered is not None and row._state.adding


def _key(model: type[models.Model]) -> str:
    field: Any = model._meta.pk
    return str(field.column)


# Without this each batch would put the same few statements together from the models' metadata.
@cache
def _columns(model: type[models.Model]) -> str:
    names = [_key(model), *(field.column for field in model._meta.concrete_fields if not field.primary_key)]
    return ", ".join(f'"{name}"' for name in names)


def _keyed(row: models.Model) -> tuple[Any, ...]:
    # Here, since `writing` asks this module whether rows are gathered.
    from ocsportal.entities.store.writing import values_of

    return (row.pk, *values_of(row))


def write_all(model: type[models.Model], rows: list[models.Model]) -> None:
    """Write new rows of a model under the keys that they have: by COPY, or row by row where there is none."""
    mine = connections[DEFAULT_DB_ALIAS]
    table = model._meta.db_table
    with mine.cursor() as cursor:
        if mine.vendor == "postgresql":
            # Errors become Django's, as those of its own cursors do: whoever begins anew looks for these.
            with mine.wrap_database_errors, cursor.copy(f'COPY "{table}" ({_columns(model)}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(_keyed(row))
        else:
            places = ", ".join(["%s"] * len(model._meta.concrete_fields))
            statement = f'INSERT INTO "{table}" ({_columns(model)}) VALUES ({places})'
            cursor.executemany(statement, [_keyed(row) for row in rows])
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
