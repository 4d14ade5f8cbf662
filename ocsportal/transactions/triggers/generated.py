"""What triggers there should be, what triggers there are, and how the first become the second."""

from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from ocsportal.transactions.triggers import catalogue, erasing, forms, postgresql, sqlite
from ocsportal.transactions.triggers.tables import TrackedTable, tracked_table

__all__ = ["expected", "install", "installed", "tracked_table"]

TRANSACTIONS = "transactions_businesstransaction"
# What refuses UPDATE and DELETE beside the histories.
KEPT = (
    forms.TABLE, "transactions_journalentry", "transactions_customerentry", erasing.ERASURES, erasing.ROWS,
    "transactions_seal", "transactions_proof",
)  # fmt: skip


def dialect(connection: BaseDatabaseWrapper) -> ModuleType:
    """Return the module that writes this engine's SQL."""
    return sqlite if connection.vendor == "sqlite" else postgresql


def expected(connection: BaseDatabaseWrapper, tables: list[TrackedTable]) -> dict[str, str]:
    """Return how every trigger and function of history should stand, by name."""
    return as_it_stands(connection, definitions(connection, tables))


def definitions(connection: BaseDatabaseWrapper, tables: list[TrackedTable]) -> dict[str, str]:
    """Return the definition of every trigger and function of history, by name."""
    speak = dialect(connection)
    recorded = forms.recorded(connection)
    objects = speak.shared()
    for name in KEPT:
        objects |= speak.append_only(name)
    objects |= of_erasures(connection)
    for table in tables:
        known = recorded.get(table.history)
        objects |= speak.history_triggers(forms.with_forms(table, known) if known else table)
    return objects


def of_erasures(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the triggers that let only an open erasure be entered, and only by itself."""
    speak, vendor = dialect(connection), connection.vendor
    return {
        **speak.refusing("ocs_n_erasure", "INSERT", erasing.ERASURES, erasing.opens(vendor)),
        **speak.refusing("ocs_n_erasedrow", "INSERT", erasing.ROWS, erasing.enters(vendor)),
    }


def as_it_stands(connection: BaseDatabaseWrapper, objects: dict[str, str]) -> dict[str, str]:
    """Return the text by which the database tells of each trigger and function, by name."""
    if connection.vendor == "sqlite":
        return {name: sqlite.create(name, definition) for name, definition in objects.items()}
    return objects


def installed(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return what stands and is switched on, by name."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return catalogue.installed(cursor)
        cursor.execute(sqlite.INSTALLED)
        return dict(cursor.fetchall())


def strangers(connection: BaseDatabaseWrapper, tables: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return what else stands before guarded tables, each with the statement that drops it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return catalogue.strangers(cursor, tables, known)
        cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        found = [(name, table) for name, table in cursor.fetchall() if table in tables and name not in known]
        return [f'trigger {name} on {table} (DROP TRIGGER "{name}")' for name, table in found]


def stage(schema_editor: BaseDatabaseSchemaEditor) -> dict[str, bool]:
    """Return what this database knows of a Business Transaction: in whose `trees` it happened, where it was opened (`keyed`).

    And whether something `erases` its texts.
    """
    if schema_editor.collect_sql:
        return {"trees": True, "keyed": True, "erases": True}
    with schema_editor.connection.cursor() as cursor:
        found = schema_editor.connection.introspection.get_table_description(cursor, TRANSACTIONS)
    columns = {column.name for column in found}
    keyed = "opened_in" in columns
    return {"trees": "customers" in columns, "keyed": keyed, "erases": keyed and "erased_by" in columns}


def install(
    schema_editor: BaseDatabaseSchemaEditor, table: TrackedTable | None, renamed: dict[str, str] | None = None
) -> None:
    """Put the triggers of a tracked table in place, or those that all tables share when none is given.

    What rows are sealed with from now on is recorded (forms.py), with the columns that were renamed since. The caller
    is within a database transaction.
    """
    speak = dialect(schema_editor.connection)
    prepare_forms(schema_editor)
    if table is not None and not schema_editor.collect_sql:
        for statement in speak.hold(table.name):
            schema_editor.execute(statement)
        table = forms.record(schema_editor.connection, table, renamed)
        if erasing.ERASURES not in schema_editor.connection.introspection.table_names():
            table = replace(table, whose=None)  # Nothing can be erased yet.
    known = stage(schema_editor)
    objects = speak.shared(**known) if table is None else speak.history_triggers(table, known["keyed"])
    for statement in speak.at_once(speak.statements(objects)):
        schema_editor.execute(statement, params=None)


def take_down(schema_editor: BaseDatabaseSchemaEditor, table: TrackedTable) -> None:
    """Take the history triggers of a table down, which nobody writes until the database transaction ends."""
    speak = dialect(schema_editor.connection)
    prepare_forms(schema_editor)
    known = forms.recorded(schema_editor.connection).get(table.history)
    standing = speak.history_triggers(forms.with_forms(table, known) if known else table)
    for statement in speak.at_once([*speak.hold(table.name), *speak.drop(standing)]):
        schema_editor.execute(statement, params=None)


def prepare_forms(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the table of forms and its guards unless it stands.

    Not left to a migration of its own: a database of an earlier version records its first forms within whichever
    migration is the first to change a tracked table.
    """
    if forms.TABLE not in schema_editor.connection.introspection.table_names():
        schema_editor.execute(dialect(schema_editor.connection).MAKE_FORMS, params=None)
        append_only(schema_editor, forms.TABLE)


def append_only(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    """Make a table that is not a history refuse UPDATE and DELETE as well, such as a ledger."""
    speak = dialect(schema_editor.connection)
    for statement in speak.statements(speak.append_only(table)):
        schema_editor.execute(statement, params=None)
