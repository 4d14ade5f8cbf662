"""How a proof is answered: the pass over a history by workers, and with nothing that stays set.

docs/adr/0040-a-proof-reads-each-table-once.md says why.
"""

from typing import Any

import pytest
from django.db import connection

from ocsportal.transactions import finding, verification
from ocsportal.transactions.triggers import forms
from ocsportal.transactions.triggers.tables import tracked_table
from tests.transactions.rows import MODELS, sql

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
FREE = ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size")


def asked(model: Any) -> list[str]:
    """Return the statements by which a table is proven."""
    statements: list[str] = []

    def note(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(statement)
        return execute(statement, params, many, context)

    table = tracked_table(model, model.history.model)
    with connection.execute_wrapper(note):
        assert list(verification.table_findings(table, forms.recorded(connection)[table.history])) == []
    return [statement for statement in statements if statement.startswith("SELECT c") and "count" in statement]


def plan(statement: str) -> str:
    """Return the plan for a statement where workers cost nothing."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("label", sorted(MODELS))
def test_workers_share_the_passes_over_a_table(label: str) -> None:
    statements = asked(MODELS[label])
    for name in FREE:
        sql(f"SET LOCAL {name} = 0")
    sql("SET LOCAL max_parallel_workers_per_gather = 2")
    digests = [statement for statement in statements if "sha256" in statement and "history_type" in statement]
    versions = [statement for statement in statements if "hashint8extended" in statement]
    assert len(digests) == len(versions) == 1
    assert "Parallel Seq Scan" in plan(digests[0])
    assert plan(versions[0]).count("Parallel Seq Scan") >= 2


def test_a_session_is_left_as_it_was() -> None:
    def stands() -> list[str]:
        with connection.cursor() as cursor:
            names = ", ".join(f"current_setting('{name}')" for name in finding.SETTINGS)
            cursor.execute(f"SELECT {names}")
            return list(cursor.fetchone())

    before = stands()
    with finding.prepared():
        assert stands() == list(finding.SETTINGS.values())
    assert stands() == before
