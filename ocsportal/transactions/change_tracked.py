"""The one migration operation for whatever changes the table of a tracked model (README, how to change a column).

It takes the triggers down, changes the table and its history, records what rows are sealed with from now on, and puts the
triggers up. A column that leaves the model stays in the history, since rows are sealed with it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AlterField,
    RemoveConstraint,
    RemoveField,
    RenameField,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model

from ocsportal.transactions.migration_operations import tracked_at
from ocsportal.transactions.triggers import forms, generated, proof

TableOperation = AddField | AlterField | RemoveField | RenameField | AddConstraint | RemoveConstraint
ColumnOperation = AddField | AlterField | RemoveField | RenameField | RemoveConstraint
Step = tuple[TableOperation, ProjectState, ProjectState]
# For constraints too SQLite makes the table anew.
TABLE_OPERATIONS = (AddField, AlterField, RemoveField, RenameField, AddConstraint, RemoveConstraint)


class Left(models.Field):
    """A column that stayed in a history when its field left the model."""

    def __init__(self, kind: str = "text", **options: Any) -> None:
        self.kind = kind
        super().__init__(**{"null": True, "editable": False, **options})

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the type that it has in the database."""
        return self.kind

    def deconstruct(self) -> Any:
        """Return what makes it again."""
        name, path, arguments, options = super().deconstruct()
        return name, path, arguments, {**options, "kind": self.kind}


class ChangeTracked(Operation):
    """Change the table of a tracked model and that of its history by the operations that are needed for both."""

    serialization_expand_args = ["operations"]
    reduces_to_sql = False
    reversible = False

    def __init__(self, model_name: str, operations: Sequence[TableOperation]) -> None:
        self.model_name = model_name
        self.operations = list(operations)
        both = {model_name.lower(), f"historical{model_name.lower()}"}
        for operation in self.operations:
            if not isinstance(operation, TABLE_OPERATIONS) or operation.model_name_lower not in both:
                raise ValueError(
                    f"ChangeTracked({model_name!r}) takes fields and constraints of it and its history: {operation!r}"
                )

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change the models' state as the operations say."""
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Change the table and its history; raise ValueError, having changed nothing, where a history row would lose something."""
        connection = schema_editor.connection
        if not connection.in_atomic_block:
            raise ValueError("ChangeTracked needs a migration that is atomic: nobody may write meanwhile.")
        table, now = (tracked_at(state, app_label, self.model_name, connection) for state in (from_state, to_state))
        # All that takes time and touches no table comes before: from here on others wait.
        steps = self._steps(app_label, from_state)
        loses = any(_may_lose(app_label, connection, *step) for step in steps)
        generated.take_down(schema_editor, table)
        forms.remember(connection, table)
        altered = proof.altered_rows(connection, table.history) if loses else 0
        renamed = self._change(app_label, schema_editor, steps)
        generated.install(schema_editor, now, renamed)
        if loses and proof.altered_rows(connection, table.history) > altered:
            raise ValueError(f"{self.describe()}: it would cut or round what {table.history} keeps.")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Raise: history goes on, never back."""
        raise NotImplementedError("The history of a tracked model never goes back to fewer columns.")

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Change the tracked model {self.model_name}"

    def _steps(self, label: str, state: ProjectState) -> list[Step]:
        """Return the operations, each with the states before and after it; what leaves the model stays in the history."""
        steps: list[Step] = []
        for operation in self.operations:
            after = state.clone()
            operation.state_forwards(label, after)
            shown, then = operation, after
            if isinstance(operation, RemoveField) and operation.model_name_lower != self.model_name.lower():
                field = state.models[label, operation.model_name_lower].fields[operation.name].clone()
                field.null, field.db_default = True, models.NOT_PROVIDED
                shown, then = AlterField(operation.model_name, operation.name, field), state.clone()
                shown.state_forwards(label, then)
            all(each.apps for each in (state, then))  # made at the first look
            steps.append((shown, state, then))
            state = after
        return steps

    def _change(self, label: str, editor: BaseDatabaseSchemaEditor, steps: list[Step]) -> dict[str, str]:
        """Do the operations one by one; return which columns of the history were renamed."""
        renamed: dict[str, str] = {}
        for operation, state, after in steps:
            model = after.apps.get_model(label, operation.model_name)
            with _triggers_kept(editor, operation, model), _checked_later(editor, operation, model):
                if operation.model_name_lower == self.model_name.lower():
                    operation.database_forwards(label, editor, state, after)
                else:
                    assert not isinstance(operation, AddConstraint), "A history has no constraints of its own."
                    _change_history(label, editor, operation, state, after, renamed)
        return renamed


def _may_lose(
    label: str, connection: BaseDatabaseWrapper, operation: TableOperation, state: ProjectState, after: ProjectState
) -> bool:
    """Return whether an operation gives a column a type that may not hold all that it held."""
    if not isinstance(operation, AlterField):
        return False
    name = operation.model_name_lower
    fields = (each.apps.get_model(label, name)._meta.get_field(operation.name) for each in (state, after))
    former, present = (field.db_type(connection) or "" for field in fields)
    return not generated.dialect(connection).widens(former, present)


