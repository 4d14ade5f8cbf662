"""Trigger SQL for PostgreSQL: statement-level with transition tables, so that ten thousand rows cost one statement."""

import hashlib
import re

from ocsportal.transactions.triggers import erasing
from ocsportal.transactions.triggers.tables import SPLIT, STAMP, TrackedTable

TRANSACTIONS = '"transactions_businesstransaction"'
# The columns of a Business Transaction that its digest seals, and those that it sealed before there was a key.
TRANSACTION_SEAL = (
    "id", "operation", "channel", "actor_id", "actor_name", "on_behalf_of", "reason_digest", "request_id", "transaction_id",
    "at", "request_hash", "answer_digest", "notice", "target_kind", "target_ref_id", "target_version", "touched", "customers",
    "opened_in", "key_number", "rows_count", "rows_digest",
)  # fmt: skip
FORMER_SEAL = (
    "id", "operation", "channel", "actor_id", "actor_name", "on_behalf_of", "reason", "request_id", "transaction_id",
    "at", "request_hash", "answer", "notice", "target_kind", "target_ref_id", "target_version", "touched",
)  # fmt: skip
# What a Business Transaction is opened with and keeps.
OPENED = (
    "id", "operation", "channel", "actor_id", "actor_name", "on_behalf_of", "reason", "request_id", "transaction_id", "at",
    "request_hash", "salt", "reason_digest", "opened_in", "key_number",
)  # fmt: skip
NONE = hashlib.sha256(b"").hexdigest()
# Who changed a row behind the triggers, as its history says it.
NOBODY = "unknown"
HERE = "pg_current_xact_id()::text::bigint"
IN_UTC = "SET TimeZone TO 'UTC' SET DateStyle TO 'ISO'"


def digest_of(values: str) -> str:
    """Return the expression for the hex SHA-256 of a row of values."""
    return sha256(f"ROW({values})::text")


def transaction_seal(alias: str) -> str:
    """Return the expression for the digest of a Business Transaction."""
    return digest_of(", ".join(f"{alias}.{column}" for column in TRANSACTION_SEAL))


def former_seal(alias: str, trees: bool = True) -> str:
    """Return the expression for the digest of one from before there was a key; those from before `trees` say of none."""
    values = ", ".join(f"{alias}.{column}" for column in FORMER_SEAL)
    more = f" || coalesce({alias}.customers, '')" if trees else ""
    return sha256(f"ROW({values})::text{more}")


def sha256(text: str) -> str:
    """Return the expression for the hex SHA-256 of a text."""
    return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"


def rows_digest(rows: str, which: str = "") -> str:
    """Return the aggregate for the digest over rows that were written, each as `key:digest`."""
    return sha256(f"coalesce(string_agg({rows}, '' ORDER BY {rows} COLLATE \"C\"){which}, '')")


def root(order: str, leaf: str) -> str:
    """Return the aggregate for the digest over leaves in an order."""
    return sha256(f"coalesce(string_agg({leaf}, '' ORDER BY {order}), '')")


def rows_digest_of_none() -> str:
    """Return what `rows_digest` gives for a Business Transaction that wrote no row."""
    return NONE


def bound(table: TrackedTable) -> str:
    """Return the beginning of what a history row is sealed over: the form that says which columns follow."""
    return f"'{table.form}', " if table.form else ""


# Refuses whoever names a Business Transaction that was not opened in this very database transaction, or is closed.
NOT_OPEN = "RAISE EXCEPTION 'The audit trail is append-only: Business Transaction % is not open in this database transaction.', tx"
OPEN_HERE = f"""
  IF tx IS NOT NULL THEN
    SELECT actor_id, reason INTO who, why FROM {TRANSACTIONS} WHERE id = tx AND answer IS NULL AND opened_in = {HERE};
    IF NOT FOUND THEN
      {NOT_OPEN};
    END IF;
  END IF;
"""
# Adds the rows that were just written to what the Business Transaction's closing looks at.
NOTE_ROWS = """
  IF written IS NOT NULL THEN
    PERFORM set_config('ocs.rows', concat_ws(',', nullif(current_setting('ocs.rows', true), ''), written), true);
  END IF;
"""


