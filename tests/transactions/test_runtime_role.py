"""The role that serves the portal may serve it, and can't get at what guards the audit trail."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from ocsportal.transactions import verification
from ocsportal.transactions.models import BusinessTransaction
from tests.client import RestClient
from tests.transactions.rows import sql

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
ROLE = "ocs_serves"
C, H, T = "customers_customer", "customers_historicalcustomer", "transactions_businesstransaction"


@pytest.fixture
def role(db: None) -> str:
    """A role that owns nothing, made for this test."""
    sql(f"CREATE ROLE {ROLE} LOGIN")
    return ROLE


@pytest.fixture
def serving(role: str) -> Iterator[None]:
    """Serve by it."""
    call_command("grant_runtime", role)
    sql(f"SET ROLE {role}")
    yield
    sql("RESET ROLE")


def test_it_serves(serving: None, api: RestClient, run_command: Any) -> None:
    api.done("/customers/create", externalId="one", customerProfile="b2c", customName="One")
    api.done("/customers/update-custom-name", customer={"externalId": "one"}, customName="Two")
    run_command("worker", "--once")
    run_command("load_reference_data")
    run_command("audit_head")
    assert list(verification.findings()) == []
    assert "The audit trail holds" in run_command("verify_audit")


@pytest.mark.parametrize(
    "statement",
    [
        f"ALTER TABLE {C} DISABLE TRIGGER ocs_u_{C}",
        f"DROP TRIGGER ocs_u_{C} ON {C}",
        "SET session_replication_role = replica",
        f"CREATE OR REPLACE FUNCTION ocs_history_{C}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        f"CREATE TRIGGER mine BEFORE INSERT ON {H} FOR EACH ROW EXECUTE FUNCTION ocs_refuse()",
        f"TRUNCATE {H}",
        f"DELETE FROM {H}",
        f"DELETE FROM {T}",
        "DELETE FROM balances_ledgerentry",
        "UPDATE transactions_journalentry SET position = 0",
        "DELETE FROM transactions_journalentry",
        "UPDATE transactions_seal SET head = ''",
        "UPDATE transactions_witness SET kind = '-'",
        "INSERT INTO transactions_sealedform (history, after, columns, renamed, bound, digest) VALUES ('x', 0, '', '', true, '')",
        f"ALTER TABLE {C} ADD COLUMN mine integer",
        "DROP TABLE transactions_proof",
    ],
)
def test_it_gets_at_nothing_that_guards(statement: str, serving: None) -> None:
    with pytest.raises(DatabaseError, match=r"must be owner|permission denied"), transaction.atomic():
        sql(statement)


def test_who_is_held_by_no_trigger_is_refused(role: str) -> None:
    before = BusinessTransaction.objects.count()
    with pytest.raises(CommandError, match="there is no role nobody_here; make it first"):
        call_command("grant_runtime", "nobody_here")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
    with pytest.raises(CommandError, match="is a superuser, whom no trigger holds"):
        call_command("grant_runtime", owner)
    sql(f"CREATE ROLE ocs_member LOGIN IN ROLE {ROLE}")
    sql(f"ALTER TABLE {T} OWNER TO {ROLE}")
    with pytest.raises(CommandError, match="who owns the tables and can switch triggers off"):
        call_command("grant_runtime", "ocs_member")
    sql(f"ALTER TABLE {T} OWNER TO {owner}")
    assert BusinessTransaction.objects.count() == before


def test_it_is_recorded(role: str, run_command: Any) -> None:
    assert run_command("grant_runtime", role).endswith("and owns none of them.\n")
    entry = BusinessTransaction.objects.latest("pk")
    assert (entry.operation, entry.reason) == ("GrantRuntime", f"Role {role} serves the portal")
    run_command("grant_runtime", role)
