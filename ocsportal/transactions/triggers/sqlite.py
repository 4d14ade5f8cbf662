"""Trigger SQL for SQLite: row-level, with the functions of ocsportal/transactions/sqlite.py."""

from ocsportal.transactions.triggers import erasing
from ocsportal.transactions.triggers.postgresql import FORMER_SEAL, NOBODY, NONE, OPENED, TRANSACTION_SEAL, bound
from ocsportal.transactions.triggers.tables import SPLIT, STAMP, TrackedTable

TRANSACTIONS = '"transactions_businesstransaction"'
USER = "'sqlite'"
REFUSED = "SELECT RAISE(ABORT, 'The audit trail is append-only.');"


# Where the rows that Business Transactions under way have written are noted until these close.
WRITTEN = '"transactions_written"'
MAKE_WRITTEN = f"CREATE TABLE {WRITTEN} (transaction_id bigint NOT NULL, digest varchar(64) NOT NULL)"
NOT_OPEN = "'The audit trail is append-only: this Business Transaction is not open in this database transaction.'"
OPEN_HERE = (
    f"SELECT RAISE(ABORT, {NOT_OPEN}) WHERE ocs_transaction() IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {TRANSACTIONS} "
    "WHERE id = ocs_transaction() AND answer IS NULL AND opened_in = ocs_opened()); "
)


def note_rows(table: str, key: str) -> str:
    """Return the statement that notes the row which was just entered into a table, for its Business Transaction's closing."""
    return (
        f' INSERT INTO {WRITTEN} SELECT ocs_transaction(), digest FROM "{table}" '
        f"WHERE {key} = last_insert_rowid() AND ocs_transaction() IS NOT NULL;"
    )


def _insert(table: TrackedTable, kind: str, alias: str, source: str = "", keyed: bool = True) -> str:
    def bt(column: str) -> str:
        return f"(SELECT {column} FROM {TRANSACTIONS} WHERE id = ocs_transaction())"

    entering = _entering(table, kind, alias, source, f"ocs_transaction(), {USER}", f"{bt('reason')}, {bt('actor_id')}")
    return f"{OPEN_HERE}{entering}{note_rows(table.history, 'history_id')}" if keyed else entering


def _entering(table: TrackedTable, kind: str, alias: str, source: str, by: str, told: str) -> str:
    """Return the statement that enters a row into a history, by a Business Transaction and a user, who told why."""
    sealed, more = table.of(alias), ""
    columns: tuple[str, ...] = STAMP
    clock = "(SELECT ocs_now() AS moment)"
    if table.personal:
        # Without a FROM of its own it is no part of the outer statement: the salt is drawn once.
        clock = "(SELECT ocs_now() AS moment, lower(hex(randomblob(16))) AS ocs_salt)"
        personal = f"ocs_digest(ocs_salt, {table.apart(alias, personal=True)})"
        sealed, columns, more = (
            f"{personal}, {table.apart(alias, personal=False)}",
            (*STAMP, *SPLIT),
            f", ocs_salt, {personal}",
        )
    seal = f"{bound(table)}{sealed}, moment, '{kind}', {by}"
    return (
        f'INSERT INTO "{table.history}" ({table.plain()}, {", ".join(columns)}) '
        f"SELECT {table.of(alias)}, moment, '{kind}', {told}, {by}, ocs_digest({seal}){more} FROM {clock}{source};"
    )


def _changed_behind(table: TrackedTable) -> str:
    """Return the statement that enters the row as it was found, if that is not what its newest history says."""
    newest = f'SELECT * FROM "{table.history}" WHERE "{table.key}" = OLD."{table.key}" ORDER BY history_id DESC LIMIT 1'
    same = " AND ".join(f'h."{column}" IS OLD."{column}"' for column in table.columns)
    where = f" WHERE NOT EXISTS (SELECT 1 FROM ({newest}) h WHERE {same})"
    return _entering(table, "~", "OLD", where, f"NULL, '{NOBODY}'", "NULL, NULL") + " "


