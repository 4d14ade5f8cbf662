"""The triggers that enter into one table who may do what, and that a secret was changed: what no history is kept of.

A witness says of a row that it came, changed or went, and what there is to compare with it: a name, a secret's digest,
an edition.
"""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.transactions.triggers import generated, guards, postgresql, sqlite
from ocsportal.transactions.triggers.sealing import bind

TABLE = "transactions_witness"
COLUMNS = ("id", "table", "row", "kind", "content", "at", "transaction_id", "database_user")


@dataclass(frozen=True)
class Witnessed:
    """A table, what tells its rows apart, what is witnessed of one, and which columns say so."""

    table: str
    # Expressions over a row, with {row} for its alias; `secret` says that of the content only a digest is kept.
    key: str
    content: str = "''"
    secret: bool = False
    # The columns whose UPDATE matters; all where none is named.
    columns: tuple[str, ...] = ()

    def row(self, alias: str) -> str:
        """Return what tells a row apart, as text."""
        return self.key.format(row=alias)

    def what(self, vendor: str, alias: str) -> str:
        """Return what is witnessed of a row, as text."""
        plain = self.content.format(row=alias)
        return (sqlite if vendor == "sqlite" else postgresql).sha256(plain) if self.secret else plain


def _link(table: str, one: str, other: str) -> Witnessed:
    return Witnessed(table, f"CAST({{row}}.{one} AS varchar) || ':' || CAST({{row}}.{other} AS varchar)")


KEY = "CAST({row}.id AS varchar)"
WITNESSED = (
    Witnessed("auth_group", KEY, "{row}.name"),
    _link("auth_group_permissions", "group_id", "permission_id"),
    _link("people_user_groups", "user_id", "group_id"),
    _link("people_user_user_permissions", "user_id", "permission_id"),
    Witnessed("people_user", KEY, "{row}.password", secret=True, columns=("password",)),
    Witnessed("people_apikey", KEY, "{row}.key_hash", secret=True, columns=("key_hash",)),
    Witnessed("transactions_edition", KEY, "{row}.token"),
)
bind(TABLE, *COLUMNS)


@guards.GUARDS.enter
def of_witnesses(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return the triggers by name; none before there is a table for what they say."""
    standing = set(connection.introspection.table_names())
    if TABLE not in standing:
        return {}
    made = _on_sqlite if connection.vendor == "sqlite" else _on_postgresql
    found = dict(generated.dialect(connection).append_only(TABLE))
    for each in WITNESSED:
        found |= made(each) if each.table in standing else {}
    return found


def present(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the statements that enter what stands already, of which nobody knows who put it there."""
    user, now = ("'sqlite'", "ocs_now()") if connection.vendor == "sqlite" else ("session_user", "now()")
    standing = set(connection.introspection.table_names())
    return [
        f'INSERT INTO {TABLE} ("table", "row", kind, content, at, transaction_id, database_user) '
        f"SELECT '{each.table}', {each.row('t')}, '+', {each.what(connection.vendor, 't')}, {now}, NULL, {user} "
        f"FROM {each.table} t ORDER BY t.id"
        for each in WITNESSED
        if each.table in standing
    ]


def hold(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the statements that keep others from changing it until the database transaction ends."""
    standing = set(connection.introspection.table_names())
    if connection.vendor == "sqlite":
        return []
    return [f'LOCK TABLE "{each.table}" IN SHARE ROW EXCLUSIVE MODE' for each in WITNESSED if each.table in standing]


def _enter(vendor: str, each: Witnessed, alias: str, kind: str, tx: str, where: str = "") -> str:
    user, now = ("'sqlite'", "ocs_now()") if vendor == "sqlite" else ("session_user", "clock_timestamp()")
    return (
        f'INSERT INTO "{TABLE}" ("table", "row", kind, content, at, transaction_id, database_user) '
        f"SELECT '{each.table}', {each.row(alias)}, '{kind}', {each.what(vendor, alias)}, {now}, {tx}, {user}{where};"
    )


def _changes(vendor: str, each: Witnessed, tx: str) -> str:
    """Return the statements for a row that was updated: another one by now, or the same with another content."""
    other = f"{each.row('NEW')} <> {each.row('OLD')}"
    changed = f"NOT ({other}) AND {each.content.format(row='NEW')} <> {each.content.format(row='OLD')}"
    return (
        f"{_enter(vendor, each, 'OLD', '-', tx, f' WHERE {other}')} {_enter(vendor, each, 'NEW', '+', tx, f' WHERE {other}')} "
        f"{_enter(vendor, each, 'NEW', '~', tx, f' WHERE {changed}')}"
    )


def _on_sqlite(each: Witnessed) -> dict[str, str]:
    tx, table = "ocs_transaction()", each.table
    update = f"UPDATE OF {', '.join(each.columns)}" if each.columns else "UPDATE"
    # Without these somebody with SQL could give himself a group, a password or a key for an hour and take it away
    # again, and nothing would tell. A row that becomes another one is told as going and coming, or its former key would
    # be forgotten.
    steps = {
        "i": ("INSERT", _enter("sqlite", each, "NEW", "+", tx)),
        "u": (update, _changes("sqlite", each, tx)),
        "d": ("DELETE", _enter("sqlite", each, "OLD", "-", tx)),
    }
    return {
        f"ocs_w{letter}_{table}": f'AFTER {event} ON "{table}" FOR EACH ROW BEGIN {statements} END'
        for letter, (event, statements) in steps.items()
    }


def _on_postgresql(each: Witnessed) -> dict[str, str]:
    name, update = f"ocs_w_{each.table}", f"UPDATE OF {', '.join(each.columns)}" if each.columns else "UPDATE"
    body = f"""
DECLARE
  tx bigint := nullif(current_setting('ocs.transaction', true), '')::bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN
    {_enter("postgresql", each, "NEW", "+", "tx")}
  ELSIF TG_OP = 'UPDATE' THEN
    {_changes("postgresql", each, "tx")}
  ELSE
    {_enter("postgresql", each, "OLD", "-", "tx")}
  END IF;
  RETURN NULL;
END
"""
    return {
        # As on SQLite; for each row, since what a row said is needed, and there are few. TRUNCATE fires no trigger of
        # rows, so it is refused: else it would empty a table unseen.
        name: postgresql.create_function(name, body),
        f"ocs_a_{each.table}": f'AFTER INSERT OR {update} OR DELETE ON "{each.table}" FOR EACH ROW EXECUTE FUNCTION "{name}"()',
        f"ocs_t_{each.table}": f'BEFORE TRUNCATE ON "{each.table}" FOR EACH STATEMENT EXECUTE FUNCTION "ocs_refuse"()',
    }
