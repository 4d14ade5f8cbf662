"""What triggers there should be, what triggers there are, and how the first become the second."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.transactions.triggers import postgresql, sqlite
from ocsportal.transactions.triggers.tables import TrackedTable, tracked_table

__all__ = ["expected", "install", "installed", "tracked_table"]


def dialect(connection: BaseDatabaseWrapper) -> Any:
    """Return the module that writes this engine's SQL."""
    return sqlite if connection.vendor == "sqlite" else postgresql


def expected(connection: BaseDatabaseWrapper, tables: list[TrackedTable]) -> dict[str, str]:
    """Return the fingerprint of every trigger and function that should stand, by name."""
    speak = dialect(connection)
    objects = dict(speak.shared())
    for table in tables:
        objects |= speak.history_triggers(table)
    return fingerprints(connection, objects)


def fingerprints(connection: BaseDatabaseWrapper, objects: dict[str, str]) -> dict[str, str]:
    """Return what identifies each trigger and function, by name."""
    if connection.vendor == "sqlite":
        return {name: sqlite.create(name, definition) for name, definition in objects.items()}
    return {name: postgresql.fingerprint(definition) for name, definition in objects.items()}


def installed(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the fingerprint of every trigger and function of ours that stands and is switched on, by name."""
    with connection.cursor() as cursor:
        cursor.execute(dialect(connection).INSTALLED.replace("%", "%%"), [])
        return dict(cursor.fetchall())


def install(schema_editor: Any, table: TrackedTable | None) -> None:
    """Put the triggers of a tracked table in place, or those that all tables share when none is given."""
    speak = dialect(schema_editor.connection)
    for statement in speak.statements(speak.shared() if table is None else speak.history_triggers(table)):
        schema_editor.execute(statement, params=None)


def append_only(schema_editor: Any, table: str) -> None:
    """Make a table that is not a history refuse UPDATE and DELETE as well, such as a ledger."""
    speak = dialect(schema_editor.connection)
    for statement in speak.statements(speak.append_only(table)):
        schema_editor.execute(statement, params=None)
