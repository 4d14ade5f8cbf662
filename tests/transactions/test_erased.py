"""What an erasure may take out of a history, what it may not, and which erasures are no such thing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import JSONField

from ocsportal.transactions import door, recording, verification
from ocsportal.transactions.autodetector import TrackedAutodetector
from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.history import PERSONAL, SplitStamp, tracked_models
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Outcome, Touched
from ocsportal.transactions.triggers import forms, tracked_table
from ocsportal.transactions.triggers.forms import Form
from tests.asleep import triggers_asleep
from tests.transactions.rows import MODELS, insert, inside, sql

pytestmark = pytest.mark.django_db
HISTORY = "customers_historicalcustomer"
NO_ERASURE = (HISTORY, "history row whose personal values are gone, though no erasure took them out", 1)
ENTITY = {"custom_name", "custom_attributes", "last_plan_message"}
CONTACT = {
    "name", "email", "phone", "address_line1", "address_line2", "postal_code", "city", "country", "language", "tax_number",
}  # fmt: skip
EMPTY = (
    "custom_name = '', custom_attributes = '{}', last_plan_message = '', "
    + ", ".join(f"contact_{name} = ''" for name in sorted(CONTACT))
    + ", salt = NULL"
)


def test_what_is_personal() -> None:
    told = {
        model._meta.label: {field.column for field in model._meta.concrete_fields if field.db_comment == PERSONAL}
        for model in tracked_models()
    }
    assert {label: columns for label, columns in told.items() if columns} == {
        "customers.Customer": ENTITY | {f"contact_{name}" for name in CONTACT},
        "customers.CustomerNote": {"text"},
        "accounts.Account": ENTITY | {"tax_residence", "preference_language", "preference_invoice_email"},
        "subscribers.Subscriber": ENTITY | {"live_resources"},
        "subscribers.SubscriberResource": {"value"},
        "offers.Subscription": ENTITY,
    }


def test_a_history_seals_apart_just_where_something_is_personal() -> None:
    for label, model in MODELS.items():
        table = tracked_table(model, model.history.model)
        personal = {field.column for field in model._meta.concrete_fields if field.db_comment == PERSONAL}
        assert {column for column, _ in table.personal} == personal, label
        assert issubclass(model.history.model, SplitStamp) == bool(personal), label
        for column, word in table.personal:
            assert (word == "object") == isinstance(model._meta.get_field(column), JSONField), label


def test_rows_of_nobodys_tree_are_not_erasable() -> None:
    in_trees = {label for label, model in MODELS.items() if tracked_table(model, model.history.model).whose}
    assert in_trees == {
        "customers.Customer", "customers.CustomerNote", "accounts.Account", "subscribers.Subscriber",
        "subscribers.SubscriberResource", "offers.Subscription", "balances.Balance",
    }  # fmt: skip


def found() -> set[tuple[str, str, int]]:
    return {(finding.table, finding.fault, finding.count) for finding in verification.findings()}


@pytest.fixture
def customers() -> list[Any]:
    made: list[Any] = []
    inside(lambda: made.extend(insert("customers.Customer", name) for name in ("one", "two")))
    return made


def rows_of(customer: Any) -> Any:
    return MODELS["customers.Customer"].history.filter(id=customer.pk)


def test_equal_values_have_other_digests(customers: list[Any]) -> None:
    inside(lambda: MODELS["customers.Customer"].objects.update(custom_name="same"))
    rows = [rows_of(customer).get(version=2) for customer in customers]
    assert len({row.salt for row in rows} | {None}) == 3
    assert len({row.personal_digest for row in rows}) == 2


@contextmanager
def erasing(customer: Any, operation: str = "EraseCustomer") -> Iterator[None]:
    """Be within a Business Transaction that erases a customer; it is closed afterwards."""
    with transaction.atomic():
        entry = recording.open_transaction(operation, system_change("tests", reason="asked for"))
        assert entry
        sql("INSERT INTO transactions_erasure (transaction_id, customer_id) VALUES (%s, %s)", entry.id, customer.pk)
        yield
        recording.close_transaction(entry, Outcome("[]"), "customer", f"[{customer.pk}]")
    recording.leave()


def refused(statement: str, *values: Any) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement, *values)


def test_an_open_erasure_takes_out_what_is_personal(customers: list[Any]) -> None:
    one, two = customers
    whole = f"UPDATE {HISTORY} SET {EMPTY} WHERE id = %s"
    refused(whole, one.pk)
    with erasing(one):
        refused(f"UPDATE {HISTORY} SET custom_name = '' WHERE id = %s", one.pk)
        refused(f"UPDATE {HISTORY} SET custom_name = 'other', salt = NULL WHERE id = %s", one.pk)
        refused(whole.replace("custom_name = ''", "custom_name = 'other'"), one.pk)
        refused(f"UPDATE {HISTORY} SET {EMPTY}, state = 'INACTIVE' WHERE id = %s", one.pk)
        refused(f"UPDATE {HISTORY} SET {EMPTY}, digest = '' WHERE id = %s", one.pk)
        refused(f"UPDATE {HISTORY} SET {EMPTY}, personal_digest = NULL WHERE id = %s", one.pk)
        refused(f"UPDATE {HISTORY} SET history_change_reason = 'other' WHERE id = %s", one.pk)
        refused(f"DELETE FROM {HISTORY} WHERE id = %s", one.pk)
        refused(whole, two.pk)
        sql(whole, one.pk)
    refused(whole, two.pk)
    [row] = rows_of(one)
    assert (row.custom_name, row.salt, len(row.personal_digest)) == ("", None, 64)
    assert {fault for _, fault, _ in found()} == {"current row differs from its newest history row"}


def test_nothing_but_an_open_erasure_is_entered(customers: list[Any]) -> None:
    one, _ = customers
    into = "INSERT INTO transactions_erasure (transaction_id, customer_id) VALUES (%s, %s)"
    rows = (
        "INSERT INTO transactions_erasedrow (transaction_id, \"table\", key, form, digest) VALUES (%s, 'a', 1, '', '')"
    )
    entry = BusinessTransaction.objects.latest("pk").pk
    refused(into, entry, one.pk)
    refused(rows, entry)
    with pytest.raises(DatabaseError, match="append-only"), erasing(one, "UpdateCustomer"):
        pass
    recording.leave()
    with erasing(one):
        refused(into, entry, one.pk)
        refused(rows, entry)
        sql(rows, recording.current())
    for table in ("erasure", "erasedrow"):
        for statement in (f"UPDATE transactions_{table} SET transaction_id = 1", f"DELETE FROM transactions_{table}"):
            refused(statement)


def test_values_taken_out_behind_the_back_are_found(customers: list[Any]) -> None:
    one, _ = customers
    with triggers_asleep(connection):
        sql(f"UPDATE {HISTORY} SET {EMPTY} WHERE id = %s", one.pk)
    assert NO_ERASURE in found()


def test_a_mark_that_was_copied_is_found(customers: list[Any]) -> None:
    one, two = customers
    with erasing(one):
        sql(f"UPDATE {HISTORY} SET {EMPTY} WHERE id = %s", one.pk)
    with triggers_asleep(connection):
        sql("UPDATE transactions_erasure SET customer_id = %s", two.pk)
    assert {
        NO_ERASURE,
        ("transactions_erasure", "erasure that no Business Transaction of this customer made", 1),
    } <= found()


def test_values_put_into_an_erased_row_are_found(customers: list[Any]) -> None:
    one, _ = customers
    with erasing(one):
        sql(f"UPDATE {HISTORY} SET {EMPTY} WHERE id = %s", one.pk)
    with triggers_asleep(connection):
        sql(f"UPDATE {HISTORY} SET custom_name = 'another' WHERE id = %s", one.pk)
    assert (HISTORY, "history row that says something personal, though it was erased", 1) in found()


def test_an_erased_row_altered_elsewhere_is_found(customers: list[Any]) -> None:
    one, _ = customers
    with erasing(one):
        sql(f"UPDATE {HISTORY} SET {EMPTY} WHERE id = %s", one.pk)
    with triggers_asleep(connection):
        sql(f"UPDATE {HISTORY} SET external_id = 'another' WHERE id = %s", one.pk)
    assert (HISTORY, "history row that was altered: its digest does not fit", 1) in found()


def test_a_row_without_a_digest_needs_its_entry(customers: list[Any]) -> None:
    one, _ = customers
    with erasing(one):
        sql(f"UPDATE {HISTORY} SET {EMPTY} WHERE id = %s", one.pk)
    with triggers_asleep(connection):
        sql(f"UPDATE {HISTORY} SET digest = '' WHERE id = %s", one.pk)
    assert (HISTORY, "history row that was altered, before it was erased or since", 1) in found()


def test_a_business_transaction_that_erased_nothing_is_found() -> None:
    door.record("EraseCustomer", system_change("tests"), None, lambda: Touched([]))
    fault = "Business Transaction that erased nobody's values, though it says so"
    assert ("transactions_businesstransaction", fault, 1) in found()


def test_a_column_that_becomes_personal_changes_the_tracked_model() -> None:
    loader = MigrationLoader(None)
    before = loader.project_state()
    after = before.clone()
    for name in ("customer", "historicalcustomer"):
        fields = after.models["customers", name].fields
        fields["state_imposed_by"] = fields["state_imposed_by"].clone()
        fields["state_imposed_by"].db_comment = PERSONAL
    [migration] = TrackedAutodetector(before, after).changes(graph=loader.graph)["customers"]
    [change] = migration.operations
    assert isinstance(change, ChangeTracked)
    assert [operation.name for operation in change.operations] == ["state_imposed_by"] * 2


def test_what_ever_was_personal_is_erased_under_its_present_name() -> None:
    first = Form("h", 0, (("a", "text"), ("b", "text")), {}, False, "1" * 64)
    second = Form("h", 5, (("a", "text", "empty"), ("b", "text")), {}, True, "2" * 64)
    third = Form("h", 7, (("c", "text"), ("d", "jsonb", "object")), {"a": "c"}, True, "3" * 64)
    assert [forms.erasable([first, second, third][:number]) for number in (1, 2, 3)] == [
        {}, {"a": "empty"}, {"c": "empty", "d": "object"},
    ]  # fmt: skip
    # As an erasure knew it that came before the third form.
    assert forms.renamed([first, second, third], 2) == {"c": "empty"}
    assert [stretch.personal for stretch in forms.stretches([first, second, third])] == [set(), {"c"}, {"d"}]


def test_a_word_for_what_is_left_is_one_of_three() -> None:
    form = Form("h", 0, (("a", "text", "x'; DROP TABLE h"),), {}, True, "")
    faults = list(forms.faults_of([replace(form, digest=form.sealed_after(""))], {"a"}))
    assert faults == ["form 1 of its digests was altered, or came by no migration"]
