"""History by triggers: every way of writing every tracked model, the sealed tables, and the check that names what is off."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test import Client
from django.urls import reverse

from customers import operations
from customers.models import Customer, CustomerSegment
from ocsportal.entities.identity import Ref
from ocsportal.entities.reference import load_reference_data
from ocsportal.entities.states import NewState
from ocsportal.people import groups
from ocsportal.transactions.checks import check_triggers, trigger_faults
from ocsportal.transactions.history import tracked_models
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.triggers import expected, tracked_table
from tests.client import RestClient
from tests.conftest import make_user
from tests.transactions.rows import (
    COLUMNS,
    MODELS,
    ROWS,
    change,
    every_model,
    insert,
    inside,
    new,
    raw_insert,
    sql,
    written,
)

pytestmark = pytest.mark.django_db

Told = list[tuple[str, int]]
DATABASE_USER = (
    "sqlite" if "sqlite" in settings.DATABASES["default"]["ENGINE"] else settings.DATABASES["default"]["USER"]
)


def put(row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def by_save(label: str) -> Told:
    row = new(label, "one")
    row.save()
    put(row, change(label))
    row.save()
    row.refresh_from_db()
    row.save()  # changes nothing, so there is nothing to tell
    return [("+", 1), ("~", 2)]


def by_bulk_create(label: str) -> Told:
    MODELS[label].objects.bulk_create([new(label, name) for name in ("one", "two", "three")])
    return [("+", 1)] * 3


def by_update(label: str) -> Told:
    rows = [insert(label, name).pk for name in ("one", "two", "three")]
    MODELS[label].objects.filter(pk__in=rows).update(**change(label))
    MODELS[label].objects.filter(pk__in=rows).update(**change(label))
    return [("+", 1)] * 3 + [("~", 2)] * 3


def by_update_of_an_expression(label: str) -> Told:
    row, column = insert(label, "one"), COLUMNS[label][0][0]
    field = MODELS[label]._meta.get_field(column)
    if isinstance(field, models.CharField):
        first, second = Concat(F(column), Value("x")), Concat(F(column), Value("y"))
    else:
        kept = field.target_field if field.is_relation else field
        first, second = (Value(value, kept) for value in (change(label)[column], getattr(row, column)))
    MODELS[label].objects.filter(pk=row.pk).update(**{column: first})
    setattr(row, column, second)
    row.save(update_fields=[column])
    return [("+", 1), ("~", 2), ("~", 3)]


def by_bulk_update(label: str) -> Told:
    rows = [insert(label, name) for name in ("one", "two")]
    for row in rows:
        put(row, change(label))
    MODELS[label].objects.bulk_update(rows, [COLUMNS[label][0][0]])
    return [("+", 1)] * 2 + [("~", 2)] * 2


def by_update_of_the_version(label: str) -> Told:
    row = insert(label, "one")
    MODELS[label].objects.filter(pk=row.pk).update(version=77)
    return [("+", 1), ("~", 2)]


def by_sql(label: str) -> Told:
    raw_insert(new(label, "one"))
    table = MODELS[label]._meta.db_table
    [(column, value)] = change(label).items()
    key = MODELS[label].objects.latest("pk").pk
    sql(f'UPDATE "{table}" SET "{column}" = %s WHERE id = %s', written(label, column, value), key)
    sql(f'DELETE FROM "{table}" WHERE id = %s', key)
    return [("+", 1), ("~", 2), ("-", 2)]


def by_delete(label: str) -> Told:
    rows = [insert(label, name).pk for name in ("one", "two")]
    MODELS[label].objects.filter(pk__in=rows).delete()
    return [("+", 1)] * 2 + [("-", 1)] * 2


WAYS: list[Callable[[str], Told]] = [
    by_save, by_bulk_create, by_update, by_update_of_an_expression, by_bulk_update, by_update_of_the_version, by_sql, by_delete,
]  # fmt: skip


def since(label: str, before: int) -> list[Any]:
    rows = MODELS[label].history.filter(history_id__gt=before)
    return list(rows.order_by("history_id"))


def newest(label: str) -> int:
    return MODELS[label].history.aggregate(newest=models.Max("history_id"))["newest"] or 0


def test_every_tracked_model_has_its_rows_here() -> None:
    assert set(MODELS) == set(ROWS) == set(COLUMNS)


@every_model
@pytest.mark.parametrize("way", WAYS)
def test_inside_of_the_door(label: str, way: Callable[[str], Told]) -> None:
    ROWS[label]("prepare")  # what the row refers to
    before, told = newest(label), []
    entry = inside(lambda: told.extend(way(label)))
    found = since(label, before)
    assert [(row.history_type, row.version) for row in found] == told
    assert {(row.transaction_id, row.history_change_reason) for row in found} == {(entry.pk, "because")}
    assert {row.database_user for row in found} == {DATABASE_USER}
    assert all(len(row.digest) == 64 for row in found)


@every_model
@pytest.mark.parametrize("way", WAYS)
def test_outside_of_the_door(label: str, way: Callable[[str], Told]) -> None:
    ROWS[label]("prepare")
    before, entries = newest(label), BusinessTransaction.objects.count()
    told = way(label)
    found = since(label, before)
    assert [(row.history_type, row.version) for row in found] == told
    assert {row.database_user for row in found} == {DATABASE_USER}
    if label == "people.User" and way in (by_save, by_update_of_an_expression):
        # A user's own save() goes through the door by itself.
        assert BusinessTransaction.objects.count() > entries
        return
    assert {row.transaction_id for row in found} == {None}
    assert BusinessTransaction.objects.count() == entries


@every_model
def test_update_fields_tells_only_what_was_saved(label: str) -> None:
    row = insert(label, "one")
    [(saved, value)] = change(label).items()
    [(unsaved, other)] = change(label, 1).items()
    was = getattr(row, unsaved)
    put(row, {saved: value, unsaved: other})
    assert was != other
    inside(lambda: row.save(update_fields=[saved]))
    told = MODELS[label].history.latest("history_id")
    assert (getattr(told, saved), getattr(told, unsaved)) == (value, was)


@every_model
def test_a_rolled_back_write_leaves_no_history(label: str) -> None:
    ROWS[label]("prepare")
    before = newest(label)
    with transaction.atomic():
        insert(label, "one")
        transaction.set_rollback(True)
    assert since(label, before) == []


def test_the_pointer_ends_with_its_transaction() -> None:
    inside(lambda: insert("customers.CustomerSegment", "one"))
    CustomerSegment.objects.filter(code="one").update(name="after")
    assert CustomerSegment.history.latest("history_id").transaction_id is None
    with pytest.raises(ZeroDivisionError):
        inside(lambda: [CustomerSegment.objects.filter(code="one").update(name="undone"), 1 // 0])
    CustomerSegment.objects.filter(code="one").update(name="after a failure")
    told = [(row.name, row.transaction_id is None) for row in CustomerSegment.history.filter(code="one")]
    assert told == [("after a failure", True), ("after", True), ("one", False)]


def test_rest_portal_worker_and_import(api: RestClient, change: Any, run_command: Any) -> None:
    def latest(model: Any) -> tuple[Any, ...]:
        row = model.history.latest("history_id")
        return model.history.count(), row.version, row.transaction.channel, row.transaction.operation

    customers, segments = Customer.history.count(), CustomerSegment.history.count()
    api.done("/customers/create", externalId="one", customerProfile="b2b")
    assert latest(Customer) == (customers + 1, 1, "REST", "CreateCustomer")
    early = change(at=change().at - timedelta(hours=2))
    plan = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=early.at + timedelta(hours=1))
    Customer.objects.update(state_valid_from=early.at)
    operations.update_customer_state(early, customer=Ref(external_id="one"), state=plan)
    assert latest(Customer) == (customers + 3, 3, "PORTAL", "UpdateCustomerState")
    run_command("worker", "--once")
    assert latest(Customer) == (customers + 4, 4, "SCHEDULE", "PlannedStateInForce")
    client = Client()
    client.force_login(make_user("conf", groups.CONFIGURATION), "ocsportal.people.permissions.OneQueryBackend")
    form = {"code": "gold", "name": "Gold", "description": "", "audit_reason": "asked for"}
    assert client.post(reverse("admin:customers_customersegment_add"), form).status_code == 302
    assert latest(CustomerSegment) == (segments + 1, 1, "PORTAL", "AddCustomerSegment")
    CustomerSegment.objects.filter(code="vip").delete()
    assert load_reference_data() == {"customer segment": 1}
    assert latest(CustomerSegment) == (segments + 3, 1, "IMPORT", "LoadReferenceData")


# The sealed tables


def refused(statement: str, *values: Any) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement, *values)


@every_model
def test_history_refuses_to_be_changed(label: str) -> None:
    inside(lambda: insert(label, "one"))
    history = MODELS[label].history.model._meta.db_table
    refused(f"UPDATE \"{history}\" SET history_type = '~'")
    refused(f'DELETE FROM "{history}"')


def test_business_transactions_refuse_to_be_changed() -> None:
    inside(lambda: insert("customers.Customer", "one"))
    for column in ("reason", "answer", "digest", "actor_name"):
        refused(f"UPDATE transactions_businesstransaction SET {column} = 'x'")
    refused("DELETE FROM transactions_businesstransaction")


@pytest.mark.postgres
def test_nothing_tracked_can_be_truncated() -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    for model in MODELS.values():
        refused(f'TRUNCATE "{model.history.model._meta.db_table}"')
        refused(f'TRUNCATE "{model._meta.db_table}" CASCADE')
    refused("TRUNCATE transactions_businesstransaction CASCADE")


def test_sqlite_file_opened_by_another_program_can_be_read_but_not_written() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's triggers need nothing of the program")
    other = sqlite3.connect(":memory:")
    other.deserialize(connection.connection.serialize())
    for label, model in MODELS.items():
        table, column = model._meta.db_table, COLUMNS[label][0][0]
        other.execute(f'SELECT count(*) FROM "{table}"').fetchone()
        if not model.objects.exists():
            continue
        with pytest.raises(sqlite3.OperationalError, match="no such function: ocs_"):
            other.execute(f'UPDATE "{table}" SET "{column}" = "{column}" || 1')
        with pytest.raises(sqlite3.OperationalError, match="no such function: ocs_"):
            other.execute(f'DELETE FROM "{table}"')
    other.close()


# The check

TABLES = [tracked_table(model, model.history.model) for model in tracked_models()]  # type: ignore[attr-defined]


def undone(*statements: str) -> list[str]:
    """Run statements, return what the check then says, and take them back."""
    with transaction.atomic():
        for statement in statements:
            sql(statement)
        found = trigger_faults()
        assert [error.id for error in check_triggers(["default"])] == ["ocs.E001"] * len(found)
        transaction.set_rollback(True)
    return found


def standing() -> dict[str, str]:
    """Return the triggers that stand, each with the statement that drops it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, 'DROP TRIGGER \"' || name || '\"' FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT tgname, format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE tgname LIKE 'ocs%'"
            )
        return dict(cursor.fetchall())


