"""The triggers that draw a new edition when a watched table changes (ocsportal/transactions/edition.py)."""

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.transactions.edition import WATCHED
from ocsportal.transactions.triggers import generated, postgresql

FUNCTION = "ocs_new_edition"
# A new UUID each time, and not a number: a change that is rolled back must not leave its edition for another change.
DRAW_NOW = (
    "INSERT INTO transactions_edition (id, token) VALUES (1, gen_random_uuid()::text) "
    "ON CONFLICT (id) DO UPDATE SET token = EXCLUDED.token"
)
DRAW = f"""
BEGIN
  {DRAW_NOW};
  RETURN NULL;
END
"""
# Two plain statements: OR REPLACE would be overruled by the OR IGNORE of an outer statement.
DRAW_SQLITE = (
    "DELETE FROM transactions_edition; INSERT INTO transactions_edition (id, token) VALUES (1, hex(randomblob(16)));"
)


def edition_triggers(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the functions and triggers by name, for the watched tables."""
    # Without these a revoked key, a permission taken away and a changed profile would go on counting in every process
    # that remembers them. By trigger, since a shell and another program change these tables too.
    if connection.vendor == "sqlite":
        return {
            f"ocs_e{event[0].lower()}_{table}": f'AFTER {event} ON "{table}" FOR EACH ROW BEGIN {DRAW_SQLITE} END'
            for table, columns in WATCHED.items()
            for event in ("INSERT", _update(columns), "DELETE")
        }
    run = f'FOR EACH STATEMENT EXECUTE FUNCTION "{FUNCTION}"()'
    return {
        FUNCTION: postgresql.create_function(FUNCTION, DRAW),
        **{
            f"ocs_e_{table}": f'AFTER INSERT OR {_update(columns)} OR DELETE OR TRUNCATE ON "{table}" {run}'
            for table, columns in WATCHED.items()
        },
    }


def _update(columns: tuple[str, ...]) -> str:
    return f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"


def missing_triggers(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the functions and triggers that are missing, switched off, or differ; none before their tables are there."""
    standing = set(connection.introspection.table_names())
    if "transactions_edition" not in standing:
        return {}
    wanted = {
        name: definition
        for name, definition in edition_triggers(connection).items()
        if name == FUNCTION or name.split("_", 2)[2] in standing
    }
    found = generated.installed(connection)
    texts = generated.as_it_stands(connection, wanted)
    return {name: wanted[name] for name, text in texts.items() if found.get(name) != text}


def install_after_migrate(using: str = "default", **kwargs: object) -> None:
    """Put in place what is missing, and draw an edition then; quick when all stands."""
    connection = connections[using]
    missing = missing_triggers(connection)
    speak = generated.dialect(connection)
    with connection.cursor() as cursor:
        for statement in speak.statements(missing):
            cursor.execute(statement)
        if missing and connection.vendor == "sqlite":
            for statement in DRAW_SQLITE.split(";")[:2]:
                cursor.execute(statement)
        elif missing:
            cursor.execute(DRAW_NOW)
