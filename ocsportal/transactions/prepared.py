"""Cursors for the few statements that every request sends: the database plans such a statement once per connection.

The ORM's own statements stay unprepared, since their plans should follow the values that are asked for.
"""

from json import JSONDecoder
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from psycopg.abc import Buffer
from psycopg.pq import Format
from psycopg.types.json import JsonbBinaryLoader

DECODER = JSONDecoder()
EMPTY = b"\x01{}"


class JsonLoader(JsonbBinaryLoader):
    """What turns JSON into Python's values: it is UTF-8, so nobody has to find out, and often there is nothing in it."""

    def load(self, data: Buffer) -> object:
        """Return the values; a byte with the version of the form comes before them."""
        held = bytes(data)
        return {} if held == EMPTY else DECODER.decode(held[1:].decode())


class PreparingCursor(psycopg.Cursor[tuple[object, ...]]):
    """A cursor that binds values on the server, prepares whatever it executes, and is answered in binary.

    What arrives in binary is made into Python's values in C; instants in text would be parsed in Python.
    """

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        super().__init__(connection)
        self.format = Format.BINARY
        self.adapters.register_loader("jsonb", JsonLoader)

    def execute(self, query: Any, params: Any = None, **options: Any) -> "PreparingCursor":
        """Prepare and execute."""
        super().execute(query, params, prepare=True, **options)
        return self


class TalkingCursor(PreparingCursor):
    """The same for who wants to know what was executed."""

    def execute(self, query: object, params: object = None, **options: object) -> "TalkingCursor":
        """Prepare and execute."""
        super().execute(query, params, **options)
        # Django's log of statements looks here, and psycopg leaves it empty once a statement is prepared.
        self._query = self._query or SimpleNamespace(query=str(query).encode(), params=params)  # type: ignore[assignment]
        return self


class KeptCursor(CursorWrapper):
    """A cursor that belongs to its connection, so that no statement pays for the making and closing of one.

    Fetch what a statement returned before the next one is executed. Errors become Django's, as those of its own cursors
    do.
    """

    def __exit__(self, *_: object) -> None:
        """Leave it open for the next one."""

    def execute(self, sql: Any, params: Any = None) -> Any:
        """Prepare and execute."""
        if self.db.execute_wrappers:
            return super().execute(sql, params)
        self.db.validate_no_broken_transaction()
        with self.db.wrap_database_errors:
            return self.cursor.execute(sql, params)

    def fetchone(self) -> object:
        """Return the next row, None after the last one."""
        with self.db.wrap_database_errors:
            return self.cursor.fetchone()

    def fetchall(self) -> list[object]:
        """Return all rows."""
        with self.db.wrap_database_errors:
            return self.cursor.fetchall()


def prepared_cursor() -> Any:
    """Return a cursor of Django's connection that prepares; on SQLite, which keeps statements anyway, the plain one."""
    mine = connections[DEFAULT_DB_ALIAS]  # This thread's own: going through the proxy each time is dear.
    if mine.vendor != "postgresql":
        return mine.cursor()
    mine.close_if_health_check_failed()
    mine.ensure_connection()
    raw = mine.connection
    if mine.queries_logged:
        # As the backend makes its own, so that logging and counting see these statements too.
        return mine._prepare_cursor(TalkingCursor(preparing(raw)))  # type: ignore[attr-defined]
    kept = getattr(raw, "ocs_cursor", None)
    if kept is None:
        mine.validate_thread_sharing()
        kept = raw.ocs_cursor = KeptCursor(PreparingCursor(preparing(raw)), mine)
    return kept


def preparing(raw: psycopg.Connection[tuple[object, ...]]) -> psycopg.Connection[tuple[object, ...]]:
    """Have a connection prepare what its cursors ask it to."""
    # Without a threshold psycopg never prepares, whatever a cursor asks for; with one set on all of Django's own
    # cursors, lists would keep a generic plan that follows no values.
    if raw.prepare_threshold is None:
        raw.prepare_threshold = 5  # Django switches preparing off; its own cursors bind in the client and never do.
    return raw