def _history_function(table: TrackedTable, keyed: bool) -> str:
    def insert(kind: str, alias: str, source: str, where: str = "", by: str = "tx, session_user") -> str:
        values, more = table.of(alias), ""
        columns: tuple[str, ...] = STAMP
        if table.personal:
            columns, more = (*STAMP, *SPLIT), f", {alias}.ocs_salt, {alias}.ocs_personal"
            source, where = _split(table, alias, source, where), ""
            values = f"{alias}.ocs_personal, {table.apart(alias, personal=False)}"
        seal = f"{bound(table)}{values}, moment, '{kind}', {by}"
        told = "bt.reason, bt.actor_id" if not keyed else "why, who" if by.startswith("tx") else "NULL, NULL"
        joined = "" if keyed else f" LEFT JOIN {TRANSACTIONS} bt ON bt.id = tx"
        return (
            f'INSERT INTO "{table.history}" ({table.plain()}, {", ".join(columns)})\n'
            f"    SELECT {table.of(alias)}, moment, '{kind}', {told}, {by},\n"
            f"      {digest_of(seal)}{more}\n"
            f"    FROM {source}{joined}{where}"
        )

    def noted(statement: str) -> str:
        if not keyed:
            return statement
        return (
            f"WITH entered AS ({statement} RETURNING digest)\n"
            "    SELECT string_agg(tx || ':' || digest, ',') INTO written FROM entered"
        )

    changed = f"ROW({table.of('n')}) IS DISTINCT FROM ROW({table.of('o')})"
    both = f'changed n JOIN former o ON o."{table.key}" = n."{table.key}"'
    other = insert("~", "o", *_changed_behind(table), by=f"NULL::bigint, '{NOBODY}'")
    return f"""
DECLARE
  tx bigint := nullif(current_setting('ocs.transaction', true), '')::bigint;
  moment timestamptz := coalesce(nullif(current_setting('ocs.recorded_at', true), '')::timestamptz,
                                 date_trunc('milliseconds', clock_timestamp()));
  who bigint;
  why text;
  written text;
BEGIN{OPEN_HERE if keyed else ""}
  IF TG_OP = 'INSERT' THEN
    {noted(insert("+", "n", "changed n"))};
  ELSIF TG_OP = 'UPDATE' THEN
    {f"{other};" if keyed else ""}
    {noted(insert("~", "n", both, f" WHERE {changed}"))};
  ELSE
    {f"{other};" if keyed else ""}
    {noted(insert("-", "o", "former o"))};
  END IF;{NOTE_ROWS if keyed else ""}
  RETURN NULL;
END
"""


def _split(table: TrackedTable, alias: str, source: str, where: str) -> str:
    """Return the rows of a source with a salt, and the digest of their personal columns.

    OFFSET 0 keeps the database from putting either expression wherever it is named, and computing it each time.
    """
    personal = digest_of(f"{alias}.ocs_salt, {table.apart(alias, personal=True)}")
    salted = f"(SELECT {alias}.*, gen_random_uuid() AS ocs_salt FROM {source}{where} OFFSET 0) {alias}"
    return f"(SELECT {alias}.*, {personal} AS ocs_personal FROM {salted} OFFSET 0) {alias}"


def _changed_behind(table: TrackedTable) -> tuple[str, str]:
    """Return the rows, as they were found, that are not what their newest history says, and the condition for it."""
    newest = f'SELECT * FROM "{table.history}" WHERE "{table.key}" = o."{table.key}" ORDER BY history_id DESC LIMIT 1'
    differ = f" WHERE ROW({table.of('o')}) IS DISTINCT FROM ROW({table.of('h')})"
    return f"former o LEFT JOIN LATERAL ({newest}) h ON true", differ


def _version_function(table: TrackedTable) -> str:
    # In the function and not as the trigger's WHEN, which would hold the columns' types fast and is printed otherwise after a dump.
    changed = (
        "NEW IS DISTINCT FROM OLD" if table.whole else f"ROW({table.of('NEW')}) IS DISTINCT FROM ROW({table.of('OLD')})"
    )
    return f"""
BEGIN
  IF {changed} THEN
    NEW.version := OLD.version + 1;
  END IF;
  RETURN NEW;
END
"""


REFUSE_BODY = """
BEGIN
  RAISE EXCEPTION 'The audit trail is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME;
END
"""


ROWS = "unnest(string_to_array(nullif(current_setting('ocs.rows', true), ''), ',')) r"
CLOSED_ONCE = (
    "RAISE EXCEPTION 'The audit trail is append-only: a Business Transaction is closed once, where it was opened, "
    "and never changed.'"
)
# Once closed, only an open erasure may take something out.
ERASE = f"""
  IF OLD.answer IS NOT NULL THEN
    IF {erasing.of_transaction("postgresql")} THEN
      RETURN NEW;
    END IF;
  END IF;
"""
CLOSE_BODY = f"""
DECLARE
  others text;
BEGIN
  IF OLD.answer IS NOT NULL OR NEW.answer IS NULL OR OLD.opened_in IS DISTINCT FROM {HERE} OR
     ROW({", ".join(f"OLD.{column}" for column in OPENED)}) IS DISTINCT FROM
     ROW({", ".join(f"NEW.{column}" for column in OPENED)}) THEN
    {CLOSED_ONCE};
  END IF;
  SELECT count(*) FILTER (WHERE mine), {rows_digest("r", " FILTER (WHERE mine)")},
         string_agg(r, ',') FILTER (WHERE NOT mine)
    INTO NEW.rows_count, NEW.rows_digest, others
    FROM (SELECT r, starts_with(r, NEW.id || ':') AS mine FROM {ROWS}) w;
  PERFORM set_config('ocs.rows', coalesce(others, ''), true);
  NEW.digest := {transaction_seal("NEW")};
  NEW.mac := {sha256("NEW.mac || NEW.digest")};
  INSERT INTO "transactions_outboxmessage" (transaction_id) VALUES (NEW.id);
  RETURN NEW;
END
"""


