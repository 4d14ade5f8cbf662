"""A Business Transaction is bound: to its database transaction while it is open, to its rows and to the key when it is closed."""

import hashlib
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from customers.models import Customer, CustomerSegment
from ocsportal.people.models import User
from ocsportal.transactions import door, macs, verification
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from ocsportal.transactions.triggers.generated import dialect
from tests.transactions.rows import insert, inside, sql
from tests.transactions.test_verification import behind_the_back

pytestmark = pytest.mark.django_db
T = "transactions_businesstransaction"
ROWS = "Business Transaction under which other rows stand than it wrote"
FORGED = "Business Transaction that was forged: its MAC does not fit"
UNSIGNED = "Business Transaction without a MAC: no process of the portal wrote it that had AUDIT_KEY"


def faults() -> set[tuple[str, int]]:
    return {(finding.fault, finding.count) for finding in verification.findings()}


def announce(entry: int) -> None:
    """Tell the triggers that a Business Transaction is under way, as anybody with SQL can."""
    if connection.vendor == "postgresql":
        sql("SELECT set_config('ocs.transaction', %s, true)", str(entry))
    else:
        connection.ocs_transaction = entry  # type: ignore[attr-defined]


def written_under(entry: int) -> None:
    with transaction.atomic():
        try:
            announce(entry)
            CustomerSegment.objects.update(name="forged")
        finally:
            announce_none()


def announce_none() -> None:
    if connection.vendor == "sqlite":
        connection.ocs_transaction = None  # type: ignore[attr-defined]


def by_hand(**columns: Any) -> int:
    """Insert a Business Transaction by plain SQL; return its key."""
    told: dict[str, Any] = {
        "operation": "Forged", "channel": "PORTAL", "actor_name": "Jana", "on_behalf_of": "", "reason": "", "request_id": "f-1",
        "transaction_id": "f-1", "at": "2026-05-01 10:00:00+00:00", "request_hash": "", "notice": "", "target_kind": "",
        "target_ref_id": "", "touched": 0, "digest": "", **columns,
    }  # fmt: skip
    names, places = ", ".join(told), ", ".join(["%s"] * len(told))
    sql(f"INSERT INTO {T} ({names}) VALUES ({places})", *told.values())
    return BusinessTransaction.objects.latest("pk").pk


def test_nothing_is_written_under_a_business_transaction_that_is_not_open_here() -> None:
    closed = inside(lambda: insert("customers.CustomerSegment", "one")).pk
    elsewhere = by_hand(opened_in=4)
    before = CustomerSegment.history.count()
    for entry in (closed, elsewhere, closed + 1000):
        with pytest.raises(DatabaseError, match="is not open in this database transaction"):
            written_under(entry)
        assert (CustomerSegment.history.count(), CustomerSegment.objects.filter(name="forged").count()) == (before, 0)


def test_one_that_was_opened_elsewhere_is_not_closed_here() -> None:
    entry = by_hand(opened_in=4)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(f"UPDATE {T} SET answer = '[]', mac = '' WHERE id = %s", entry)
    assert BusinessTransaction.objects.get(pk=entry).answer is None


def test_who_and_why_stay_as_they_were_when_it_was_opened() -> None:
    def work() -> Touched:
        entry = BusinessTransaction.objects.latest("pk").pk
        for column in ("actor_name", "reason", "salt", "on_behalf_of", "channel", "request_hash", "reason_digest"):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                sql(f"UPDATE {T} SET {column} = 'x', answer = '[]', mac = '' WHERE id = %s", entry)
        return Touched([])

    door.record("Test", system_change("tests"), None, work)
    assert faults() == set()


def test_it_says_how_many_rows_it_wrote_and_which() -> None:
    entry = inside(lambda: [insert("customers.Customer", name) for name in ("one", "two")])
    written = sorted(f"{entry.pk}:{row.digest}" for row in Customer.history.filter(transaction=entry))
    assert entry.rows_count == len(written) == 2
    assert entry.rows_digest == hashlib.sha256("".join(written).encode()).hexdigest()
    none = inside(lambda: None)
    assert (none.rows_count, none.rows_digest) == (0, hashlib.sha256(b"").hexdigest())


def test_nested_ones_keep_their_own_rows_and_savepoints_take_theirs_back() -> None:
    change = system_change("tests")

    def inner() -> Touched:
        return Touched([insert("customers.Customer", "three")])

    def outer() -> Touched:
        insert("customers.Customer", "one")
        door.record_nested("Inner", change_of("inner"), inner)
        with transaction.atomic():
            insert("customers.Customer", "smuggled")
            transaction.set_rollback(True)
        insert("customers.Customer", "two")
        return Touched([])

    def change_of(request: str) -> Any:
        return system_change("tests", reason=request)

    door.record("Outer", change, None, outer)
    told = dict(BusinessTransaction.objects.order_by("-pk").values_list("operation", "rows_count")[:2])
    assert told == {"Outer": 2, "Inner": 1}
    assert faults() == set()


