"""What finds out which migrations the models need; `makemigrations` and `migrate` have to share it."""

from collections.abc import Sequence
from typing import Any

from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.operations.base import Operation

from ocsportal.transactions.change_tracked import TABLE_OPERATIONS, ChangeTracked


class TrackedAutodetector(MigrationAutodetector):
    """Finds what Django finds, and puts what changes the table of a tracked model into `ChangeTracked`."""

    def changes(self, *args: Any, **options: Any) -> dict[str, list[Migration]]:
        """Return the migrations by app."""
        found = super().changes(*args, **options)
        for label, migrations in found.items():
            for migration in migrations:
                migration.operations = self._together(label, list(migration.operations))  # type: ignore[misc]
        return found

    def _together(self, label: str, operations: Sequence[Operation]) -> list[Operation]:
        """Return the operations, those of each tracked model in the place of their last one."""
        models = [self._tracked(label, operation) for operation in operations]
        together: list[Operation] = []
        for place, (operation, model) in enumerate(zip(operations, models, strict=True)):
            if model is None:
                together.append(operation)
            elif model not in models[place + 1 :]:
                both = zip(operations, models, strict=True)
                inner = [other for other, whose in both if whose == model and isinstance(other, TABLE_OPERATIONS)]
                together.append(ChangeTracked(model_name=model, operations=inner))
        return together

    def _tracked(self, label: str, operation: Operation) -> str | None:
        if not isinstance(operation, TABLE_OPERATIONS):
            return None
        name = operation.model_name_lower.removeprefix("historical")
        stood = all((label, each) in self.from_state.models for each in (name, f"historical{name}"))
        return name if stood else None