def _former_close_body(trees: bool) -> str:
    return f"""
BEGIN
  IF OLD.answer IS NOT NULL OR NEW.answer IS NULL OR
     (OLD.id, OLD.operation, OLD.actor_id, OLD.request_id, OLD.at) IS DISTINCT FROM
     (NEW.id, NEW.operation, NEW.actor_id, NEW.request_id, NEW.at) THEN
    {CLOSED_ONCE};
  END IF;
  NEW.digest := {former_seal("NEW", trees)};
  INSERT INTO "transactions_outboxmessage" (transaction_id) VALUES (NEW.id);
  RETURN NEW;
END
"""


def history_triggers(table: TrackedTable, keyed: bool = True) -> dict[str, str]:
    """Return the functions and triggers of one tracked table, by name.

    Not `keyed` for a database whose Business Transactions don't say yet in which database transaction they were opened.
    """
    function, count = f"ocs_history_{table.name}", f"ocs_version_{table.name}"
    t = f'"{table.name}"'
    run = f'FOR EACH STATEMENT EXECUTE FUNCTION "{function}"()'
    return {
        function: create_function(function, _history_function(table, keyed), IN_UTC),
        count: create_function(count, _version_function(table)),
        # Without these a write would leave no version behind. By statement, with all its rows at once: by row, a cascade over ten
        # thousand would run the function ten thousand times.
        f"ocs_i_{table.name}": f"AFTER INSERT ON {t} REFERENCING NEW TABLE AS changed {run}",
        f"ocs_u_{table.name}": f"AFTER UPDATE ON {t} REFERENCING OLD TABLE AS former NEW TABLE AS changed {run}",
        f"ocs_d_{table.name}": f"AFTER DELETE ON {t} REFERENCING OLD TABLE AS former {run}",
        **(erasable(table) if table.whose and table.ever else append_only(table.history)),
        # Without this the version would be what the write says: two writers could claim the same one, and a stale ETag would pass.
        # Before the row is written, since afterwards it would take a second write.
        f"ocs_v_{table.name}": f'BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION "{count}"()',
        # TRUNCATE fires no other trigger: without this it would empty a table and leave no trace.
        f"ocs_t_{table.name}": f'BEFORE TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION "ocs_refuse"()',
    }


def append_only(name: str) -> dict[str, str]:
    """Return the triggers that refuse UPDATE, DELETE and TRUNCATE on a table."""
    refuse = 'EXECUTE FUNCTION "ocs_refuse"()'
    return {
        # Without these history could be written anew by whoever may write: a seal would tell that it was, and not what it had said.
        "ocs_refuse": create_function("ocs_refuse", REFUSE_BODY),
        f"ocs_r_{name}": f'BEFORE UPDATE OR DELETE ON "{name}" FOR EACH ROW {refuse}',
        f"ocs_t_{name}": f'BEFORE TRUNCATE ON "{name}" FOR EACH STATEMENT {refuse}',
    }


def erasable(table: TrackedTable) -> dict[str, str]:
    """Return the triggers that refuse the same on a history, but for what an open erasure takes out of it."""
    allowed = erasing.of_history(table, "postgresql")
    return {
        # DELETE is refused as before. UPDATE asks a condition instead: without it nobody could be erased, were it only "no UPDATE".
        **append_only(table.history),
        f"ocs_r_{table.history}": f'BEFORE DELETE ON "{table.history}" FOR EACH ROW EXECUTE FUNCTION "ocs_refuse"()',
        **refusing(f"ocs_x_{table.history}", "UPDATE", table.history, allowed),
    }


def refusing(name: str, event: str, table: str, allowed: str) -> dict[str, str]:
    """Return the trigger that refuses an event of a row unless a condition holds, and its function."""
    body = f"""
BEGIN
  IF ({allowed}) IS NOT TRUE THEN
    RAISE EXCEPTION 'The audit trail is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END
"""
    function = name.replace("ocs_", "ocs_may_", 1)
    return {
        # IS NOT TRUE, since a condition with a NULL in it must refuse as well.
        function: create_function(function, body),
        name: f'BEFORE {event} ON "{table}" FOR EACH ROW EXECUTE FUNCTION "{function}"()',
    }


