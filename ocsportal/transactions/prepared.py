"""Cursors for the few statements that every request sends: the database plans such a statement once per connection.

The ORM's own statements stay unprepared, since their plans should follow the values that are asked for.
"""

from types import SimpleNamespace
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


class PreparingCursor(psycopg.Cursor[Any]):
    """A cursor that binds values on the server and prepares whatever it executes."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "PreparingCursor":
        """Prepare and execute."""
        done = super().execute(query, params, prepare=True, **options)
        # Django's log of statements looks here, and psycopg leaves it empty once a statement is prepared.
        self._query = self._query or SimpleNamespace(query=str(query).encode(), params=params)  # type: ignore[assignment]
        return done


def prepared_cursor() -> Any:
    """Return a cursor of Django's connection that prepares; on SQLite, which keeps statements anyway, the plain one."""
    mine = connections[DEFAULT_DB_ALIAS]  # This thread's own: going through the proxy each time is dear.
    if mine.vendor != "postgresql":
        return mine.cursor()
    mine.close_if_health_check_failed()
    mine.ensure_connection()
    # Without a threshold psycopg never prepares, whatever a cursor asks for; with one set on all of Django's own cursors,
    # lists would keep a generic plan that follows no values.
    raw = mine.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold = 5  # Django switches preparing off; its own cursors bind in the client and never do.
    # As the backend makes its own, so that logging, counting and error translation see these statements too.
    return mine._prepare_cursor(PreparingCursor(raw))  # type: ignore[attr-defined]
