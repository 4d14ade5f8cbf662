"""Migration operations: install the triggers of a tracked model, of the Business Transactions, of a ledger."""

from typing import Any

from django.db.migrations.operations.base import Operation

from ocsportal.transactions.triggers import generated


class _Install(Operation):
    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing in the models' state."""

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Leave the triggers: they go with their table."""


class InstallSharedTriggers(_Install):
    """Install what every tracked table uses, and what guards the Business Transactions."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create or replace them."""
        generated.install(schema_editor, None)

    def describe(self) -> str:
        """Say what the operation does."""
        return "Install the triggers that guard the Business Transactions"


class InstallHistoryTriggers(_Install):
    """Install the history triggers of a tracked model; again after each migration that changes its columns."""

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create or replace them, for the columns that the model has at this point of the migrations."""
        model = to_state.apps.get_model(app_label, self.model_name)
        historical = to_state.apps.get_model(app_label, f"Historical{self.model_name}")
        generated.install(schema_editor, generated.tracked_table(model, historical))

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Install the history triggers of {self.model_name}"


class MakeAppendOnly(_Install):
    """Make the table of a model refuse UPDATE and DELETE."""

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create or replace the refusing triggers."""
        generated.append_only(schema_editor, to_state.apps.get_model(app_label, self.model_name)._meta.db_table)

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Make {self.model_name} append-only"


class RunPostgreSQL(_Install):
    """Run SQL on PostgreSQL only: indexes that SQLite has no like of."""

    def __init__(self, *statements: str) -> None:
        self.statements = statements

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Run the statements in order."""
        if schema_editor.connection.vendor == "postgresql":
            for statement in self.statements:
                schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        """Say what the operation does."""
        return "Run SQL on PostgreSQL"
