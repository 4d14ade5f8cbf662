"""The names that trigger SQL is made of, read from a model and its historical model."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection as default_connection
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

from ocsportal.transactions.columns import key_of, name_of
from ocsportal.transactions.history import PERSONAL
from ocsportal.transactions.triggers.whose import customer_of

STAMP = (
    "history_date",
    "history_type",
    "history_change_reason",
    "history_user_id",
    "transaction_id",
    "database_user",
    "digest",
)
# What else a history row has whose personal columns are sealed apart.
SPLIT = ("salt", "personal_digest")
# What stands in a personal column after an erasure, by the word in which forms keep it.
ERASED = {"empty": "''", "object": "'{}'", "null": "NULL"}
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
    # What its history rows are sealed with beside their values (forms.py); empty for those from before forms were
    # recorded.
    form: str = ""
    # The personal columns, each with the word for what an erasure leaves there; they are sealed apart from the others.
    personal: tuple[tuple[str, str], ...] = ()
    # All columns that rows of the history may have been sealed with, and the personal ones of all times (forms.py).
    ever: tuple[str, ...] = ()
    erasable: tuple[tuple[str, str], ...] = ()
    # The expression for the key of the customer in whose tree a row is, for an alias; None where it is in nobody's.
    whose: Callable[[str], str] | None = field(default=None, compare=False)

    def sealed(self) -> tuple[tuple[str, ...], ...]:
        """Return the columns as forms keep them: name and type, and for a personal one what an erasure leaves there."""
        words = dict(self.personal)
        kept = zip(self.columns, self.types, strict=True)
        return tuple((name, kind, words[name]) if name in words else (name, kind) for name, kind in kept)

    def apart(self, alias: str, personal: bool) -> str:
        """Return the columns that are personal, or all others, each qualified with the alias."""
        words = dict(self.personal)
        return ", ".join(f'{alias}."{column}"' for column in self.columns if (column in words) is personal)

    def of(self, alias: str) -> str:
        """Return the copied columns, each qualified with the alias."""
        return ", ".join(f'{alias}."{column}"' for column in self.columns)

    def plain(self) -> str:
        """Return the copied columns as a list for INSERT."""
        return ", ".join(f'"{column}"' for column in self.columns)


def tracked_table(
    model: type[Model], historical: type[Model], connection: BaseDatabaseWrapper = default_connection
) -> TrackedTable:
    """Return the names for a model, or for its state within a migration."""
    copied = {name_of(each) for each in historical._meta.concrete_fields} - {"history_id", *STAMP}
    personal = {name_of(each): _erased(each) for each in model._meta.concrete_fields if each.db_comment == PERSONAL}
    apart = set(SPLIT) <= copied
    # Sorted, since the fields of a model within a migration stand in another order.
    fields = sorted((name_of(each), each.db_type(connection) or "") for each in model._meta.concrete_fields)
    kept = [(column, kind) for column, kind in fields if column in copied]
    return TrackedTable(
        model._meta.db_table,
        key_of(model),
        tuple(column for column, _ in kept),
        historical._meta.db_table,
        tuple(kind for _, kind in kept),
        len(kept) == len(fields),
        personal=tuple((column, personal[column]) for column, _ in kept if column in personal) if apart else (),
        whose=customer_of(model._meta.label),
    )


def _erased(column: Field) -> str:
    """Return the word for what an erasure leaves in a column."""
    if column.null:
        return "null"
    return "object" if isinstance(column, models.JSONField) else "empty"