def _close_body(trees: bool, keyed: bool, erases: bool) -> str:
    body = CLOSE_BODY if keyed else _former_close_body(trees)
    return body.replace("BEGIN\n", f"BEGIN{ERASE}", 1) if erases else body


def shared(trees: bool = True, keyed: bool = True, erases: bool = True) -> dict[str, str]:
    """Return the functions every table uses, and the triggers of the Business Transactions.

    Without `trees` for a database that does not know yet in whose trees one happened, without `keyed` for one without keys, without
    `erases` where there are no erasures.
    """
    refuse = 'EXECUTE FUNCTION "ocs_refuse"()'
    return {
        # Closing seals what the Business Transaction says and has written, and puts it into the outbox, in the same statement
        # as the answer: without this an answer could be changed later, and an event lost, or sent for what was rolled back.
        "ocs_refuse": create_function("ocs_refuse", REFUSE_BODY),
        "ocs_close": create_function("ocs_close", _close_body(trees, keyed, erases), IN_UTC),
        # BEFORE, so that the seal covers what is about to be stored.
        "ocs_c_transactions": f'BEFORE UPDATE ON {TRANSACTIONS} FOR EACH ROW EXECUTE FUNCTION "ocs_close"()',
        "ocs_r_transactions": f"BEFORE DELETE ON {TRANSACTIONS} FOR EACH ROW {refuse}",
        "ocs_t_transactions": f"BEFORE TRUNCATE ON {TRANSACTIONS} FOR EACH STATEMENT {refuse}",
    }


def statements(objects: dict[str, str]) -> list[str]:
    """Return the SQL that puts the objects in place, replacing what stands there, whatever became of it."""
    made = []
    for name, definition in objects.items():
        if definition.startswith("CREATE"):
            made.append(definition)
        else:
            made += drop({name: definition})
            made.append(f'CREATE TRIGGER "{name}" {definition}')
    return made


def _table_of(definition: str) -> str:
    return definition.split(" ON ", 1)[1].split(" ", 1)[0]


def create_function(name: str, body: str, options: str = "") -> str:
    """Return the statement that creates a trigger function."""
    return f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql {options} AS $ocs${body}$ocs$'


def differs(left: str, right: str) -> str:
    """Return the condition that two rows of columns differ, NULLs counting as values."""
    return f"ROW({left}) IS DISTINCT FROM ROW({right})"


seal = digest_of
# Types whose values are the same text, whichever of one line a column has.
SAME_TEXT = (("smallint", "integer", "bigint"), ("varchar", "text"))
MAKE_FORMS = """
CREATE TABLE transactions_sealedform (
  id bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, "history" varchar(63) NOT NULL, "after" bigint NOT NULL,
  "columns" text NOT NULL, "renamed" text NOT NULL, "bound" boolean NOT NULL, "digest" varchar(64) NOT NULL
)
"""


def hold(name: str) -> list[str]:
    """Return the SQL that keeps others from a table until the database transaction ends.

    The strongest lock at once: a change of columns needs it, and who takes it in two steps may deadlock with a reader.
    """
    return ["SET CONSTRAINTS ALL IMMEDIATE", f'LOCK TABLE "{name}" IN ACCESS EXCLUSIVE MODE']


def at_once(made: list[str]) -> list[str]:
    """Return statements as one, which is sent at once: others wait meanwhile."""
    return [";\n".join(made)] if made else []


def drop(objects: dict[str, str]) -> list[str]:
    """Return the SQL that takes triggers down; their functions stay, and do nothing by themselves."""
    triggers = {name: definition for name, definition in objects.items() if not definition.startswith("CREATE")}
    return [f'DROP TRIGGER IF EXISTS "{name}" ON {_table_of(definition)}' for name, definition in triggers.items()]


def cast(value: str, sealed: str, present: str) -> str | None:
    """Return the expression that gives a value of the present type as it was sealed; None if they are the same text."""
    plain = [kind.split("(")[0] if kind.startswith("varchar") else kind for kind in (sealed, present)]
    if plain[0] == plain[1] or any(plain[0] in line and plain[1] in line for line in SAME_TEXT):
        return None
    return f"({value})::{sealed}"


def widens(former: str, present: str) -> bool:
    """Return whether a column of the present type holds whatever one of the former type held, as the same text."""
    (name, size), (other, more) = (re.fullmatch(r"(varchar)\((\d+)\)|.*", kind).groups() for kind in (former, present))  # type: ignore[union-attr]
    if name and other:
        return int(size) <= int(more)
    for line in SAME_TEXT:
        if (name or former) in line and (other or present) in line:
            return line.index(name or former) <= line.index(other or present)
    return former == present
