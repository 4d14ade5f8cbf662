"""README's recipe for a column, followed to the letter in a copy of the project on a filled database."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations import AddField, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.models import TextField

from ocsportal.transactions.change_tracked import TABLE_OPERATIONS, ChangeTracked
from ocsportal.transactions.migration_operations import InstallHistoryTriggers
from tests.transactions.copied import ROOT, Copy
from tests.transactions.rows import MODELS

pytestmark = pytest.mark.django_db
BEFORE = "    contact_name = "
META = "    class Meta(Entity.Meta):\n"
WRITES = """
from customers.models import Customer
from ocsportal.transactions import door
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
def write():
    Customer.objects.filter(pk__in=list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:2])).update({fields})
    return Touched([])
door.record("Test", system_change("test", reason="because"), None, write)
"""
# What somebody with the whole database in hand changes in the oldest row, each by itself and taken back.
ALTERS = """
from django.core.management import call_command
from django.db import connection, transaction
from ocsportal.transactions.verification import findings
call_command("makemigrations", "--check", "--dry-run")
call_command("check", "--database", "default", "--fail-level", "WARNING")
assert list(findings()) == []
for change in {changes}:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute({asleep})
        cursor.execute("UPDATE customers_historicalcustomer SET " + change + " WHERE history_id = (SELECT min(history_id) "
                       "FROM customers_historicalcustomer WHERE history_id > (SELECT coalesce(max(\\"after\\"), 0) FROM "
                       "transactions_sealedform WHERE history = 'customers_historicalcustomer' AND id <> (SELECT max(id) FROM "
                       "transactions_sealedform WHERE history = 'customers_historicalcustomer')))")
        print(change, "->", sorted((f.fault, f.count) for f in findings() if f.table == "customers_historicalcustomer"))
        transaction.set_rollback(True)
"""
# The check of the new column, of the table and its history: no row is left out of it for long.
CHECKS = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT conrelid::regclass::text, convalidated FROM pg_constraint "
                   "WHERE conname LIKE '%shoe_size%' ORDER BY 1")
    for row in cursor.fetchall():
        print(*row)
"""
ASLEEP = {
    "postgresql": "SET LOCAL session_replication_role = replica",
    "sqlite": "DROP TRIGGER ocs_ru_customers_historicalcustomer",
}


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    made = Copy(tmp_path)
    yield made
    made.remove()


def recipe() -> tuple[list[tuple[str, str]], list[str]]:
    """Return what README writes into a model, by verb, and the commands that follow."""
    part = (ROOT / "README.md").read_text().split("## How to change a column")[1].split("\n## ")[0]
    fields = re.findall(r"^   \| (\w[\w ]*) \| (?:`(.+)`|nothing) \|$", part, re.MULTILINE)
    return fields, re.findall(r"^   \.venv/bin/python manage\.py (.+)$", part, re.MULTILINE)


def altered(copy: Copy, fields: str, *changes: str) -> None:
    """Write through the door; demand that the proof holds, and that each change of an old row by hand is found."""
    script = WRITES.format(fields=fields) + ALTERS.format(changes=changes, asleep=repr(ASLEEP[connection.vendor]))
    told = copy.manage("shell", "-c", script)
    for change in changes:
        assert re.search(
            rf"^{re.escape(change)} -> \[\('history row that was altered: .*', \d+\)\]$", told, re.MULTILINE
        ), told


def test_the_recipe_of_the_readme(copy: Copy) -> None:
    fields, commands = recipe()
    assert [verb for verb, _ in fields] == ["add", "widen", "change its type", "rename", "remove"]
    assert commands == ["makemigrations customers", "migrate", "verify_audit"]
    copy.manage("migrate", "-v", "0")
    copy.manage("load_demo", "--customers", "2")
    former = BEFORE
    for (verb, field), value, hands in zip(fields, ("30000", "70000", "'large'", "'wide'", ""), HANDS, strict=True):
        written = f"    {field}\n{BEFORE}" if field else BEFORE
        copy.write("customers/models.py", former, written)
        former = written
        for command in commands:
            said = copy.manage(*command.split(), typed="y\ny\n" if "make" in command else "")
            assert ("ChangeTracked" in said or "Change the tracked model" in said) or "make" not in command, said
        assert "The audit trail holds" in said, verb
        name = field.split(" = ")[0]
        if verb == "add" and connection.vendor == "postgresql":
            told = copy.manage("shell", "-v", "0", "-c", CHECKS)
            assert told.split() == ["customers_customer", "True", "customers_historicalcustomer", "True"]
        altered(copy, f"{name}={value}" if name else "custom_name='last'", "custom_name = 'forged'", *hands)
    came_back(copy)


# What else is tried in the form before the newest one, after each verb.
HANDS: tuple[tuple[str, ...], ...] = (
    ("shoe_size = 5",),
    ("shoe_size = 5",),
    ("shoe_size = '70000x'", "shoe_size = '070000'"),
    ("foot = 'larger'",),
    ("foot = 'wider'",),
)


def came_back(copy: Copy) -> None:
    """A field of the name that was removed: the former column makes way, and nothing is lost from any row."""
    field = 'foot = models.CharField(max_length=9, default="0")'
    copy.write("customers/models.py", BEFORE, f"    {field}\n{BEFORE}")
    check = (
        'constraints = [*Entity.Meta.constraints, models.CheckConstraint(condition=~Q(custom_name="x"), name="named")]'
    )
    copy.write("customers/models.py", META, f"{META}        {check}\n")
    copy.manage("makemigrations", "customers")
    copy.manage("migrate")
    altered(copy, "foot='070'", "foot_2 = 'x'", "foot = '1'")
    copy.write("customers/models.py", field, "foot = models.IntegerField(default=0)")
    copy.manage("makemigrations", "customers")
    assert "would cut or round what customers_historicalcustomer keeps" in copy.manage("migrate", fails=True)
    copy.write("customers/models.py", "foot = models.IntegerField(default=0)", field)
    assert "The audit trail holds" in copy.manage("verify_audit")


def test_no_migration_changes_a_tracked_model_in_another_way() -> None:
    """Once its triggers stand; from before are help texts, and a constraint that is an index by itself."""
    loader = MigrationLoader(None)
    tracked: set[tuple[str, str]] = set()
    wrong = []
    order = [key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf)]
    for key in dict.fromkeys(order):
        for operation in loader.graph.nodes[key].operations:
            if isinstance(operation, InstallHistoryTriggers):
                tracked.add((key[0], operation.model_name.lower()))
            elif isinstance(operation, TABLE_OPERATIONS) and (key[0], _model(operation)) in tracked:
                wrong.append(key)
    assert len(tracked) == len(MODELS)
    assert set(wrong) == {("balances", "0005_amounts_moved"), ("subscribers", "0009_indexes_of_lists")}


def _model(operation: Any) -> str:
    return str(operation.model_name_lower.removeprefix("historical"))


def test_it_takes_nothing_but_the_fields_of_its_model() -> None:
    for other in (AddField("Account", "x", TextField()), RunSQL("SELECT 1")):
        with pytest.raises(ValueError, match="takes fields and constraints of it and its history"):
            ChangeTracked("Customer", [other])  # type: ignore[list-item]
