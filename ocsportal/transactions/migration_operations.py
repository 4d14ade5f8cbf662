"""Migration operations: install the triggers of a tracked model, of the Business Transactions, of a ledger."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from ocsportal.transactions.history import PERSONAL
from ocsportal.transactions.triggers import forms, generated, guards, witnesses


def tracked_at(
    state: ProjectState, app_label: str, model_name: str, connection: BaseDatabaseWrapper
) -> generated.TrackedTable:
    """Return the names of a tracked table as they are at a point of the migrations."""
    model, historical = (state.apps.get_model(app_label, name) for name in (model_name, f"Historical{model_name}"))
    return generated.tracked_table(model, historical, connection)


class _Install(Operation):
    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing in the models' state."""

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave the triggers: they go with their table."""


class InstallSharedTriggers(_Install):
    """Install what every tracked table uses, and what guards the Business Transactions."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create or replace them."""
        generated.install(schema_editor, None)

    def describe(self) -> str:
        """Say what the operation does."""
        return "Install the triggers that guard the Business Transactions"


class InstallHistoryTriggers(_Install):
    """Install the history triggers of a tracked model; again after each migration that changes its columns."""

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create or replace them, for the columns that the model has at this point of the migrations."""
        generated.install(schema_editor, tracked_at(to_state, app_label, self.model_name, schema_editor.connection))

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Install the history triggers of {self.model_name}"


class RecordForms(_Install):
    """Record what the rows of every history that stands are sealed with, and install all their triggers anew."""

    reduces_to_sql = False

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Do it for whatever tracked models there are at this point of the migrations."""
        generated.install(schema_editor, None)
        for label, name in sorted(to_state.models):
            if (label, f"historical{name}") in to_state.models:
                generated.install(schema_editor, tracked_at(to_state, label, name, schema_editor.connection))

    def describe(self) -> str:
        """Say what the operation does."""
        return "Record what histories are sealed with"


class RecordBorder(_Install):
    """Record up to which row the table of a model is from before its rows were sealed as they are now."""

    reduces_to_sql = False

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Record it; nobody writes meanwhile, since the table has just been altered."""
        generated.prepare_forms(schema_editor)
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        forms.record_border(schema_editor.connection, table)

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Record which rows of {self.model_name} are from before"


class EnterWitnesses(_Install):
    """Enter what stands, of which nobody knows who put it there, so that later changes can be told from it."""

    reduces_to_sql = False

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Enter it, while nobody changes it."""
        for statement in [*witnesses.hold(schema_editor.connection), *witnesses.present(schema_editor.connection)]:
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """Say what the operation does."""
        return "Enter who may do what as it stands"


class InstallGuards(_Install):
    """Install every trigger that the apps declare beside those of history (triggers/guards.py), as the code has them now."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create or replace them."""
        connection = schema_editor.connection
        # Tables that come later are guarded by the migrations that make them.
        for statement in generated.dialect(connection).statements(guards.standing(connection)):
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """Say what the operation does."""
        return "Install the triggers that apps declare"


class MakeAppendOnly(_Install):
    """Make the table of a model refuse UPDATE and DELETE."""

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create or replace the refusing triggers."""
        generated.append_only(schema_editor, to_state.apps.get_model(app_label, self.model_name)._meta.db_table)

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Make {self.model_name} append-only"


class MarkPersonal(_Install):
    """Say of columns of a tracked model, and of its history, that they are personal.

    What `makemigrations` writes as one AlterField for each column, done at once: the state of all models is made anew
    for each.
    """

    reduces_to_sql = False

    def __init__(self, model_name: str, *field_names: str) -> None:
        self.model_name = model_name
        self.field_names = field_names

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Say it in the models' state."""
        for name in self._models():
            fields = state.models[app_label, name].fields
            for field in self.field_names:
                fields[field] = fields[field].clone()
                fields[field].db_comment = PERSONAL
            state.reload_model(app_label, name, delay=True)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Say it in the database, where that keeps comments."""
        if not schema_editor.connection.features.supports_comments:
            return
        for name in self._models():
            model = to_state.apps.get_model(app_label, name)
            table = schema_editor.quote_name(model._meta.db_table)
            for field in self.field_names:
                column = schema_editor.quote_name(model._meta.get_field(field).column)
                schema_editor.execute(f"COMMENT ON COLUMN {table}.{column} IS '{PERSONAL}'", params=None)

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Mark personal columns of {self.model_name}"

    def _models(self) -> tuple[str, str]:
        return self.model_name.lower(), f"historical{self.model_name.lower()}"


class InstallErasures(_Install):
    """Install what lets nobody but an open erasure enter itself, and the rows that it takes values out of."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Create or replace the triggers."""
        speak = generated.dialect(schema_editor.connection)
        for statement in speak.statements(generated.of_erasures(schema_editor.connection)):
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """Say what the operation does."""
        return "Install the triggers that guard erasures"


class RunPostgreSQL(_Install):
    """Run SQL on PostgreSQL only: indexes that SQLite has no like of."""

    vendor = "postgresql"

    def __init__(self, *statements: str) -> None:
        self.statements = statements

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Run the statements in order."""
        if schema_editor.connection.vendor == self.vendor:
            for statement in self.statements:
                schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Run SQL on {self.vendor}"


class RunSQLite(RunPostgreSQL):
    """Run SQL on SQLite only: tables in which it keeps what PostgreSQL keeps in settings."""

    vendor = "sqlite"


class OnPostgreSQL(_Install):
    """Do to the database what another operation says on PostgreSQL only; the models' state follows on every engine.

    SQLite would make the table anew for it, and lose its triggers, where nothing but speed was to be won.
    """

    reduces_to_sql = False

    def __init__(self, inner: Operation) -> None:
        self.inner = inner

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change the models' state as the other operation does."""
        self.inner.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Change the database, if it is PostgreSQL."""
        if schema_editor.connection.vendor == "postgresql":
            self.inner.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Take it back, if it is PostgreSQL."""
        if schema_editor.connection.vendor == "postgresql":
            self.inner.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Say what the operation does."""
        return f"{self.inner.describe()} (PostgreSQL)"


class DropPatternIndexes(_Install):
    """Drop the indexes for LIKE that Django adds to unique texts, from the tables of models whose IDs are never searched so."""

    def __init__(self, *model_names: str) -> None:
        self.model_names = model_names

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop them; SQLite has none."""
        if schema_editor.connection.vendor != "postgresql":
            return
        tables = [to_state.apps.get_model(app_label, name)._meta.db_table for name in self.model_names]
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ANY(%s) "
                "AND indexname LIKE '%%\\_like'",
                [tables],
            )
            names = [row[0] for row in cursor.fetchall()]
        for name in names:
            schema_editor.execute(f'DROP INDEX "{name}"', params=None)

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Drop the indexes for LIKE of {', '.join(self.model_names)}"
