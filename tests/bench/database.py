"""Throw-away databases on the server that TEST_DATABASE_URL names: one for the portal and the floor, one for the draft."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

SECRET = "only-for-the-bench-" + "x" * 40


@dataclass(frozen=True)
class Databases:
    """The addresses of the two databases."""

    portal: str
    draft: str

    def environment(self, draft: bool = False) -> dict[str, str]:
        """Return the environment in which the portal (with the floor beside it) or the draft runs."""
        kept = {name: value for name, value in os.environ.items() if name not in ("EVENTS_URL", "RATE_LIMIT", "DEBUG")}
        return kept | {
            "SECRET_KEY": SECRET,
            "AUDIT_KEY": SECRET,
            "DATABASE_URL": self.draft if draft else self.portal,
            "DJANGO_SETTINGS_MODULE": "tests.bench.rivals.draft.settings" if draft else "ocsportal.settings",
            "ALLOWED_HOSTS": "127.0.0.1,testserver",
            "PYTHONWARNINGS": "ignore",
        }


@contextmanager
def databases(server: str) -> Iterator[Databases]:
    """Make both databases and fill them; drop them at the end, whatever happened."""
    names = [f"ocs_bench_{os.getpid()}", f"ocs_bench_{os.getpid()}_draft"]
    with psycopg.connect(server, autocommit=True) as admin:
        made = []
        try:
            for name in names:
                admin.execute(f'CREATE DATABASE "{name}"')
                made.append(name)
            found = Databases(*[_at(server, name) for name in names])
            _prepare(found)
            yield found
        finally:
            for name in made:
                admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _at(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _prepare(found: Databases) -> None:
    portal, draft = found.environment(), found.environment(draft=True)
    _manage(portal, "migrate", "-v", "0")
    _manage(portal, "load_reference_data", "-v", "0")
    # Twice: tables without migrations are made first, and refer to those with.
    _manage(draft, "migrate", "-v", "0")
    _manage(draft, "migrate", "--run-syncdb", "-v", "0")
    with psycopg.connect(found.portal, autocommit=True) as connection:
        for statement in FLOOR:
            connection.execute(statement)


def _manage(environment: dict[str, str], *words: str) -> None:
    run = [
        sys.executable,
        "-c",
        "from django.core.management import execute_from_command_line as e; import sys; e(sys.argv)",
    ]
    done = subprocess.run([*run, *words], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")


# The floor writes the same rows with the same indexes; what it goes without are triggers and foreign keys. Columns that
# it leaves out are empty, as the portal has them; keys start where those of copied rows never are.
TABLES = {
    "businesstransaction": "transactions_businesstransaction",
    "outboxmessage": "transactions_outboxmessage",
    **{
        f"{kind}{name}": f"{app}_{kind}{name}"
        for kind in ("", "historical")
        for app, name in (
            ("customers", "customer"), ("accounts", "account"), ("subscribers", "subscriber"),
            ("subscribers", "subscriberresource"), ("offers", "subscription"), ("balances", "balance"),
        )
    },
    "ledgerentry": "balances_ledgerentry",
}  # fmt: skip
EMPTY = """
DO $$ DECLARE c record; BEGIN
  FOR c IN SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'floor'
    AND is_nullable = 'NO' AND column_default IS NULL AND data_type IN ('character varying', 'text', 'boolean', 'jsonb')
    AND table_name NOT LIKE 'historical%'
  LOOP EXECUTE format('ALTER TABLE floor.%I ALTER %I SET DEFAULT %L', c.table_name, c.column_name,
    CASE c.data_type WHEN 'boolean' THEN 'false' WHEN 'jsonb' THEN '{}' ELSE '' END); END LOOP;
END $$;
"""
FLOOR = [
    "CREATE SCHEMA floor",
    *[f"CREATE TABLE floor.{name} (LIKE {table} INCLUDING ALL)" for name, table in TABLES.items()],
]
FLOOR += [
    f"ALTER TABLE floor.{name} ALTER id RESTART WITH 1000000000" for name in TABLES if not name.startswith("hist")
]
FLOOR += [EMPTY]


def settings_of(server: str) -> dict[str, str]:
    """Return what of the server's settings decides about durability."""
    names = ["server_version", "fsync", "synchronous_commit", "full_page_writes"]
    with psycopg.connect(server) as connection:
        return {name: str(_one(connection, f"SHOW {name}")) for name in names}


def row_counts(address: str) -> dict[str, int]:
    """Return how many rows each table of a database has, counted."""
    tables = (
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
    )
    with psycopg.connect(address) as connection:
        names = [row[0] for row in connection.execute(tables)]
        return {name.removeprefix("public."): _one(connection, f"SELECT count(*) FROM {name}") for name in names}


def _one(connection: psycopg.Connection[Any], sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]
