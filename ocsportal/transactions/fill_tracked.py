"""The migration operation that fills a column of a tracked model beside a running portal (README, how to change a column)."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

# Rows whose locks are held together; writers wait for one such block at most.
BLOCK = 500


class FillTracked(Operation):
    """Fill a column by an expression over others, block by block, each a Business Transaction `FillColumn` of its own.

    The migration has `atomic = False`, and depends on the newest one of `transactions`, since it writes as the portal does.
    Begun anew, it goes on: what holds the value already is left.
    """

    reduces_to_sql = False
    reversible = True

    def __init__(self, model_name: str, field_name: str, expression: Any) -> None:
        self.model_name = model_name
        self.field_name = field_name
        self.expression = expression

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing in the models' state."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: ProjectState
    ) -> None:
        """Fill it; raise ValueError where the migration would hold all locks to its end."""
        if schema_editor.connection.in_atomic_block:
            raise ValueError("FillTracked needs a migration with atomic = False: it lets go after each block.")
        rows = from_state.apps.get_model(app_label, self.model_name)._base_manager.using(schema_editor.connection.alias)
        other = rows.exclude(**{self.field_name: self.expression}).order_by("pk")
        last = 0
        while keys := list(other.filter(pk__gt=last).values_list("pk", flat=True)[:BLOCK]):
            self._fill(rows.filter(pk__in=keys))
            last = keys[-1]

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave what was filled: it goes with its column."""

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Fill {self.field_name} of {self.model_name} in blocks of {BLOCK}"

    def _fill(self, rows: Any) -> None:
        from ocsportal.transactions import door
        from ocsportal.transactions.system import system_change
        from ocsportal.transactions.touched import Touched

        def work() -> Touched:
            rows.update(**{self.field_name: self.expression})
            return Touched([])

        told = system_change("migration", reason=f"{self.field_name} of {self.model_name} is filled")
        door.record("FillColumn", told, None, work)
