"""The rights of a database role that serves the portal and owns nothing (docs/operating.md, the role that serves)."""

from collections.abc import Iterator

from django.db import connection

from ocsportal.transactions import checks, door
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import ToldItem, Touched
from ocsportal.transactions.triggers import forms, generated, sealing, witnesses

# What no process of the portal changes but a migration, and what it only adds to.
READ = (forms.TABLE, "django_migrations")
ADDED = (
    "transactions_journalentry",
    "transactions_customerentry",
    "transactions_seal",
    "transactions_proof",
    witnesses.TABLE,
)
ALLOWED = "SELECT rolsuper, pg_has_role(rolname, %s, 'MEMBER') FROM pg_roles WHERE rolname = %s"
OWNER = "SELECT tableowner FROM pg_tables WHERE schemaname = current_schema() AND tablename = %s"


class NotFit(Exception):
    """Why a role can't be the one that serves."""


def grant(role: str) -> int:
    """Give a role what serving the portal takes, and nothing else, recorded; return on how many tables.

    Raise NotFit where there is no such role, or triggers would not hold it.
    """
    if connection.vendor != "postgresql":
        raise NotFit("SQLite knows no roles.")
    _check(role)
    tables = [name for name in connection.introspection.table_names() if not name.startswith("pg_")]
    statements = list(_statements(connection.ops.quote_name(role), tables))

    def work() -> Touched:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        item: ToldItem = {"name": "GrantRuntime", "object": {"role": role}, "objectType": "io.ocs.pbs.core.model.Role"}
        return Touched([], extra_items=[item])

    door.record("GrantRuntime", system_change("grant_runtime", reason=f"Role {role} serves the portal"), None, work)
    return len(tables)


def _check(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(OWNER, [generated.TRANSACTIONS])
        owner = cursor.fetchone()[0]
        cursor.execute(ALLOWED, [owner, role])
        row = cursor.fetchone()
    if row is None:
        raise NotFit(f"there is no role {role}; make it first: CREATE ROLE {role} LOGIN PASSWORD '…'")
    if row[0]:
        raise NotFit(f"{role} is a superuser, whom no trigger holds; take another role")
    if row[1]:
        raise NotFit(
            f"{role} is, or may become, {owner}, who owns the tables and can switch triggers off; take another role"
        )


def _statements(role: str, tables: list[str]) -> Iterator[str]:
    histories = {table.history for table in checks.tracked_tables()}
    kept = {generated.TRANSACTIONS, *generated.KEPT, *histories, *sealing.tables()}
    yield f"GRANT USAGE ON SCHEMA {_schema()} TO {role}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {_schema()} TO {role}"
    for table in tables:
        may = "SELECT, INSERT, UPDATE, DELETE"
        if table in READ:
            may = "SELECT"
        elif table in ADDED:
            may = "SELECT, INSERT"
        elif table in kept:
            # UPDATE closes a Business Transaction, and takes out what an erasure may; triggers refuse every other one.
            may = "SELECT, INSERT, UPDATE"
        yield f'REVOKE ALL ON "{table}" FROM {role}'
        yield f'GRANT {may} ON "{table}" TO {role}'


def _schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        return str(cursor.fetchone()[0])
