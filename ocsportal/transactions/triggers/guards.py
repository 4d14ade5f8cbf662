"""Triggers beside those of history: each app declares those that guard its tables, and one place installs and compares them."""

from collections.abc import Callable

from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.registries import Entries
from ocsportal.transactions.triggers import erasing, generated, postgresql
from ocsportal.transactions.triggers.whose import customer_of

Guards = Callable[[BaseDatabaseWrapper], dict[str, str]]
# Functions that return triggers and functions by name for a connection's engine.
GUARDS: Entries[Guards] = Entries()


def differ(*columns: str, quoted: bool = False) -> str:
    """Return the condition that one of the columns is about to change, as both engines understand it."""
    named = [f'"{column}"' if quoted else column for column in columns]
    return " OR ".join(
        f"NEW.{column} <> OLD.{column} OR (NEW.{column} IS NULL) <> (OLD.{column} IS NULL)" for column in named
    )


def declare_append_only(*tables: str) -> None:
    """Declare that tables refuse UPDATE, DELETE and TRUNCATE."""
    # Without this a ledger entry could be corrected in place, and the balance would have been another one all along.
    for table in tables:
        GUARDS.enter(lambda connection, table=table: generated.dialect(connection).append_only(table))  # type: ignore[misc]


def declare_erasable(table: str, label: str, text: str, *fixed: str) -> None:
    """Declare that rows of a table refuse the same, but that an open erasure of their customer takes out a text with its salt.

    `label` is the model, which says in whose tree a row is; `fixed` are all other columns.
    """

    # Without the exception nobody could be erased; were it any wider, whoever may write could pass a change off as an
    # erasure: it lets one text and its salt go, and only while the erasure of that very customer is open.
    @GUARDS.enter
    def guard(connection: BaseDatabaseWrapper) -> dict[str, str]:
        speak = generated.dialect(connection)
        plain: dict[str, str] = speak.append_only(table)
        whose = customer_of(label)
        if whose is None or not _erases(connection, table, text):
            return plain
        allowed = erasing.of_text(text, fixed, whose("OLD"), connection.vendor)
        if connection.vendor == "sqlite":
            return plain | speak.refusing(f"ocs_ru_{table}", "UPDATE", table, allowed)
        kept = f'BEFORE DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION "ocs_refuse"()'
        return {**plain, f"ocs_r_{table}": kept, **speak.refusing(f"ocs_x_{table}", "UPDATE", table, allowed)}


def _erases(connection: BaseDatabaseWrapper, table: str, text: str) -> bool:
    """Whether there are erasures yet, and a salt to go: guards may be installed by a migration from before."""
    standing = connection.introspection.table_names()
    if not {table, erasing.ERASURES} <= set(standing):
        return False
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return {"salt", text} <= {column.name for column in found}


def declared(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return all of them, by name."""
    return {name: definition for guards in GUARDS for name, definition in guards(connection).items()}


def standing(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return those of them whose tables are there, by name."""
    tables = set(connection.introspection.table_names())
    objects = declared(connection)
    return {
        name: text
        for name, text in objects.items()
        if text.startswith("CREATE") or text.split(" ON ", 1)[1].split(" ", 1)[0].strip('"') in tables
    }


def refusal(
    connection: BaseDatabaseWrapper, name: str, event: str, table: str, condition: str, constraint: str
) -> dict[str, str]:
    """Return the trigger that refuses an event of a row on a condition, by the name of a constraint.

    The condition may ask other tables, which stands in a function on PostgreSQL, and in the trigger itself on SQLite.
    """
    if connection.vendor == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{constraint}'); END"
        return {name: f'BEFORE {event} ON "{table}" FOR EACH ROW WHEN {condition} {refuse}'}
    body = f"""
BEGIN
  IF {condition} THEN
    RAISE EXCEPTION 'Refused by %.', TG_NAME
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{constraint}';
  END IF;
  RETURN {"OLD" if event == "DELETE" else "NEW"};
END
"""
    function = f"ocs_{name}"
    return {
        function: postgresql.create_function(function, body),
        name: f'BEFORE {event} ON "{table}" FOR EACH ROW EXECUTE FUNCTION "{function}"()',
    }