def history_triggers(table: TrackedTable, keyed: bool = True) -> dict[str, str]:
    """Return the triggers of one tracked table, by name; `keyed` as in postgresql.py."""
    t = f'"{table.name}"'
    key = f'"{table.key}"'
    changed = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in table.columns)
    # The version counts on whatever the write said; the inner UPDATE fires nothing, since SQLite's triggers are not
    # recursive, so the history row is read back from the table.
    count = f"UPDATE {t} SET version = OLD.version + 1 WHERE {key} = NEW.{key} AND version <> OLD.version + 1;"
    read_back = f", {t} n WHERE n.{key} = NEW.{key}"
    behind = _changed_behind(table) if keyed else ""
    return {
        # Without these a write would leave no version behind. SQLite knows triggers by row only.
        f"ocs_i_{table.name}": f"AFTER INSERT ON {t} FOR EACH ROW BEGIN {_insert(table, '+', 'NEW', keyed=keyed)} END",
        f"ocs_u_{table.name}": f"AFTER UPDATE ON {t} FOR EACH ROW WHEN {changed} "
        f"BEGIN {behind}{count} {_insert(table, '~', 'n', read_back, keyed)} END",
        f"ocs_d_{table.name}": f"AFTER DELETE ON {t} FOR EACH ROW BEGIN {behind}{_insert(table, '-', 'OLD', keyed=keyed)} END",
        **(erasable(table) if table.whose and table.ever else append_only(table.history)),
    }


def erasable(table: TrackedTable) -> dict[str, str]:
    """Return the triggers that refuse the same on a history, but for what an open erasure takes out of it."""
    allowed = erasing.of_history(table, "sqlite")
    return append_only(table.history) | refusing(f"ocs_ru_{table.history}", "UPDATE", table.history, allowed)


def refusing(name: str, event: str, table: str, allowed: str) -> dict[str, str]:
    """Return the trigger that refuses an event of a row unless a condition holds."""
    # coalesce, since a condition with a NULL in it must refuse as well.
    refuse = f"BEGIN {REFUSED} END"
    return {name: f'BEFORE {event} ON "{table}" FOR EACH ROW WHEN NOT coalesce({allowed}, 0) {refuse}'}


def append_only(name: str) -> dict[str, str]:
    """Return the triggers that refuse UPDATE and DELETE on a table."""
    # Without these history could be written anew by whoever may write. SQLite has no TRUNCATE, and a DELETE without WHERE fires
    # them too.
    return {
        f"ocs_ru_{name}": f'BEFORE UPDATE ON "{name}" FOR EACH ROW BEGIN {REFUSED} END',
        f"ocs_rd_{name}": f'BEFORE DELETE ON "{name}" FOR EACH ROW BEGIN {REFUSED} END',
    }


def transaction_seal(alias: str) -> str:
    """Return the expression for the digest of a Business Transaction."""
    return f"ocs_digest({', '.join(f'{alias}.{column}' for column in TRANSACTION_SEAL)})"


def former_seal(alias: str, trees: bool = True) -> str:
    """Return the expression for the digest of one from before there was a key; those from before `trees` say of none."""
    values = ", ".join(f"{alias}.{column}" for column in FORMER_SEAL)
    if not trees:
        return f"ocs_digest({values})"
    customers = f"{alias}.customers"
    return f"CASE WHEN {customers} IS NULL THEN ocs_digest({values}) ELSE ocs_digest({values}, {customers}) END"


def sha256(text: str) -> str:
    """Return the expression for the hex SHA-256 of a text."""
    return f"ocs_sha256({text})"


def rows_digest(rows: str) -> str:
    """Return the aggregate for the digest over rows that were written, each as `key:digest`."""
    return f"coalesce(ocs_rows({rows}), '{NONE}')"


def root(order: str, leaf: str) -> str:
    """Return the aggregate for the digest over leaves in an order."""
    return f"coalesce(ocs_root({order}, {leaf}), '{NONE}')"


def rows_digest_of_none() -> str:
    """Return what `rows_digest` gives for a Business Transaction that wrote no row."""
    return NONE


def _close() -> str:
    """Return what closes a Business Transaction; each step is an UPDATE, which fires nothing."""
    own, this = f"FROM {WRITTEN} WHERE transaction_id = NEW.id", "WHERE id = NEW.id"
    rows, seal = rows_digest("transaction_id || ':' || digest"), transaction_seal(TRANSACTIONS)
    return (
        f"UPDATE {TRANSACTIONS} SET rows_count = (SELECT count(*) {own}), rows_digest = (SELECT {rows} {own}) {this}; "
        f"UPDATE {TRANSACTIONS} SET digest = {seal}, mac = {sha256(f'mac || {seal}')} {this}; "
        f"DELETE {own};"
    )


