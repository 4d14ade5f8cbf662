"""verify_audit finds each kind of tampering, alone and by name; it is silent when nothing is off."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from ocsportal.transactions import verification
from ocsportal.transactions.bound import transaction_findings
from ocsportal.transactions.finding import MOST_NAMED, Finding
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.triggers import forms
from ocsportal.transactions.triggers.tables import STAMP, tracked_table
from tests.asleep import triggers_asleep
from tests.transactions.rows import COLUMNS, MODELS, every_model, insert, inside, sql, written

pytestmark = pytest.mark.django_db

DIFFERS = "current row differs from its newest history row"
GAP = "history has a gap, a doubled version or no beginning"
BEYOND = "history goes on beyond the current row, or the row was removed without a trace"
NOBODY = "history row without a Business Transaction: written outside of the portal"
ALTERED = "history row that was altered: its digest does not fit"
OTHER_WORDS = "history row that names another actor or reason than its Business Transaction"
TRANSACTION = "Business Transaction that was altered: its digest does not fit"
OPEN = "Business Transaction that was never closed"
ROWS = "Business Transaction under which other rows stand than it wrote"
FORGED = "Business Transaction that was forged: its MAC does not fit"
TEXT = "Business Transaction whose reason or answer was altered"
TAKEN = "Business Transaction whose reason and answer were taken out, and no erasure says so"
NAME = "transactions_businesstransaction"


@contextmanager
def behind_the_back(label: str = "") -> Iterator[None]:
    """Write with triggers and foreign keys switched off, as somebody with the whole database in hand could."""
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        with triggers_asleep(connection):
            yield
        return
    names = [*tables(label), "transactions_businesstransaction"] if label else ["transactions_businesstransaction"]
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(names))
        cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({places})", names)
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            yield
        finally:
            for _, statement in triggers:
                cursor.execute(statement)


def found(label: str = "") -> set[tuple[str, str, int]]:
    """Return what is off, in one model's tables and the Business Transactions, or everywhere."""
    asked: Iterable[Finding] = verification.findings()
    if label:
        table = tracked_table(MODELS[label], MODELS[label].history.model)
        known = forms.recorded(connection).get(table.history, [])
        asked = chain(verification.table_findings(table, known), transaction_findings(verification.sources()))
    return {(finding.table, finding.fault, finding.count) for finding in asked}


def put_back(label: str, row: Any) -> None:
    """Give the row's first column the value that it began with."""
    column = COLUMNS[label][0][0]
    kept = written(label, column, getattr(row, column))
    sql(f'UPDATE "{MODELS[label]._meta.db_table}" SET "{column}" = %s WHERE id = %s', kept, row.pk)


def tables(label: str) -> tuple[str, str]:
    return MODELS[label]._meta.db_table, MODELS[label].history.model._meta.db_table


@every_model
def test_current_row_changed(label: str, row: Any) -> None:
    table, _ = tables(label)
    with behind_the_back(label):
        put_back(label, row)
    assert found(label) == {(table, DIFFERS, 1)}


@every_model
def test_current_row_removed(label: str, row: Any) -> None:
    table, _ = tables(label)
    with behind_the_back(label):
        sql(f'DELETE FROM "{table}" WHERE id = %s', row.pk)
    assert found(label) == {(table, BEYOND, 1)}


@every_model
def test_current_row_put_there(label: str, row: Any) -> None:
    with behind_the_back(label):
        insert(label, "smuggled")
    assert found(label) == {(tables(label)[0], DIFFERS, 1)}


@every_model
def test_history_row_altered_in_any_column(label: str, row: Any) -> None:
    """Each column of a middle version by itself, what the library adds included."""
    _, history = tables(label)
    model = MODELS[label].history.model
    middle = model.objects.get(id=row.pk, version=2)
    tried = 0
    statement = f'UPDATE "{history}" SET "{{}}" = %s WHERE history_id = %s'
    with behind_the_back(label):
        for field in model._meta.concrete_fields:
            if field.name in ("history_id", "id", "version"):
                continue  # these are gaps, below
            was = getattr(middle, field.attname)
            sql(statement.format(field.column), other_than(field, was), middle.pk)
            expected = OTHER_WORDS if field.column in ("history_change_reason", "history_user_id") else ALTERED
            assert (history, expected, 1) in found(label), field.name
            sql(statement.format(field.column), field.get_db_prep_save(was, connection), middle.pk)
            tried += 1
    assert found(label) == set()
    assert tried >= len(STAMP)


def other_than(field: Any, was: Any) -> Any:
    """Return another value that the column can take, as the database keeps it."""
    kind = field.get_internal_type()
    if field.is_relation or "Integer" in kind:
        return (was or 0) + 1
    if kind == "BooleanField":
        return field.get_db_prep_save(not was, connection)
    if "Decimal" in kind:
        return field.get_db_prep_save((was or 0) + 1, connection)
    if kind == "DateTimeField":
        return field.get_db_prep_save(was + timedelta(seconds=1) if was else MOMENT, connection)
    if kind == "UUIDField":
        return field.get_db_prep_save(UUID(int=7), connection)
    if kind == "JSONField":
        return field.get_db_prep_save({"tampered": "x"}, connection)
    return "-" if was != "-" else "+"


MOMENT = BusinessTransaction._meta.get_field("at").to_python("2026-01-01T00:00:00Z")


