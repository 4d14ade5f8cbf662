"""Triggers are known by what they do, in a restored database as in any; what was weakened is found, mended and recorded."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ocsportal.transactions import verification
from ocsportal.transactions.checks import trigger_faults
from ocsportal.transactions.models import BusinessTransaction
from tests.transactions.copied import ROOT, manage, other_database, server, url_of
from tests.transactions.rows import sql

pytestmark = pytest.mark.django_db

GONE, OTHER = "is missing or switched off.", "differs from what the model needs."
C, H = "customers_customer", "customers_historicalcustomer"
S = "customers_historicalcustomersegment"  # Nothing of it is personal.
NOTHING = "LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
# What was done, then what is found of it.
ON_POSTGRESQL = [
    (f"ALTER TABLE {C} DISABLE TRIGGER ocs_u_{C}", f"ocs_u_{C} {GONE}"),
    (f"ALTER TABLE {C} ENABLE REPLICA TRIGGER ocs_i_{C}", f"ocs_i_{C} {GONE}"),
    (f"DROP TRIGGER ocs_d_{C} ON {C}", f"ocs_d_{C} {GONE}"),
    (
        f"CREATE OR REPLACE TRIGGER ocs_v_{C} BEFORE UPDATE ON {C} FOR EACH ROW WHEN (false) EXECUTE FUNCTION ocs_version_{C}()",
        f"ocs_v_{C} {OTHER}",
    ),
    (
        f"CREATE OR REPLACE TRIGGER ocs_v_{C} BEFORE UPDATE OF state ON {C} FOR EACH ROW EXECUTE FUNCTION ocs_version_{C}()",
        f"ocs_v_{C} {OTHER}",
    ),
    (
        f"CREATE OR REPLACE TRIGGER ocs_r_{S} BEFORE DELETE ON {S} FOR EACH ROW EXECUTE FUNCTION ocs_refuse()",
        f"ocs_r_{S} {OTHER}",
    ),
    # A history with personal columns lets an erasure through, and nothing else.
    (f"DROP TRIGGER ocs_x_{H} ON {H}", f"ocs_x_{H} {GONE}"),
    (f"CREATE OR REPLACE FUNCTION ocs_may_x_{H}() RETURNS trigger {NOTHING}", f"ocs_may_x_{H} {OTHER}"),
    (
        f"CREATE OR REPLACE TRIGGER ocs_r_{H} BEFORE UPDATE OR DELETE ON {H} EXECUTE FUNCTION ocs_version_{C}()",
        f"ocs_r_{H} {OTHER}",
    ),
    (
        f"CREATE OR REPLACE TRIGGER ocs_r_{H} BEFORE UPDATE OR DELETE ON {H} FOR EACH ROW EXECUTE FUNCTION ocs_refuse('x')",
        f"ocs_r_{H} {OTHER}",
    ),
    (f"CREATE OR REPLACE FUNCTION ocs_history_{C}() RETURNS trigger {NOTHING}", f"ocs_history_{C} {OTHER}"),
    ("ALTER FUNCTION ocs_close() SET DateStyle TO 'German'", f"ocs_close {OTHER}"),
    ("ALTER FUNCTION ocs_refuse() SECURITY DEFINER", f"ocs_refuse {OTHER}"),
    *(
        (f"DROP TRIGGER {name} ON {table}", f"{name} {GONE}")
        for name, table in (
            ("ocs_c_transactions", "transactions_businesstransaction"),
            ("ocs_r_balances_ledgerentry", "balances_ledgerentry"),
            ("ocs_r_balances_amountmoved", "balances_amountmoved"),
            ("ocs_r_transactions_sealedform", "transactions_sealedform"),
            ("ocs_e_customers_customerprofile", "customers_customerprofile"),
            ("in_use_update_accounts_currency", "accounts_currency"),
            ("keep_code_offers_offer", "offers_offer"),
            ("in_use_delete_offers_offerservice", "offers_offerservice"),
        )
    ),
]
ON_SQLITE = [
    *(
        (f"DROP TRIGGER {name}", f"{name} {GONE}")
        for name in (
            f"ocs_u_{C}", f"ocs_ru_{H}", "ocs_c_transactions", "ocs_ru_balances_ledgerentry", "ocs_rd_balances_amountmoved",
            "ocs_ru_transactions_sealedform", "ocs_ei_customers_customerprofile", "in_use_update_accounts_currency",
            "keep_code_offers_offer", "in_use_delete_offers_offerservice",
        )
    ),
    (
        f"DROP TRIGGER ocs_u_{C}; CREATE TRIGGER ocs_u_{C} AFTER UPDATE ON {C} WHEN 0 BEGIN SELECT 1; END",
        f"ocs_u_{C} {OTHER}",
    ),
]  # fmt: skip
WEAKENED = ON_POSTGRESQL if connection.vendor == "postgresql" else ON_SQLITE


@pytest.mark.parametrize(("done", "found"), WEAKENED)
def test_what_was_weakened_is_found_mended_and_recorded(
    done: str, found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for statement in done.split("; C", 1):
        sql(statement if statement.startswith(done[:4]) else f"C{statement}")
    assert trigger_faults() == [found]
    finding = next(verification.findings())
    assert (finding.fault, finding.remedy) == (found.rstrip("."), verification.MEND)
    call_command("install_triggers")
    assert capsys.readouterr().out == f"{found}\nAll triggers stand as the models need them.\n"
    assert trigger_faults() == list(verification.findings()) == []
    entry = BusinessTransaction.objects.latest("pk")
    assert (entry.operation, entry.actor_name, entry.channel) == ("InstallTriggers", "install_triggers", "IMPORT")
    assert json.loads(entry.answer or "")[0]["object"] == {"differed": [found]}


def test_where_nothing_differs_nothing_is_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    before = BusinessTransaction.objects.count()
    call_command("install_triggers")
    assert capsys.readouterr().out == "All triggers stand as the models need them.\n"
    assert BusinessTransaction.objects.count() == before


def test_a_trigger_of_somebody_else_is_named_and_left() -> None:
    if connection.vendor == "postgresql":
        sql(f"CREATE FUNCTION swallow() RETURNS trigger {NOTHING}")
        sql(f"CREATE TRIGGER mine BEFORE INSERT ON {H} FOR EACH ROW EXECUTE FUNCTION swallow()")
        sql(f"CREATE RULE theirs AS ON INSERT TO {H} DO INSTEAD NOTHING")
        sql(f"CREATE TRIGGER harmless AFTER INSERT ON {H} FOR EACH ROW EXECUTE FUNCTION swallow()")
        other = f'rule theirs on {H} (DROP RULE "theirs" ON "{H}") is none of the portal\'s.'
        expected = [f'trigger mine on {H} (DROP TRIGGER "mine" ON "{H}") is none of the portal\'s.', other]
    else:
        sql(f"CREATE TRIGGER mine BEFORE INSERT ON {H} BEGIN SELECT RAISE(IGNORE); END")
        expected = [f'trigger mine on {H} (DROP TRIGGER "mine") is none of the portal\'s.']
    assert trigger_faults() == expected
    assert {finding.remedy for finding in verification.findings()} == {verification.DROP}
    with pytest.raises(CommandError, match="Not mended: trigger mine"):
        call_command("install_triggers")


def test_migrate_is_warned_and_not_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    sql(f"DROP TRIGGER keep_code_offers_offer{' ON offers_offer' if connection.vendor == 'postgresql' else ''}")
    call_command("migrate", skip_checks=False, verbosity=0)
    said = capsys.readouterr().err
    assert f"History trigger keep_code_offers_offer {GONE}" in said
    assert "install_triggers" in said


# Restored copies


def dumped(home: Path, form: str) -> str:
    """Dump the tests' database and restore it as another one; return its URL."""
    name = f"{connection.settings_dict['NAME']}_restored"
    other, file = other_database(name), str(home / "dump")
    subprocess.run(["pg_dump", form, "-f", file, "-d", url_of(connection.settings_dict["NAME"])], check=True)
    if form == "-Fc":
        subprocess.run(["pg_restore", "--exit-on-error", "-d", other, file], check=True)
    else:
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f", file, "-d", other], check=True)
    return other


