"""Write the search texts of rows that stand: when the column is new, after rows came by SQL, when a rule of folding changed."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from ocsportal.entities.search.field import COLUMN, text_of

BATCH = 2000


def fill(connection: BaseDatabaseWrapper, table: str, legal: str, others: tuple[str, ...], after: int = 0) -> int:
    """Write the texts of a table's rows behind a key, where they differ; return how many rows were written."""
    written = 0
    for rows in _batches(connection, table, [*dict.fromkeys(["custom_name", *filter(None, [legal]), *others])], after):
        changed = [(row["id"], text) for row in rows if (text := _text(row, legal, others)) != row[COLUMN]]
        if changed:
            _write(connection, table, changed)
        written += len(changed)
    return written


def _text(row: dict[str, Any], legal: str, others: tuple[str, ...]) -> str | None:
    attributes = row["custom_attributes"]
    row["custom_attributes"] = json.loads(attributes) if isinstance(attributes, str) else attributes
    return text_of(row.__getitem__, legal, others)


def _batches(
    connection: BaseDatabaseWrapper, table: str, names: list[str], after: int
) -> Iterator[list[dict[str, Any]]]:
    names = ["id", *names, "custom_attributes", COLUMN]
    select = ", ".join(f'"{name}"' for name in names)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT {select} FROM "{table}" WHERE id > %s ORDER BY id LIMIT {BATCH}', [after])
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        if not rows:
            return
        yield rows
        after = rows[-1]["id"]


def _write(connection: BaseDatabaseWrapper, table: str, changed: list[tuple[int, str | None]]) -> None:
    """Write texts; no column of the history is among them, so the triggers write nothing and count no version."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            keys, texts = (list(column) for column in zip(*changed, strict=True))
            cursor.execute(
                f'UPDATE "{table}" t SET {COLUMN} = k.text FROM unnest(%s::bigint[], %s::text[]) AS k(id, text) '
                "WHERE t.id = k.id",
                [keys, texts],
            )
        else:
            statement = f'UPDATE "{table}" SET {COLUMN} = %s WHERE id = %s'
            cursor.executemany(statement, [(text, key) for key, text in changed])


class FillSearchText(Operation):
    """Write the search texts of a model's rows in a migration; the columns are named, as they were then."""

    reversible = True
    reduces_to_sql = False

    def __init__(self, model_name: str, legal: str = "", others: tuple[str, ...] = ()) -> None:
        self.model_name, self.legal, self.others = model_name, legal, others

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing in the models' state."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Write them."""
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        fill(schema_editor.connection, table, self.legal, self.others)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave them: they go with their column."""

    def describe(self) -> str:
        """Say what the operation does."""
        return f"Write the search texts of {self.model_name}"
