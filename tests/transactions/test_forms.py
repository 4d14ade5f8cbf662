"""History rows are proven by the form of their own time; a form that nobody recorded lets nothing pass."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from customers.models import Customer
from ocsportal.transactions import verification
from ocsportal.transactions.checks import trigger_faults
from ocsportal.transactions.triggers import forms, postgresql, proof
from ocsportal.transactions.triggers.forms import Form, stretches
from ocsportal.transactions.triggers.generated import dialect
from tests.asleep import triggers_asleep
from tests.transactions.rows import MODELS, every_model, insert, inside, sql

pytestmark = pytest.mark.django_db
HISTORY = "customers_historicalcustomer"
SEALING = {"sqlite": "ocs_u_customers_customer", "postgresql": "ocs_history_customers_customer"}[connection.vendor]
OTHER_FORM = "ocs_history_customers_customer seals with another form than is recorded, or than the model needs."


def known(history: str = HISTORY) -> list[Form]:
    return forms.recorded(connection)[history]


def forge(**otherwise: Any) -> Form:
    """Append a form after the newest one, with its digest as it should be."""
    newest = known()[-1]
    return forms._append(connection, replace(newest, **{"renamed": {}, **otherwise}), newest)


def told() -> set[str]:
    return {f"{finding.table}: {finding.fault}" for finding in verification.findings()}


@every_model
def test_each_history_has_the_form_that_its_model_needs(label: str) -> None:
    table = verification.tracked_table(MODELS[label], MODELS[label].history.model)
    assert forms.fits(known(table.history), table)
    assert [form.bound for form in known(table.history)] == [True] * len(known(table.history))


def test_forms_refuse_to_be_changed() -> None:
    for statement in (f'UPDATE {forms.TABLE} SET "after" = 5', f"DELETE FROM {forms.TABLE}"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            sql(statement)


def test_names_and_types_are_followed_to_the_present() -> None:
    first = Form("h", 0, (("a", "varchar(3)"), ("b", "integer")), {}, False, "1" * 64)
    second = Form("h", 7, (("a", "integer"), ("c", "varchar(3)")), {"a": "c", "b": "a"}, True, "2" * 64)
    third = Form("h", 9, (("c", "text"),), {"a": "a_2"}, True, "3" * 64)
    assert [(part.after, part.upto, part.mark, part.columns) for part in stretches([first, second, third])] == [
        (0, 7, "", (("c", "varchar(3)", "text"), ("a_2", "integer", "integer"))),
        (7, 9, "2" * 32, (("a_2", "integer", "integer"), ("c", "varchar(3)", "text"))),
        (9, None, "3" * 32, (("c", "text", "text"),)),
    ]


def test_a_value_is_cast_back_only_where_its_text_would_differ() -> None:
    speak = dialect(connection)
    assert speak.cast("x", "varchar(3)", "varchar(9)") is None
    assert speak.cast("x", "integer", "bigint") is None
    cast = {"sqlite": "CAST(x AS INTEGER)", "postgresql": "(x)::integer"}[connection.vendor]
    assert speak.cast("x", "integer", "varchar(9)") == cast
    other = {"sqlite": None, "postgresql": "(x)::numeric(18, 2)"}[connection.vendor]
    assert speak.cast("x", "numeric(18, 2)", "numeric(18, 6)") == other


@pytest.mark.parametrize(
    ("former", "present", "wider"),
    [
        ("varchar(3)", "varchar(3)", True),
        ("varchar(3)", "varchar(30)", True),
        ("varchar(3)", "text", True),
        ("smallint", "bigint", True),
        ("boolean", "boolean", True),
        ("varchar(30)", "varchar(3)", False),
        ("text", "varchar(3)", False),
        ("bigint", "smallint", False),
        ("integer", "varchar(3)", False),
        ("numeric(18, 2)", "numeric(18, 6)", False),
    ],
)
def test_what_needs_no_proof_that_nothing_is_lost(former: str, present: str, wider: bool) -> None:
    assert postgresql.widens(former, present) == wider


def test_a_form_that_nobody_recorded_is_found_and_lets_nothing_pass() -> None:
    """Two columns change places in a row, and in a form for it; without the mark the digest would be the same."""
    inside(lambda: insert("customers.Customer", "one"))
    row = Customer.history.get(external_id="one")
    assert told() == set()
    newest = known()[-1]
    places = {"custom_name": "contact_name", "contact_name": "custom_name"}
    swapped = tuple((places.get(name, name), *rest) for name, *rest in newest.columns)
    with triggers_asleep(connection):
        sql(
            f"UPDATE {HISTORY} SET custom_name = contact_name, contact_name = custom_name WHERE history_id = %s", row.pk
        )
    altered = f"{HISTORY}: history row that was altered: its digest does not fit"
    assert altered in told()
    forge(after=row.pk - 1, columns=swapped)
    assert altered in told()
    assert f"triggers: {SEALING} differs from what the model needs" in told()
    assert OTHER_FORM in trigger_faults()
    forge(after=row.pk, columns=newest.columns)
    assert OTHER_FORM not in trigger_faults()
    assert altered in told()
    assert f"triggers: {SEALING} differs from what the model needs" in told()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"columns": [["id", "bigint"]]}, "form 1 of its digests was altered, or came by no migration"),
        ({"after": 3}, "form 1 of its digests was altered, or came by no migration"),
        ({"bound": False}, "form 1 of its digests was altered, or came by no migration"),
    ],
)
def test_a_form_that_was_altered_is_found(change: dict[str, Any], fault: str) -> None:
    [(name, value)] = change.items()
    kept = json.dumps(value) if name == "columns" else value
    with triggers_asleep(connection):
        sql(f'UPDATE {forms.TABLE} SET "{name}" = %s WHERE history = %s', kept, HISTORY)
    assert f"{HISTORY}: {fault}" in told()


def test_forms_that_were_removed_are_found() -> None:
    with triggers_asleep(connection):
        sql(f"DELETE FROM {forms.TABLE} WHERE history = %s", HISTORY)
    assert {f"{HISTORY}: no form is recorded", f"triggers: {OTHER_FORM.rstrip('.')}"} <= told()


def test_a_form_may_name_columns_and_nothing_else() -> None:
    standing = {"id", "name"}
    plain = Form("h", 0, (("id", "bigint"), ("name", "varchar(9)")), {}, True, "")
    for columns, fault in (
        ((("id", "bigint"), ("gone", "text")), "column gone is gone, with which rows are sealed"),
        ((("id", "bigint); DROP"),), "a form of its digests names something that is no column: id"),
    ):
        form = replace(plain, columns=columns)
        assert list(forms.faults_of([replace(form, digest=form.sealed_after(""))], standing)) == [fault]
    assert list(forms.faults_of([replace(plain, digest=plain.sealed_after(""))], standing)) == []


def test_rows_from_before_forms_were_recorded_are_proven_without_a_mark() -> None:
    """As a database of an earlier version has them: an unbound form, then the rows of a bound one."""
    inside(lambda: insert("customers.Customer", "one"))
    row = Customer.history.get(external_id="one")
    table = verification.tracked_table(Customer, Customer.history.model)
    with triggers_asleep(connection):
        sql(f"DELETE FROM {forms.TABLE} WHERE history = %s", HISTORY)
        speak = dialect(connection)
        seal = speak.seal(f"{table.of('h')}, h.history_date, h.history_type, h.transaction_id, h.database_user")
        sql(f"UPDATE {HISTORY} AS h SET digest = {seal}, salt = NULL, personal_digest = NULL")
    forms.remember(connection, replace(table, personal=()))
    bound = forms.record(connection, table)
    assert [(form.bound, form.after) for form in known()] == [(False, 0), (True, row.pk)]
    assert bound.form == known()[-1].digest[:32]
    assert proof.altered_rows(connection, HISTORY) == 0
    with triggers_asleep(connection):
        sql(f"UPDATE {HISTORY} SET custom_name = 'x' WHERE history_id = %s", row.pk)
    assert proof.altered_rows(connection, HISTORY) == 1