def copied_file(home: Path) -> str:
    with closing(sqlite3.connect(home / "copy.sqlite3")) as copy:
        copy.deserialize(connection.connection.serialize())
        copy.execute("VACUUM INTO ?", [str(home / "restored.sqlite3")])
    return f"sqlite:///{home}/restored.sqlite3"


def written_out(home: Path) -> str:
    with (
        closing(sqlite3.connect(":memory:")) as copy,
        closing(sqlite3.connect(home / "restored.sqlite3")) as restored,
    ):
        copy.deserialize(connection.connection.serialize())
        restored.executescript("\n".join(copy.iterdump()))
    return f"sqlite:///{home}/restored.sqlite3"


WAYS: list[Callable[[Path], str]] = [copied_file, written_out]
if connection.vendor == "postgresql":
    WAYS = [lambda home: dumped(home, "-Fc"), lambda home: dumped(home, "-Fp")]


@pytest.fixture(params=range(len(WAYS)))
def restored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a copy of the tests' database, restored from a backup."""
    if connection.vendor == "postgresql" and not all(shutil.which(tool) for tool in ("pg_dump", "pg_restore", "psql")):
        pytest.skip("PostgreSQL's tools are not on this machine")
    yield WAYS[request.param](tmp_path)
    if connection.vendor == "postgresql":
        with server() as there:
            there.execute(f'DROP DATABASE "{connection.settings_dict["NAME"]}_restored" WITH (FORCE)')


AGAIN = """
from django.core.management import call_command
from django.db import connection
call_command("check", "--database", "default", "--fail-level", "WARNING")
call_command("migrate", "-v", "0")
call_command("verify_audit")
call_command("verify_ledger")
from customers.models import CustomerSegment
from ocsportal.transactions import door
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
def write():
    return Touched([CustomerSegment.objects.create(code="new", name="New")])
door.record("Test", system_change("test", reason="because"), None, write)
call_command("verify_audit")
with connection.cursor() as cursor:
    cursor.execute({weaken!r})
call_command("verify_audit")
"""


def test_a_restored_database_is_proven_migrated_and_written(restored: str) -> None:
    weaken = (
        f"ALTER TABLE {C} DISABLE TRIGGER ocs_u_{C}" if connection.vendor == "postgresql" else f"DROP TRIGGER ocs_u_{C}"
    )
    said = manage(ROOT, restored, "shell", "-c", AGAIN.format(weaken=weaken), fails=True)
    assert said.count("The audit trail holds") == 2
    assert f"triggers: 1 × ocs_u_{C} is missing or switched off (see check)" in said
    assert "1 findings" in said
    assert "All triggers stand" in manage(ROOT, restored, "install_triggers")