def test_the_check_is_content_and_names_every_trigger_that_is_gone() -> None:
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
    assert undone() == []
    triggers = standing()
    wanted = {name for name in expected(connection, TABLES) if name in triggers}
    assert len(wanted) >= 5 * len(TABLES)
    for name in wanted:
        assert undone(triggers[name]) == [f"{name} is missing or switched off."]


def test_the_check_lets_migrate_put_things_right() -> None:
    """An upgrade begins with triggers that don't fit the new models; migrate asks the check before it mends them."""
    drop = standing()["ocs_u_customers_customer"]
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
    with transaction.atomic():
        sql(drop)
        assert len(check_triggers(["default"])) == 1
        newest = MigrationRecorder.Migration.objects.filter(app="customers").latest("name")
        MigrationRecorder.Migration.objects.filter(pk=newest.pk).delete()
        assert check_triggers(["default"]) == []
        transaction.set_rollback(True)
    assert check_triggers(["default"]) == []


def test_the_check_names_triggers_that_do_something_else() -> None:
    drop = standing()["ocs_u_customers_customer"]
    if connection.vendor == "sqlite":
        other = 'CREATE TRIGGER "ocs_u_customers_customer" AFTER UPDATE ON customers_customer BEGIN SELECT 1; END'
        assert undone(drop, other) == ["ocs_u_customers_customer differs from what the model needs."]
        return
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    table, name = '"customers_customer"', "ocs_history_customers_customer"
    harmless = f"""CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"""
    assert undone(harmless) == [f"{name} differs from what the model needs."]
    switched = f"ALTER TABLE {table} DISABLE TRIGGER ocs_u_customers_customer"
    assert undone(switched) == ["ocs_u_customers_customer is missing or switched off."]
    never = f'CREATE OR REPLACE TRIGGER "ocs_v_customers_customer" BEFORE UPDATE ON {table} FOR EACH ROW WHEN (false) ' \
        'EXECUTE FUNCTION "ocs_version_customers_customer"()'  # fmt: skip
    # Replacing keeps the comment that carries the fingerprint.
    assert undone(never) == ["ocs_v_customers_customer differs from what the model needs."]


