"""Triggers beside those of history: each app declares those that guard its tables, and one place installs and compares them."""

from collections.abc import Callable
from typing import Any

from ocsportal.transactions.triggers import generated, postgresql

Guards = Callable[[Any], dict[str, str]]
_declared: list[Guards] = []


def declare(guards: Guards) -> Guards:
    """Enter a function that returns triggers and functions by name for a connection's engine."""
    if guards not in _declared:
        _declared.append(guards)
    return guards


def declare_append_only(*tables: str) -> None:
    """Declare that tables refuse UPDATE, DELETE and TRUNCATE."""
    for table in tables:
        declare(lambda connection, table=table: generated.dialect(connection).append_only(table))  # type: ignore[misc]


def declared(connection: Any) -> dict[str, str]:
    """Return all of them, by name."""
    return {name: definition for guards in _declared for name, definition in guards(connection).items()}


def refusal(connection: Any, name: str, event: str, table: str, condition: str, constraint: str) -> dict[str, str]:
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
