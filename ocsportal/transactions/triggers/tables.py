"""The names that trigger SQL is made of, read from a model and its historical model."""

from dataclasses import dataclass
from typing import Any

from django.db import connection as default_connection
from django.db.backends.base.base import BaseDatabaseWrapper

STAMP = (
    "history_date",
    "history_type",
    "history_change_reason",
    "history_user_id",
    "transaction_id",
    "database_user",
    "digest",
)
SEALED = ("history_date", "history_type", "transaction_id", "database_user")


@dataclass(frozen=True)
class TrackedTable:
    """A tracked table, its key, the columns its history copies, and the history table."""

    name: str
    key: str
    columns: tuple[str, ...]
    history: str
    # The type of each copied column, and whether they are all that the table has.
    types: tuple[str, ...] = ()
    whole: bool = False
    # What its history rows are sealed with beside their values (forms.py); empty for those from before forms were recorded.
    form: str = ""

    def of(self, alias: str) -> str:
        """Return the copied columns, each qualified with the alias."""
        return ", ".join(f'{alias}."{column}"' for column in self.columns)

    def plain(self) -> str:
        """Return the copied columns as a list for INSERT."""
        return ", ".join(f'"{column}"' for column in self.columns)


def tracked_table(model: Any, historical: Any, connection: BaseDatabaseWrapper = default_connection) -> TrackedTable:
    """Return the names for a model, or for its state within a migration."""
    copied = {field.column for field in historical._meta.concrete_fields} - {"history_id", *STAMP}
    # Sorted, since the fields of a model within a migration stand in another order.
    fields = sorted((field.column, field.db_type(connection) or "") for field in model._meta.concrete_fields)
    kept = [(column, kind) for column, kind in fields if column in copied]
    return TrackedTable(
        model._meta.db_table,
        model._meta.pk.column,
        tuple(column for column, _ in kept),
        historical._meta.db_table,
        tuple(kind for _, kind in kept),
        len(kept) == len(fields),
    )
