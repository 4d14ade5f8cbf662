"""No migration stalls a running portal unseen, and the online ones do what they say."""

from typing import Any

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now, Upper

from customers.models import Customer
from ocsportal.transactions import online
from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.fill_tracked import FillTracked
from ocsportal.transactions.online import AddIndexOnline, stalls


def test_no_migration_stalls_unseen() -> None:
    assert {key[0] for key in MigrationLoader(None).disk_migrations} >= set(online.OURS)
    assert online.stalling() == []


def test_it_looks_at_every_migration_that_is_not_from_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "FROM_BEFORE", "0009")
    told = online.stalling()
    assert any(fault.startswith("customers.0010_indexes_of_lists: ") for fault in told)


def found(*operations: Any, **options: Any) -> list[str]:
    migration = migrations.Migration("0099_x", "customers")
    migration.operations = list(operations)  # type: ignore[misc]
    for name, value in options.items():
        setattr(migration, name, value)
    return [fault.split(": it ")[1] for fault in stalls(migration, STATE.clone())]


STATE = MigrationLoader(None).project_state()
LONG = models.CharField(max_length=500, blank=True)
INDEX = models.Index(fields=["custom_name"], name="some_index")
CHECK = models.CheckConstraint(condition=~models.Q(custom_name="x"), name="some_check")


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.AddIndex("customer", INDEX), "builds an index"),
        (migrations.AddConstraint("customer", CHECK), "looks at every row"),
        (migrations.AddField("customer", "x", models.CharField(max_length=5, unique=True)), "builds an index"),
        (migrations.AddField("customer", "x", models.SlugField()), "builds an index"),
        (migrations.AddField("customer", "x", models.DateTimeField(db_default=Now())), "writes the table anew"),
        (
            migrations.AddField("customer", "x", models.CharField(max_length=5, default="")),
            "lets no process of the version",
        ),
        (migrations.AlterField("customer", "custom_name", models.IntegerField()), "writes the table anew"),
        (migrations.AlterField("customer", "custom_name", models.CharField(max_length=5)), "writes the table anew"),
        (migrations.AlterField("customer", "version", models.BigIntegerField(default=1)), "writes the table anew"),
        (migrations.AlterField("customer", "external_id", models.CharField(max_length=64)), "looks at every row"),
        (
            migrations.AlterField("customer", "custom_name", models.CharField(max_length=500, unique=True)),
            "builds an index",
        ),
        (migrations.RunSQL("UPDATE customers_customer SET custom_name = 'x'"), "can't be judged"),
        (migrations.RunPython(migrations.RunPython.noop), "can't be judged"),
    ],
)
def test_forms_that_stall(operation: Any, why: str) -> None:
    [told] = found(operation)
    assert told.startswith(why)
    assert found(operation, stalls="one second per million rows, at night") == []
    if not isinstance(operation, migrations.RunSQL | migrations.RunPython | migrations.AddIndex):
        assert len(found(ChangeTracked("customer", [operation]))) == 1
        assert found(migrations.CreateModel("customer", []), operation) == []


def test_a_check_of_a_new_column_is_looked_at_afterwards_by_change_tracked_only() -> None:
    operation = migrations.AddField("customer", "x", models.PositiveIntegerField(db_default=0))
    [told] = found(operation)
    assert told.startswith("looks at every row")
    assert found(ChangeTracked("customer", [operation])) == []


def test_forms_that_do_not() -> None:
    plain = models.CharField(max_length=5, default="", db_default="")
    for operation in (
        AddIndexOnline("customer", INDEX),
        AddConstraintNotValid("customer", CHECK),
        migrations.AddField("customer", "x", plain),
        migrations.AddField("customer", "x", models.IntegerField(null=True)),
        FillTracked("customer", "custom_name", Upper("custom_name")),
        migrations.AlterField("customer", "custom_name", LONG),
        migrations.AlterField("customer", "custom_name", models.TextField()),
        migrations.AlterField("customer", "version", models.PositiveIntegerField(null=True)),
        migrations.RenameField("customer", "custom_name", "y"),
        migrations.RemoveField("customer", "custom_name"),
        migrations.AlterModelOptions("customer", {}),
    ):
        assert found(operation) == []


class Told:
    """A schema editor that makes an index for good: SQLite's own works without foreign keys only."""

    def __init__(self) -> None:
        self.connection = connection
        self.made: list[str] = []

    def add_index(self, model: Any, index: Any) -> None:
        self.made.append(index.name)


@pytest.mark.django_db(transaction=True)
def test_an_index_is_built_online_again_and_again() -> None:
    state = MigrationLoader(None).project_state()
    after = state.clone()
    operation = AddIndexOnline("customer", INDEX)
    operation.state_forwards("customers", after)
    if connection.vendor == "sqlite":
        editor = Told()
        operation.database_forwards("customers", editor, state, after)
        assert editor.made == ["some_index"]
        return
    with connection.schema_editor(atomic=False) as editor:
        for _ in range(2):
            operation.database_forwards("customers", editor, state, after)
        with connection.cursor() as cursor:
            assert "some_index" in connection.introspection.get_constraints(cursor, Customer._meta.db_table)
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone()[0] == "10s"
        operation.database_backwards("customers", editor, after, state)
