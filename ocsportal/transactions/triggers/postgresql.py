"""Trigger SQL for PostgreSQL: statement-level with transition tables, so that ten thousand rows cost one statement."""

import re

from ocsportal.transactions.triggers import erasing
from ocsportal.transactions.triggers.tables import SPLIT, STAMP, TrackedTable

TRANSACTIONS = '"transactions_businesstransaction"'
# What stands in databases that were made before is compared letter by letter, so a function that says the same stays as it was.
BREAK = "\n    "
# The columns of a Business Transaction that its digest seals.
TRANSACTION_SEAL = (
    "id", "operation", "channel", "actor_id", "actor_name", "on_behalf_of", "reason", "request_id", "transaction_id",
    "at", "request_hash", "answer", "notice", "target_kind", "target_ref_id", "target_version", "touched",
)  # fmt: skip
IN_UTC = "SET TimeZone TO 'UTC' SET DateStyle TO 'ISO'"


def digest_of(values: str) -> str:
    """Return the expression for the hex SHA-256 of a row of values."""
    return f"encode(sha256(convert_to(ROW({values})::text, 'UTF8')), 'hex')"


def transaction_seal(alias: str, trees: bool = True) -> str:
    """Return the expression for the digest of a Business Transaction; those from before `trees` say of none."""
    values = ", ".join(f"{alias}.{column}" for column in TRANSACTION_SEAL)
    more = f" || coalesce({alias}.customers, '')" if trees else ""
    return f"encode(sha256(convert_to(ROW({values})::text{more}, 'UTF8')), 'hex')"


def bound(table: TrackedTable) -> str:
    """Return the beginning of what a history row is sealed over: the form that says which columns follow."""
    return f"'{table.form}', " if table.form else ""


def _history_function(table: TrackedTable) -> str:
    def insert(kind: str, alias: str, source: str, where: str = "") -> str:
        values, more = table.of(alias), ""
        columns: tuple[str, ...] = STAMP
        if table.personal:
            columns, more = (*STAMP, *SPLIT), f", {alias}.ocs_salt, {alias}.ocs_personal"
            source, where = _split(table, alias, source, where), ""
            values = f"{alias}.ocs_personal, {table.apart(alias, personal=False)}"
        seal = f"{bound(table)}{values}, moment, '{kind}', tx, session_user"
        return (
            f'INSERT INTO "{table.history}" ({table.plain()}, {", ".join(columns)})\n'
            f"    SELECT {table.of(alias)}, moment, '{kind}', bt.reason, bt.actor_id, tx, session_user,\n"
            f"      {digest_of(seal)}{more}\n"
            f"    FROM {source} LEFT JOIN {TRANSACTIONS} bt ON bt.id = tx{where and BREAK}{where.strip()}"
        )

    changed = f"ROW({table.of('n')}) IS DISTINCT FROM ROW({table.of('o')})"
    return f"""
DECLARE
  tx bigint := nullif(current_setting('ocs.transaction', true), '')::bigint;
  moment timestamptz := coalesce(nullif(current_setting('ocs.recorded_at', true), '')::timestamptz,
                                 date_trunc('milliseconds', clock_timestamp()));
BEGIN
  IF TG_OP = 'INSERT' THEN
    {insert("+", "n", "changed n")};
  ELSIF TG_OP = 'UPDATE' THEN
    {insert("~", "n", f'changed n JOIN former o ON o."{table.key}" = n."{table.key}"', f" WHERE {changed}")};
  ELSE
    {insert("-", "o", "former o")};
  END IF;
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


def _close_body(trees: bool) -> str:
    return f"""
BEGIN
  IF OLD.answer IS NOT NULL OR NEW.answer IS NULL OR
     (OLD.id, OLD.operation, OLD.actor_id, OLD.request_id, OLD.at) IS DISTINCT FROM
     (NEW.id, NEW.operation, NEW.actor_id, NEW.request_id, NEW.at) THEN
    RAISE EXCEPTION 'The audit trail is append-only: a Business Transaction is closed once and never changed.';
  END IF;
  NEW.digest := {transaction_seal("NEW", trees)};
  INSERT INTO "transactions_outboxmessage" (transaction_id) VALUES (NEW.id);
  RETURN NEW;
END
"""


def history_triggers(table: TrackedTable) -> dict[str, str]:
    """Return the functions and triggers of one tracked table, by name."""
    function, count = f"ocs_history_{table.name}", f"ocs_version_{table.name}"
    t = f'"{table.name}"'
    run = f'FOR EACH STATEMENT EXECUTE FUNCTION "{function}"()'
    return {
        function: create_function(function, _history_function(table), IN_UTC),
        count: create_function(count, _version_function(table)),
        f"ocs_i_{table.name}": f"AFTER INSERT ON {t} REFERENCING NEW TABLE AS changed {run}",
        f"ocs_u_{table.name}": f"AFTER UPDATE ON {t} REFERENCING OLD TABLE AS former NEW TABLE AS changed {run}",
        f"ocs_d_{table.name}": f"AFTER DELETE ON {t} REFERENCING OLD TABLE AS former {run}",
        **(erasable(table) if table.whose and table.ever else append_only(table.history)),
        f"ocs_v_{table.name}": f'BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION "{count}"()',
        f"ocs_t_{table.name}": f'BEFORE TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION "ocs_refuse"()',
    }


def append_only(name: str) -> dict[str, str]:
    """Return the triggers that refuse UPDATE, DELETE and TRUNCATE on a table."""
    refuse = 'EXECUTE FUNCTION "ocs_refuse"()'
    return {
        "ocs_refuse": create_function("ocs_refuse", REFUSE_BODY),
        f"ocs_r_{name}": f'BEFORE UPDATE OR DELETE ON "{name}" FOR EACH ROW {refuse}',
        f"ocs_t_{name}": f'BEFORE TRUNCATE ON "{name}" FOR EACH STATEMENT {refuse}',
    }


def erasable(table: TrackedTable) -> dict[str, str]:
    """Return the triggers that refuse the same on a history, but for what an open erasure takes out of it."""
    allowed = erasing.of_history(table, "postgresql")
    return {
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
        function: create_function(function, body),
        name: f'BEFORE {event} ON "{table}" FOR EACH ROW EXECUTE FUNCTION "{function}"()',
    }


def shared(trees: bool = True) -> dict[str, str]:
    """Return the functions every table uses, and the triggers of the Business Transactions.

    Without `trees` for a database that does not know yet in whose trees one happened.
    """
    refuse = 'EXECUTE FUNCTION "ocs_refuse"()'
    return {
        "ocs_refuse": create_function("ocs_refuse", REFUSE_BODY),
        "ocs_close": create_function("ocs_close", _close_body(trees), IN_UTC),
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