def shared(trees: bool = True, keyed: bool = True, erases: bool = True) -> dict[str, str]:
    """Return the triggers of the Business Transactions: closed once, sealed, handed to the outbox, never deleted.

    Without `trees` for a database that does not know yet in whose trees one happened, without `keyed` for one without keys, without
    `erases` where there are no erasures.
    """
    former = f"UPDATE {TRANSACTIONS} SET digest = {former_seal('NEW', trees)} WHERE id = NEW.id;"
    same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in OPENED)
    elsewhere = f" OR NEW.answer IS NULL OR NOT (OLD.opened_in IS ocs_opened() AND {same})" if keyed else ""
    unless = f" AND NOT coalesce({erasing.of_transaction('sqlite')}, 0)" if erases else ""
    # As on PostgreSQL: an answer is sealed and put into the outbox as it is stored, once, where it was opened. AFTER, since a
    # BEFORE trigger can't change the row here; the digest that is still empty says that it is the first time.
    return {
        "ocs_c_transactions": f"AFTER UPDATE OF answer ON {TRANSACTIONS} FOR EACH ROW WHEN NEW.digest = '' BEGIN "
        f"{_close() if keyed else former} "
        'INSERT INTO "transactions_outboxmessage" (transaction_id) VALUES (NEW.id); END',
        "ocs_ru_transactions": f"BEFORE UPDATE ON {TRANSACTIONS} FOR EACH ROW WHEN (OLD.digest <> ''{elsewhere}){unless} "
        f"BEGIN {REFUSED} END",
        "ocs_rd_transactions": f"BEFORE DELETE ON {TRANSACTIONS} FOR EACH ROW BEGIN {REFUSED} END",
    }


def statements(objects: dict[str, str]) -> list[str]:
    """Return the SQL that puts the triggers in place, replacing what stands there."""
    made = []
    for name, definition in objects.items():
        made += [f'DROP TRIGGER IF EXISTS "{name}"', create(name, definition)]
    return made


def create(name: str, definition: str) -> str:
    """Return the statement that creates a trigger, which is also what sqlite_master remembers of it."""
    return f'CREATE TRIGGER "{name}" {definition}'


def differs(left: str, right: str) -> str:
    """Return the condition that two rows of columns differ, NULLs counting as values."""
    return f"({left}) IS NOT ({right})"


def seal(values: str) -> str:
    """Return the expression for the digest of a row of values."""
    return f"ocs_digest({values})"


MAKE_FORMS = """
CREATE TABLE transactions_sealedform (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT, "history" varchar(63) NOT NULL, "after" bigint NOT NULL,
  "columns" text NOT NULL, "renamed" text NOT NULL, "bound" bool NOT NULL, "digest" varchar(64) NOT NULL
)
"""


def hold(name: str) -> list[str]:
    """Return nothing: who writes here writes alone."""
    return []


def at_once(made: list[str]) -> list[str]:
    """Return the statements as they are: SQLite takes one at a time."""
    return made


def drop(objects: dict[str, str]) -> list[str]:
    """Return the SQL that takes triggers down."""
    return [f'DROP TRIGGER IF EXISTS "{name}"' for name in objects]


def cast(value: str, sealed: str, present: str) -> str | None:
    """Return the expression that gives a value of the present type as it was sealed; None if it is kept alike in both."""
    kept, now = _storage(sealed), _storage(present)
    return None if kept in (now, "") else f"CAST({value} AS {kept})"


def widens(former: str, present: str) -> bool:
    """Return whether values stay as they are kept: SQLite holds no length."""
    return _storage(former) == _storage(present)


def _storage(kind: str) -> str:
    """Return how SQLite keeps the values of a type; empty for those that it keeps as they come."""
    if "int" in kind or "bool" in kind:
        return "INTEGER"
    if "char" in kind or "text" in kind:
        return "TEXT"
    return "REAL" if "real" in kind else ""


INSTALLED = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