def test_rows_that_are_taken_out_or_put_under_it_are_found() -> None:
    entry = inside(lambda: [insert("customers.Customer", name) for name in ("one", "two")])
    with behind_the_back("customers.Customer"):
        for table in ("customers_historicalcustomer", "customers_customer"):
            sql(f"DELETE FROM {table} WHERE external_id = 'two'")
    # Row and history agree, and each digest fits: nothing but the number of rows tells.
    assert faults() == {(ROWS, 1)}
    assert BusinessTransaction.objects.get(pk=entry.pk).rows_count == 2


@pytest.mark.parametrize("column", macs.OPENS[1:-1] + macs.CLOSES[1:])
def test_a_digest_that_was_made_to_fit_is_found_by_the_mac(column: str) -> None:
    entry = inside(lambda: insert("customers.CustomerSegment", "one"))
    field = BusinessTransaction._meta.get_field(column)
    other: Any = (
        "2026-05-01 10:00:00+00:00" if column == "at" else "9" if field.get_internal_type() == "CharField" else 9
    )
    if column == "actor_id":
        other = User.objects.get(username="care").pk  # SQLite looks at foreign keys when the test ends.
    with behind_the_back():
        sql(f"UPDATE {T} SET {column} = %s WHERE id = %s", other, entry.pk)
        sql(f"UPDATE {T} SET digest = {dialect(connection).transaction_seal(T)} WHERE id = %s", entry.pk)
    found = faults()
    assert (FORGED, 1) in found
    assert {fault for fault, _ in found} <= {
        FORGED,
        "history row that names another actor or reason than its Business Transaction",
    }


@pytest.mark.parametrize("column", ["reason", "answer"])
def test_a_text_with_another_digest_is_found(column: str) -> None:
    entry = inside(lambda: None)
    with behind_the_back():
        sql(f"UPDATE {T} SET {column} = 'forged' WHERE id = %s", entry.pk)
    assert faults() == {("Business Transaction whose reason or answer was altered", 1)}
    with behind_the_back():
        salted = macs.text_digest(entry.salt or "", "forged")
        sql(f"UPDATE {T} SET {column}_digest = %s WHERE id = %s", salted, entry.pk)
        sql(f"UPDATE {T} SET digest = {dialect(connection).transaction_seal(T)} WHERE id = %s", entry.pk)
    assert faults() == {(FORGED, 1)}


def test_one_that_was_made_by_hand_has_no_mac() -> None:
    here = "pg_current_xact_id()::text::bigint" if connection.vendor == "postgresql" else "ocs_opened()"
    entry = by_hand()
    with behind_the_back():
        sql(f"UPDATE {T} SET opened_in = {here} WHERE id = %s", entry)
    announce(entry)
    CustomerSegment.objects.filter(code="vip").update(name="forged")
    announce_none()
    sql(f"UPDATE {T} SET answer = '[]', mac = 'guessed' WHERE id = %s", entry)
    with behind_the_back():
        sql(f"UPDATE {T} SET mac = NULL WHERE id = %s", entry)
    assert (UNSIGNED, 1) in faults()


def test_keys_change_and_former_ones_go_on_proving() -> None:
    first = inside(lambda: insert("customers.CustomerSegment", "one"))
    former = settings.AUDIT_KEYS
    number = max(former)
    both = {**former, number + 1: b"b" * 40}
    with override_settings(AUDIT_KEYS=both):
        second = inside(lambda: insert("customers.CustomerSegment", "two"))
        assert (first.key_number, second.key_number) == (number, number + 1)
        assert faults() == set()
    missing = f"Business Transaction that was sealed by key {number + 1}, which AUDIT_KEY has not"
    assert faults() == {(missing, 1)}
    with override_settings(AUDIT_KEYS={number: b"c" * 40, number + 1: b"b" * 40}):
        assert {fault for fault, _ in faults()} == {FORGED}


def test_the_mac_is_no_value_that_was_sent() -> None:
    """What the statement hands over is used once: whoever reads the row can't seal another one with it."""
    entry = inside(lambda: insert("customers.CustomerSegment", "one"))
    known = [getattr(entry, name) for name in (*macs.OPENS, *macs.CLOSES)]
    key = macs.key_for(known, entry.key_number or 0)
    assert entry.mac == macs.sealed(key, entry.digest) != key
    assert Customer.objects.count() == 0