@every_model
@pytest.mark.parametrize("version", [1, 2])
def test_history_row_removed(label: str, row: Any, version: int) -> None:
    table, history = tables(label)
    with behind_the_back(label):
        sql(f'DELETE FROM "{history}" WHERE id = %s AND version = %s', row.pk, version)
    assert found(label) == {(table, GAP, 1), (NAME, ROWS, 1)}


@every_model
def test_newest_history_row_removed(label: str, row: Any) -> None:
    table, history = tables(label)
    with behind_the_back(label):
        sql(f'DELETE FROM "{history}" WHERE id = %s AND version = 3', row.pk)
    assert found(label) == {(table, DIFFERS, 1), (table, BEYOND, 1), (NAME, ROWS, 1)}


@every_model
def test_whole_history_removed(label: str, row: Any) -> None:
    table, history = tables(label)
    with behind_the_back(label):
        sql(f'DELETE FROM "{history}" WHERE id = %s', row.pk)
    assert found(label) == {(table, DIFFERS, 1), (NAME, ROWS, 3)}


@every_model
@pytest.mark.parametrize(
    ("version", "faults"), [(2, {GAP, ALTERED, ROWS}), (4, {BEYOND, ALTERED, ROWS}), (9, {GAP, BEYOND, ALTERED, ROWS})]
)
def test_history_row_forged(label: str, row: Any, version: int, faults: set[str]) -> None:
    """A copy of a version as another one: its digest does not fit; as an existing one it is doubled."""
    table, history = tables(label)
    model = MODELS[label].history.model
    copied = [
        f'"{field.column}"' for field in model._meta.concrete_fields if field.name not in ("history_id", "version")
    ]
    names = ", ".join(copied)
    sql(
        f'INSERT INTO "{history}" ({names}, version) SELECT {names}, %s FROM "{history}" WHERE id = %s AND version = 3',
        version,
        row.pk,
    )
    assert {fault for _, fault, _ in found(label)} == faults
    tables_of = {ALTERED: history, ROWS: NAME}
    assert {name for name, _, _ in found(label)} == {tables_of.get(fault, table) for fault in faults}


@every_model
def test_version_renumbered(label: str, row: Any) -> None:
    table, history = tables(label)
    with behind_the_back(label):
        sql(f'UPDATE "{history}" SET version = 7 WHERE id = %s AND version = 2', row.pk)
    assert found(label) == {(table, GAP, 1), (table, BEYOND, 1), (history, ALTERED, 1)}


@every_model
def test_write_outside_of_the_door(label: str, row: Any) -> None:
    _, history = tables(label)
    put_back(label, row)
    assert found(label) == {(history, NOBODY, 1)}


def test_business_transaction_altered_in_any_column() -> None:
    inside(lambda: insert("customers.Customer", "one"))
    entry = BusinessTransaction.objects.latest("pk")
    expected = {"reason": TEXT, "answer": TEXT, "salt": TEXT, "mac": FORGED}
    for field in BusinessTransaction._meta.concrete_fields:
        if field.primary_key or field.name == "erased_by":
            continue  # the mark of an erasure: tests/transactions/test_erased.py
        was = field.get_db_prep_save(getattr(entry, field.attname), connection)
        statement = f'UPDATE transactions_businesstransaction SET "{field.column}" = %s WHERE id = %s'
        with behind_the_back():
            sql(statement, other_than(field, getattr(entry, field.attname)), entry.pk)
        assert (NAME, expected.get(field.name, TRANSACTION), 1) in found(), field.name
        with behind_the_back():
            sql(statement, was, entry.pk)
        assert found() == set(), field.name
    with behind_the_back():
        sql("UPDATE transactions_businesstransaction SET salt = '' WHERE id = %s", entry.pk)
    assert found() == {(NAME, TAKEN, 1)}
    with behind_the_back():
        sql("UPDATE transactions_businesstransaction SET answer = NULL WHERE id = %s", entry.pk)
    assert found() == {(NAME, OPEN, 1), (NAME, TAKEN, 1)}


def test_business_transaction_removed() -> None:
    entry = inside(lambda: insert("customers.Customer", "one"))
    with transaction.atomic():
        with behind_the_back():
            sql("DELETE FROM transactions_outboxmessage WHERE transaction_id = %s", entry.pk)
            sql("DELETE FROM transactions_businesstransaction WHERE id = %s", entry.pk)
        assert found() == {("customers_historicalcustomer", NOBODY, 1)}
        transaction.set_rollback(True)  # the end of the test would trip over the dangling keys


def test_the_command_lists_at_most_so_many_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    inside(lambda: [insert("customers.Customer", f"c{number}") for number in range(MOST_NAMED + 5)])
    call_command("verify_audit")
    assert "The audit trail holds" in capsys.readouterr().out
    Customer.objects.update(custom_name="outside")
    with pytest.raises(CommandError, match="1 findings") as failure:
        call_command("verify_audit")
    assert failure.value.returncode == 1
    line, remedy = capsys.readouterr().out.strip().split("\n")
    assert remedy == f"  To do: {verification.ASK}."
    assert line.startswith(f"customers_historicalcustomer: {MOST_NAMED + 5} × {NOBODY}")
    assert line.endswith(", …)")
    assert line.count(",") == MOST_NAMED


def test_it_asks_as_much_of_much_as_of_little() -> None:
    asked = []
    for number in range(2):
        inside(
            lambda number=number: [insert("customers.Customer", f"c{number}-{more}") for more in range(1 + 49 * number)]
        )
        with CaptureQueriesContext(connection) as captured:
            assert list(verification.findings()) == []
        asked.append(len(captured))
    assert asked[0] == asked[1]
