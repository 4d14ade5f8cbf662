"""What makes a model tracked: a version that counts its changes, and a history that triggers write.

django-simple-history gives the historical models and their reading (`.history`, `as_of`, diffs); the rows come from
the database itself (docs/adr/0002-history-by-triggers.md), so that no way of writing escapes them.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import QuerySet
from simple_history.models import HistoricalRecords

# A row of a history has the columns of its model beside those of the stamp, and no one type says which these are.
HistoryRow: TypeAlias = Any
Versions: TypeAlias = QuerySet[Any]
Row = TypeVar("Row", bound=models.Model)

# Said at a column (`db_comment`): it holds what can be known of a person, and EraseCustomer takes it out.
PERSONAL = "personal: EraseCustomer takes it out"


class HistoryStamp(models.Model):
    """What every history row says beside the entity's columns: the Business Transaction, and a digest of the row."""

    # What django-simple-history adds: the columns that are copied.
    tracked_fields: ClassVar[Sequence[models.Field]]

    # No constraint: a trigger writes it, and another one refuses to delete what it names
    # (docs/adr/0016-cheap-writes.md).
    transaction = models.ForeignKey(
        "transactions.BusinessTransaction",
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
    )
    database_user = models.CharField(max_length=63)
    digest = models.CharField(max_length=64)

    class Meta:
        abstract = True


class SplitStamp(HistoryStamp):
    """The same where columns are personal: they have a digest of their own, over a salt that an erasure destroys.

    Rows from before columns were personal have neither (docs/adr/0029-personal-values-can-be-taken-out.md).
    """

    salt = models.UUIDField(null=True)
    personal_digest = models.CharField(max_length=64, null=True)

    class Meta:
        abstract = True


def tracked_history(
    excluded_fields: Sequence[str] = (), no_db_index: Sequence[str] = (), *, personal: bool = False, **options: object
) -> HistoricalRecords:
    """Return the history of a tracked model, leaving out the named columns (secrets, mere usage).

    `personal` where columns are declared PERSONAL.
    """
    return HistoricalRecords(
        bases=[SplitStamp if personal else HistoryStamp],
        excluded_fields=list(excluded_fields),
        # The key is indexed together with the order of the versions, which is how it is asked for.
        no_db_index=["id", *no_db_index],
        history_id_field=models.BigAutoField(),
        history_change_reason_field=models.TextField(null=True),
        user_db_constraint=False,
        **options,
    )


def with_transaction(rows: QuerySet[Row], *related: str) -> QuerySet[Row]:
    """Return rows that point to a Business Transaction with it, all but its answer, and with what else is named.

    The answer tells of everything that the operation touched, here and elsewhere: of ten thousand after a cascade.
    """
    return rows.select_related("transaction", *related).defer("transaction__answer", "transaction__customers")


class Tracked(models.Model):
    """A model whose every change is kept. `version` starts at 1 and counts the changes without a gap."""

    # The foreign keys that lead towards the customer at the top, where they are not a level's superiors; whether it is
    # the top.
    tree_links: ClassVar[tuple[str, ...]] = ()
    tree_top: ClassVar[bool] = False
    # What may be entered later than it begins: by the column that says since when, the columns that hold since then.
    dated: ClassVar[dict[str, tuple[str, ...]]] = {}

    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        abstract = True


def history_of(model: type[models.Model]) -> type[HistoryStamp]:
    """Return the model of a tracked model's history."""
    found: type[HistoryStamp] = model.history.model  # type: ignore[attr-defined]
    return found


def versions_of(row: models.Model) -> Versions:
    """Return the rows of a tracked row's history."""
    found: Versions = row.history.all()  # type: ignore[attr-defined]
    return found


def tracked_models() -> list[type[Tracked]]:
    """Return every tracked model, in the order of the apps."""
    return [model for model in apps.get_models() if issubclass(model, Tracked) and hasattr(model, "history")]
