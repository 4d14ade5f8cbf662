"""Trigger SQL for SQLite: row-level, with the functions of ocsportal/transactions/sqlite.py."""

from ocsportal.transactions.triggers import erasing
from ocsportal.transactions.triggers.postgresql import TRANSACTION_SEAL, bound
from ocsportal.transactions.triggers.tables import SPLIT, STAMP, TrackedTable

TRANSACTIONS = '"transactions_businesstransaction"'
USER = "'sqlite'"
REFUSED = "SELECT RAISE(ABORT, 'The audit trail is append-only.');"


def _insert(table: TrackedTable, kind: str, alias: str, source: str = "") -> str:
    def bt(column: str) -> str:
        return f"(SELECT {column} FROM {TRANSACTIONS} WHERE id = ocs_transaction())"

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
    seal = f"{bound(table)}{sealed}, moment, '{kind}', ocs_transaction(), {USER}"
    values = f"{table.of(alias)}, moment, '{kind}', {bt('reason')}, {bt('actor_id')}, ocs_transaction(), {USER}"
    return (
        f'INSERT INTO "{table.history}" ({table.plain()}, {", ".join(columns)}) '
        f"SELECT {values}, ocs_digest({seal}){more} FROM {clock}{source};"
    )


def history_triggers(table: TrackedTable) -> dict[str, str]:
    """Return the triggers of one tracked table, by name."""
    t = f'"{table.name}"'
    key = f'"{table.key}"'
    changed = " OR ".join(f'NEW."{column}" IS NOT OLD."{column}"' for column in table.columns)
    # The version counts on whatever the write said; the inner UPDATE fires nothing, since SQLite's triggers are not
    # recursive, so the history row is read back from the table.
    count = f"UPDATE {t} SET version = OLD.version + 1 WHERE {key} = NEW.{key} AND version <> OLD.version + 1;"
    read_back = f", {t} n WHERE n.{key} = NEW.{key}"
    return {
        f"ocs_i_{table.name}": f"AFTER INSERT ON {t} FOR EACH ROW BEGIN {_insert(table, '+', 'NEW')} END",
        f"ocs_u_{table.name}": f"AFTER UPDATE ON {t} FOR EACH ROW WHEN {changed} "
        f"BEGIN {count} {_insert(table, '~', 'n', read_back)} END",
        f"ocs_d_{table.name}": f"AFTER DELETE ON {t} FOR EACH ROW BEGIN {_insert(table, '-', 'OLD')} END",
        **(erasable(table) if table.whose and table.ever else append_only(table.history)),
    }


def erasable(table: TrackedTable) -> dict[str, str]:
    """Return the triggers that refuse the same on a history, but for what an open erasure takes out of it."""
    allowed = erasing.of_history(table, "sqlite")
    return append_only(table.history) | refusing(f"ocs_ru_{table.history}", "UPDATE", table.history, allowed)


def refusing(name: str, event: str, table: str, allowed: str) -> dict[str, str]:
    """Return the trigger that refuses an event of a row unless a condition holds."""
    refuse = f"BEGIN {REFUSED} END"
    return {name: f'BEFORE {event} ON "{table}" FOR EACH ROW WHEN NOT coalesce({allowed}, 0) {refuse}'}


def append_only(name: str) -> dict[str, str]:
    """Return the triggers that refuse UPDATE and DELETE on a table."""
    return {
        f"ocs_ru_{name}": f'BEFORE UPDATE ON "{name}" FOR EACH ROW BEGIN {REFUSED} END',
        f"ocs_rd_{name}": f'BEFORE DELETE ON "{name}" FOR EACH ROW BEGIN {REFUSED} END',
    }


def transaction_seal(alias: str, trees: bool = True) -> str:
    """Return the expression for the digest of a Business Transaction; those from before `trees` say of none."""
    values = ", ".join(f"{alias}.{column}" for column in TRANSACTION_SEAL)
    if not trees:
        return f"ocs_digest({values})"
    customers = f"{alias}.customers"
    return f"CASE WHEN {customers} IS NULL THEN ocs_digest({values}) ELSE ocs_digest({values}, {customers}) END"


def shared(trees: bool = True) -> dict[str, str]:
    """Return the triggers of the Business Transactions: closed once, sealed, handed to the outbox, never deleted.

    Without `trees` for a database that does not know yet in whose trees one happened.
    """
    seal = transaction_seal("NEW", trees)
    return {
        "ocs_c_transactions": f"AFTER UPDATE OF answer ON {TRANSACTIONS} FOR EACH ROW WHEN NEW.digest = '' BEGIN "
        f"UPDATE {TRANSACTIONS} SET digest = {seal} WHERE id = NEW.id; "
        'INSERT INTO "transactions_outboxmessage" (transaction_id) VALUES (NEW.id); END',
        "ocs_ru_transactions": f"BEFORE UPDATE ON {TRANSACTIONS} FOR EACH ROW WHEN OLD.digest <> '' BEGIN {REFUSED} END",
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