def _change_history(
    label: str,
    editor: BaseDatabaseSchemaEditor,
    operation: ColumnOperation,
    state: ProjectState,
    after: ProjectState,
    renamed: dict[str, str],
) -> None:
    """Change a history, and note which columns were renamed."""
    name = operation.model_name_lower
    _note(renamed, _made_way(label, editor, operation, state, after))
    operation.database_forwards(
        label, editor, _with_left(label, editor, name, state), _with_left(label, editor, name, after)
    )
    if not isinstance(operation, AddField):
        was = _column(state, label, name, getattr(operation, "old_name", operation.name))
        now = _column(after, label, name, getattr(operation, "new_name", operation.name))
        _note(renamed, {was: now} if was != now else {})


def _made_way(
    label: str, editor: BaseDatabaseSchemaEditor, operation: ColumnOperation, state: ProjectState, after: ProjectState
) -> dict[str, str]:
    """Give a column that stayed another name, if its own is wanted again; return both."""
    model = state.apps.get_model(label, operation.model_name)
    wanted = _column(after, label, operation.model_name, getattr(operation, "new_name", operation.name))
    left = _left(editor, model)
    if wanted not in left:
        return {}
    number = 2
    while (other := f"{wanted[:50]}_{number}") in left:
        number += 1
    table = editor.quote_name(model._meta.db_table)
    editor.execute(f"ALTER TABLE {table} RENAME COLUMN {editor.quote_name(wanted)} TO {editor.quote_name(other)}")
    return {wanted: other}


def _note(renamed: dict[str, str], more: dict[str, str]) -> None:
    """Add what was renamed after all that was renamed before, keyed by the names from before the migration."""
    for was, now in more.items():
        first = next((old for old, name in renamed.items() if name == was), was)
        renamed[first] = now


def _column(state: ProjectState, label: str, model: str, field: str) -> str:
    column: str = state.apps.get_model(label, model)._meta.get_field(field).column
    return column


def _left(editor: BaseDatabaseSchemaEditor, model: type[Model]) -> dict[str, str]:
    """Return the columns that a history has beyond its model, with their types where the engine says them."""
    known = {field.column for field in model._meta.concrete_fields}
    table = model._meta.db_table
    with editor.connection.cursor() as cursor:
        if editor.connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA table_info({editor.quote_name(table)})")
            found = {row[1]: row[2] for row in cursor.fetchall()}
        else:
            found = {row.name: "" for row in editor.connection.introspection.get_table_description(cursor, table)}
    return {column: kind for column, kind in found.items() if column not in known}


def _with_left(label: str, editor: BaseDatabaseSchemaEditor, name: str, state: ProjectState) -> ProjectState:
    """Return the state with the columns that stayed, so that SQLite keeps them when it makes the table anew."""
    if editor.connection.vendor != "sqlite":
        return state
    left = _left(editor, state.apps.get_model(label, name))
    whole = state.clone()
    for number, (column, kind) in enumerate(left.items()):
        whole.add_field(label, name, f"left{number}", Left(kind, db_column=column), True)
    return whole


@contextmanager
def _triggers_kept(editor: BaseDatabaseSchemaEditor, operation: TableOperation, model: type[Model]) -> Iterator[None]:
    """Keep the other triggers of a table that SQLite may make anew, and let it do so though triggers elsewhere name it.

    A mere renaming goes the other way: there it puts the new name into every trigger by itself.
    """
    if editor.connection.vendor != "sqlite" or isinstance(operation, RenameField):
        yield
        return
    ask = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    with editor.connection.cursor() as cursor:
        cursor.execute(ask, [model._meta.db_table])
        former = dict(cursor.fetchall())
        editor.execute("PRAGMA legacy_alter_table = ON")
        yield
        editor.execute("PRAGMA legacy_alter_table = OFF")
        cursor.execute(ask, [model._meta.db_table])
        standing = dict(cursor.fetchall())
    for name, statement in former.items():
        if name not in standing:
            editor.execute(statement, params=None)


@contextmanager
def _checked_later(editor: Any, operation: Any, model: type[Model]) -> Iterator[None]:
    """Have PostgreSQL check a new column in new rows from now on, and in the others when nobody waits for it any more.

    Added with its check, it would look at every row of the table, though all hold the one default.
    """
    if editor.connection.vendor != "postgresql" or not isinstance(operation, AddField):
        yield
        return
    field: Any = model._meta.get_field(operation.name)
    check = field.db_parameters(editor.connection)["check"]
    editor.sql_check_constraint = ""
    try:
        yield
    finally:
        del editor.sql_check_constraint
    if check:
        table = editor.quote_name(model._meta.db_table)
        name = editor.quote_name(editor._create_index_name(model._meta.db_table, [field.column], suffix="_check"))
        editor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({check}) NOT VALID", params=None)
        validated = f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"
        transaction.on_commit(partial(_run, editor.connection, validated), using=editor.connection.alias, robust=True)


def _run(connection: BaseDatabaseWrapper, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
