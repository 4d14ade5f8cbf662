"""Tables that are no histories, and whose rows are bound to Business Transactions all the same: ledger, witnesses.

What they say is added to what the Business Transaction wrote, when a row comes in; no row comes in under one that is
not open in this very database transaction (docs/adr/0033-keyed-proof-and-seals.md).
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.registries import Entries, Named
from ocsportal.transactions.triggers import generated, guards, postgresql, sqlite
from ocsportal.transactions.triggers.postgresql import TRANSACTIONS

# By table, the columns that are bound; the key of the Business Transaction is among them.
_bound: Named[str, tuple[str, ...]] = Named()
_texts: Entries[tuple[str, str, str]] = Entries()


def bind(table: str, *columns: str) -> None:
    """Declare that rows of a table are bound to the Business Transaction that they name, with these columns."""
    _bound.enter(table, columns)
    guards.GUARDS.enter(lambda connection: _triggers(connection, table) if _stands(connection, table) else {})


def text(table: str, column: str, label: str) -> None:
    """Declare that a table has a text of which `…_digest` is bound in its place, salted by the row's own `salt`.

    `label` is the model, which says in whose tree a row is.
    """
    _texts.enter((table, column, label))


def texts() -> list[tuple[str, str, str]]:
    """Return those tables, each with the column of its text and the model."""
    return list(_texts)


def tables() -> list[str]:
    """Return the tables whose rows are bound."""
    return list(_bound)


def digests(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the expression for the digest of a row, by table."""
    return {table: _digest(connection.vendor, table, f'"{table}"') for table in _bound}


def _digest(vendor: str, table: str, alias: str) -> str:
    values = ", ".join(f'{alias}."{column}"' for column in _bound[table])
    speak = sqlite if vendor == "sqlite" else postgresql
    return speak.seal(f"'{table}', {values}")


def _stands(connection: BaseDatabaseWrapper, table: str) -> bool:
    """Whether the table has all the columns yet: guards may be installed by a migration from before."""
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return False
        found = connection.introspection.get_table_description(cursor, table)
        known = {
            column.name for column in connection.introspection.get_table_description(cursor, generated.TRANSACTIONS)
        }
    return set(_bound[table]) <= {column.name for column in found} and "opened_in" in known


def _triggers(connection: BaseDatabaseWrapper, table: str) -> dict[str, str]:
    # Without this a ledger entry or a witness could be put in later under a Business Transaction that has long been
    # closed, and would look as if it had always been there: its digest is part of what the closing seals.
    name = f"ocs_s_{table}"
    if connection.vendor == "sqlite":
        tx = "NEW.transaction_id"
        open_here = sqlite.OPEN_HERE.replace("ocs_transaction()", tx)
        note = f"INSERT INTO {sqlite.WRITTEN} SELECT {tx}, {_digest('sqlite', table, 'NEW')} WHERE {tx} IS NOT NULL;"
        return {name: f'AFTER INSERT ON "{table}" FOR EACH ROW BEGIN {open_here}{note} END'}
    body = f"""
DECLARE
  tx bigint;
  written text;
BEGIN
  SELECT c.transaction_id INTO tx FROM changed c WHERE c.transaction_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM {TRANSACTIONS} b WHERE b.id = c.transaction_id AND b.answer IS NULL AND b.opened_in = {postgresql.HERE}
  ) LIMIT 1;
  IF FOUND THEN
    {postgresql.NOT_OPEN};
  END IF;
  SELECT string_agg(c.transaction_id || ':' || {_digest("postgresql", table, "c")}, ',')
    INTO written FROM changed c;{postgresql.NOTE_ROWS}
  RETURN NULL;
END
"""
    return {
        name: postgresql.create_function(name, body, postgresql.IN_UTC),
        f"ocs_b_{table}": f'AFTER INSERT ON "{table}" REFERENCING NEW TABLE AS changed FOR EACH STATEMENT '
        f'EXECUTE FUNCTION "{name}"()',
    }
