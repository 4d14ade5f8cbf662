"""What triggers and functions stand in PostgreSQL, told from the parts that its catalogue keeps.

Not by `pg_get_triggerdef`, whose print differs between versions, and after a dump was restored; and not by a mark that
a restored, replaced or weakened trigger could go on bearing.
"""

from collections.abc import Iterable

from django.db.backends.utils import CursorWrapper

TRIGGERS = """
SELECT t.tgname, c.relname, t.tgtype, p.proname, t.tgoldtable, t.tgnewtable,
  ARRAY(SELECT a.attname FROM unnest(t.tgattr::int2[]) WITH ORDINALITY k (number, place)
        JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k.number ORDER BY k.place)::text[],
  t.tgqual IS NOT NULL OR t.tgnargs > 0 OR t.tgdeferrable OR t.tgconstraint <> 0 OR p.pronamespace <> c.relnamespace
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace
"""
FUNCTIONS = """
SELECT p.proname, l.lanname, p.prosrc, coalesce(p.proconfig, '{}'), p.prosecdef
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = current_schema()::regnamespace AND p.prorettype = 'trigger'::regtype
"""
# Rules do something else instead of what was asked, before any trigger.
RULES = """
SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname = ANY(%s)
"""
ROW, BEFORE, INSERT, DELETE, UPDATE, TRUNCATE, INSTEAD = 1, 2, 4, 8, 16, 32, 64


def installed(cursor: CursorWrapper) -> dict[str, str]:
    """Return the definition of every trigger that stands and is switched on, and of every trigger function, by name.

    In the words in which postgresql.py writes them; what it never writes makes another definition.
    """
    cursor.execute(TRIGGERS)
    found = {row[0]: _trigger(*row[1:]) for row in cursor.fetchall()}
    cursor.execute(FUNCTIONS)
    return found | {row[0]: _function(*row) for row in cursor.fetchall()}


def strangers(cursor: CursorWrapper, tables: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return what else stands before the guarded tables and could keep a write from its triggers."""
    guarded, ours = sorted(tables), set(known)
    cursor.execute(TRIGGERS)
    found = [
        f'trigger {name} on {table} (DROP TRIGGER "{name}" ON "{table}")'
        for name, table, kind, *_ in cursor.fetchall()
        if table in guarded and name not in ours and kind & (BEFORE | INSTEAD)
    ]
    cursor.execute(RULES, [guarded])
    return found + [f'rule {name} on {table} (DROP RULE "{name}" ON "{table}")' for name, table in cursor.fetchall()]


def _trigger(
    table: str, kind: int, function: str, former: str | None, changed: str | None, columns: list[str], more: bool
) -> str:
    when = "BEFORE" if kind & BEFORE else "INSTEAD OF" if kind & INSTEAD else "AFTER"
    update = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    events = {INSERT: "INSERT", UPDATE: update, DELETE: "DELETE", TRUNCATE: "TRUNCATE"}
    rows = f" OLD TABLE AS {former}" if former else ""
    rows += f" NEW TABLE AS {changed}" if changed else ""
    return (
        f'{when} {" OR ".join(word for bit, word in events.items() if kind & bit)} ON "{table}" '
        f"{f'REFERENCING{rows} ' if rows else ''}FOR EACH {'ROW' if kind & ROW else 'STATEMENT'} "
        f'EXECUTE FUNCTION "{function}"(){" and more" if more else ""}'
    )


def _function(name: str, language: str, body: str, settings: list[str], definer: bool) -> str:
    options = " ".join(f"SET {key} TO '{value}'" for key, value in (line.split("=", 1) for line in settings))
    if definer:
        options += " SECURITY DEFINER"
    return f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE {language} {options} AS $ocs${body}$ocs$'