# Traps of the history library


@every_model
def test_history_is_wide_enough(label: str) -> None:
    historical = MODELS[label].history.model
    assert isinstance(historical._meta.get_field("history_id"), models.BigAutoField)
    assert isinstance(historical._meta.get_field("history_change_reason"), models.TextField)
    before = newest(label)
    inside(lambda: insert(label, "one"), reason="x" * 5000)
    assert since(label, before)[-1].history_change_reason == "x" * 5000


def test_the_library_only_reads() -> None:
    assert settings.SIMPLE_HISTORY_ENABLED is False
    assert settings.SIMPLE_HISTORY_REVERT_DISABLED is True
    assert settings.SIMPLE_HISTORY_ENFORCE_HISTORY_MODEL_PERMISSIONS is True
    assert settings.SIMPLE_HISTORY_DATE_INDEX == "composite"


def test_secrets_and_mere_use_are_not_kept() -> None:
    before = {label: newest(label) for label in ("people.User", "people.ApiKey")}
    user, key = MODELS["people.User"], MODELS["people.ApiKey"]
    assert not {"password", "last_login"} & {field.name for field in user.history.model._meta.fields}
    assert not {"key_hash", "last_used_at"} & {field.name for field in key.history.model._meta.fields}
    user.objects.update(password="x", last_login=None)
    key.objects.update(last_used_at=None)
    assert {label: newest(label) for label in before} == before
