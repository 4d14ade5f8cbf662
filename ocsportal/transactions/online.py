"""Migration operations that a running portal does not feel, and which forms it would feel.

See docs/operating.md, upgrades beside a running portal.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations import operations as forms
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Value
from django.db.models.fields import NOT_PROVIDED

from ocsportal.transactions.change_tracked import ChangeTracked
from ocsportal.transactions.fill_tracked import FillTracked
from ocsportal.transactions.migration_operations import OnPostgreSQL

ONLINE = (FillTracked, AddConstraintNotValid, AddIndexConcurrently, RemoveIndexConcurrently, ValidateConstraint)
INDEX = "builds an index while nobody may write: AddIndexOnline in a migration of its own with atomic = False"
CHECKED = (
    "looks at every row while nobody may write: AddConstraintNotValid, and ValidateConstraint in the next migration"
)
REWRITTEN = (
    "writes the table anew while nobody may read: AddField of another one, FillTracked in a migration of its own with "
    "atomic = False, and RemoveField of the former one with the next release"
)
SCANNED = "looks at every row while nobody may read: AddConstraintNotValid that it is not NULL, and ValidateConstraint"
LACKING = "lets no process of the version before enter a row: give it a db_default"
UNREAD = "can't be judged from here"
# Migrations up to this number are from before any installation; nobody has to bear them beside a running portal.
FROM_BEFORE = "0019"
SIZED = re.compile(r"varchar\((\d+)\)")
# What types are called there, whatever engine the check runs on; it is never opened.
POSTGRESQL = DatabaseWrapper({"NAME": "unused", "TIME_ZONE": None, "OPTIONS": {}}, "online")
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
    loader = MigrationLoader(None)
    later = [one for one in sorted(loader.disk_migrations) if one[0] in OURS and one[1][:4] > FROM_BEFORE]
    return [
        fault for one in later for fault in stalls(loader.disk_migrations[one], loader.project_state(one, at_end=False))
    ]


def stalls(migration: Any, state: ProjectState) -> Iterator[str]:
    """Yield what of a migration would keep a running portal waiting, longer with each row, or keep it from writing.

    `state` is that of the models before it. A migration that has to may say so: `stalls = "for whom, and how long"` beside
    its operations.
    """
    if getattr(migration, "stalls", ""):
        return
    made: set[str] = set()
    label = migration.app_label
    for whole in migration.operations:
        now = state.clone()
        for operation in _flat([whole]):
            after = now.clone()
            operation.state_forwards(label, after)
            if isinstance(operation, forms.CreateModel):
                made.add(operation.name_lower)
            elif getattr(operation, "model_name_lower", "") not in made and (
                why := _why(operation, label, now, after, isinstance(whole, ChangeTracked))
            ):
                yield f"{label}.{migration.name}: {operation.describe()}: it {why}."
            now = after
        whole.state_forwards(label, state)


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


def _why(operation: Operation, label: str, before: ProjectState, after: ProjectState, tracked: bool) -> str:
    if isinstance(operation, ONLINE):
        return ""
    if isinstance(operation, forms.AddIndex):
        return INDEX
    if isinstance(operation, forms.AddConstraint):
        return CHECKED
    if isinstance(operation, forms.AlterField):
        models = (state.apps.get_model(label, operation.model_name) for state in (before, after))
        return _why_altered(*(model._meta.get_field(operation.name) for model in models))
    if isinstance(operation, forms.RunPython | forms.RunSQL):
        return UNREAD
    if isinstance(operation, forms.AddField):
        # ChangeTracked adds a column first, and has its check looked at afterwards.
        added = after.apps.get_model(label, operation.model_name)._meta.get_field(operation.name)
        return _why_added(operation.field) or (CHECKED if added.db_check(POSTGRESQL) and not tracked else "")
    return ""


def _why_added(field: Any) -> str:
    if field.unique or getattr(field, "db_index", False):
        return INDEX
    if field.db_default is not NOT_PROVIDED and not isinstance(field.db_default, Value | int | str | bool):
        return REWRITTEN
    if field.db_default is NOT_PROVIDED and not (field.null or field.many_to_many):
        return LACKING
    return ""


def _why_altered(before: Any, after: Any) -> str:
    """Return what is wrong with changing a column; nothing where PostgreSQL only notes it down."""
    if (after.unique or getattr(after, "db_index", False)) and not (
        before.unique or getattr(before, "db_index", False)
    ):
        return INDEX
    if before.null and not after.null:
        return SCANNED
    former, present = (field.db_type(POSTGRESQL) or "" for field in (before, after))
    lengths = [SIZED.fullmatch(kind) for kind in (former, present)]
    if former == present or (lengths[0] and present == "text"):
        return ""
    if lengths[0] and lengths[1] and int(lengths[0][1]) <= int(lengths[1][1]):
        return ""
    return REWRITTEN
