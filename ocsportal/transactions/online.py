"""Migration operations that a running portal does not feel, and which forms it would feel.

See docs/operating.md, upgrades beside a running portal.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import operations as forms
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Value
from django.db.models.fields import NOT_PROVIDED

from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.migration_operations import OnPostgreSQL

ONLINE = (AddConstraintNotValid, AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint)
INDEX = "builds an index while nobody may write: AddIndexOnline in a migration of its own with atomic = False"
CHECKED = (
    "looks at every row while nobody may write: AddConstraintNotValid, and ValidateConstraint in the next migration"
)
REWRITTEN = "writes the table anew while nobody may read: a new column, filled in batches"
UNREAD = "can't be judged from here"
# Migrations up to this number are from before any installation; nobody has to bear them beside a running portal.
FROM_BEFORE = "0019"
OURS = ("accounts", "balances", "customers", "entities", "offers", "people", "subscribers", "transactions")


class AddIndexOnline(AddIndexConcurrently):
    """Build an index beside running writes; plainly on SQLite. Begun anew after a failure, it takes the torso away first."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Build it."""
        if schema_editor.connection.vendor != "postgresql":
            forms.AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        self._ensure_not_in_transaction(schema_editor)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            before = cursor.fetchone()[0]
            # It waits for transactions under way, and nobody waits for it.
            cursor.execute("SET lock_timeout = 0")
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
            try:
                super().database_forwards(app_label, schema_editor, from_state, to_state)
            finally:
                cursor.execute(f"SET lock_timeout = '{before}'")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop it."""
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            forms.AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)


def stalling() -> list[str]:
    """Return what of all migrations would keep a running portal waiting, and does not say so."""
    found = sorted(MigrationLoader(None).disk_migrations.items())
    later = [one for (label, name), one in found if label in OURS and name[:4] > FROM_BEFORE]
    return [fault for one in later for fault in stalls(one)]


def stalls(migration: Any) -> Iterator[str]:
    """Yield what of a migration would keep a running portal waiting, longer with each row.

    A migration that has to may say so: `stalls = "for whom, and how long"` beside its operations.
    """
    if getattr(migration, "stalls", ""):
        return
    made: set[str] = set()
    for operation in _flat(migration.operations):
        if isinstance(operation, forms.CreateModel):
            made.add(operation.name_lower)
        elif getattr(operation, "model_name_lower", "") not in made and (why := _why(operation)):
            yield f"{migration.app_label}.{migration.name}: {operation.describe()}: it {why}."


def _flat(operations: Any) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, OnPostgreSQL):
            yield from _flat([operation.inner])
        elif isinstance(operation, ChangeTracked):
            yield from _flat(operation.operations)
        elif isinstance(operation, forms.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _why(operation: Operation) -> str:
    if isinstance(operation, ONLINE):
        return ""
    if isinstance(operation, forms.AddIndex):
        return INDEX
    if isinstance(operation, forms.AddConstraint):
        return CHECKED
    if isinstance(operation, forms.AlterField):
        return f"may be one that {REWRITTEN}"
    if isinstance(operation, forms.RunPython | forms.RunSQL):
        return UNREAD
    if isinstance(operation, forms.AddField):
        field = operation.field
        if field.unique or getattr(field, "db_index", False):
            return INDEX
        if field.db_default is not NOT_PROVIDED and not isinstance(field.db_default, Value | int | str | bool):
            return REWRITTEN
    return ""
