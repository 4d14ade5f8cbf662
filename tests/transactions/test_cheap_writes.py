"""What a write does not pay for (docs/adr/0016-cheap-writes.md): read from PostgreSQL's own catalogue."""

from typing import Any

import pytest
from django.db import connection

from ocsportal.transactions.history import tracked_models
from ocsportal.transactions.recording import CLOSE

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def rows(query: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]


def indexed(table: str) -> set[str]:
    """Return the columns that the indexes of a table hold."""
    query = """
        SELECT DISTINCT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
        WHERE i.indrelid = %s::regclass
    """
    return set(rows(query, table))


def test_closing_a_business_transaction_touches_no_index() -> None:
    table = "transactions_businesstransaction"
    assert indexed(table) == {"id", "request_id", "actor_id", "transaction_id", "at", "operation", "channel"}
    written = {part.split(" = ")[0].strip() for part in CLOSE.split(" SET ")[1].split(" WHERE ")[0].split(",")}
    assert written == {
        "answer",
        "notice",
        "target_kind",
        "target_ref_id",
        "target_version",
        "touched",
        "customers",
        "answer_digest",
        "mac",
    }
    assert rows("SELECT reloptions::text FROM pg_class WHERE oid = %s::regclass", table) == ["{fillfactor=75}"]


def test_history_checks_no_foreign_key() -> None:
    for model in tracked_models():
        table = model.history.model._meta.db_table  # type: ignore[attr-defined]
        assert rows("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass", table) == []


@pytest.mark.parametrize(
    "table", ["customers_customer", "accounts_account", "subscribers_subscriber", "offers_subscription"]
)
def test_an_entity_pays_for_no_index_that_no_search_uses(table: str) -> None:
    needless = {
        "state_reason_id",
        "plan_reason_id",
        "profile_id",
        "currency_id",
        "primary_resource_type_id",
        "bill_cycle_id",
    }
    assert indexed(table) & needless == set()
    mine = "schemaname = current_schema() AND tablename = %s"
    assert rows(f"SELECT indexname FROM pg_indexes WHERE {mine} AND indexname LIKE '%%\\_like'", table) == []


@pytest.mark.parametrize(
    "table",
    [
        "customers_customer", "accounts_account", "subscribers_subscriber", "subscribers_subscriberresource",
        "offers_subscription", "balances_balance", "balances_ledgerentry",
    ],
)  # fmt: skip
def test_no_index_is_the_beginning_of_another_one(table: str) -> None:
    # Two partial ones say nothing of each other; a whole one answers whatever begins with its columns.
    query = """
        SELECT a.indexrelid::regclass::text FROM pg_index a JOIN pg_index b USING (indrelid)
        WHERE a.indrelid = %s::regclass AND a.indexrelid <> b.indexrelid AND a.indpred IS NULL AND b.indpred IS NULL
            AND a.indexprs IS NULL AND b.indexprs IS NULL AND NOT a.indisunique
            AND (b.indkey::text || ' ') LIKE (a.indkey::text || ' %%') AND a.indclass[0] = b.indclass[0]
            AND a.indcollation[0] = b.indcollation[0]
    """
    assert rows(query, table) == []
