"""Cursors for the few statements that every request sends: the database plans such a statement once per connection.

The ORM's own statements stay unprepared, since their plans should follow the values that are asked for.
"""

from typing import Any

import psycopg
from django.db import connection


class PreparingCursor(psycopg.Cursor[Any]):
    """A cursor that binds values on the server and prepares whatever it executes."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "PreparingCursor":
        """Prepare and execute."""
        return super().execute(query, params, prepare=True, **options)


def prepared_cursor() -> Any:
    """Return a cursor of Django's connection that prepares; on SQLite, which keeps statements anyway, the plain one."""
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    raw = connection.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold = 5  # Django switches preparing off; its own cursors bind in the client and never do.
    # As the backend makes its own, so that logging, counting and error translation see these statements too.
    return connection._prepare_cursor(PreparingCursor(raw))  # type: ignore[attr-defined]
