"""Write the search texts of rows that stand: when the column is new, after rows came by SQL, when a rule of folding changed."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from ocsportal.entities.search.field import COLUMN, text_of

BATCH = 2000
Row = dict[str, Any]
Text = tuple[int, str | None]


def fill(connection: BaseDatabaseWrapper, table: str, legal: str, others: Sequence[str], after: int = 0) -> int:
    """Write the texts of a table's rows behind a key, where they differ; return how many rows were written."""
    written = 0
    for rows in rows_behind(connection, table, legal, others, after):
        if changed := differing(rows, legal, others):
            write(connection, table, changed)
            written += len(changed)
    return written


def differing(rows: Iterable[Row], legal: str, others: Sequence[str]) -> list[Text]:
    """Return the keys of rows whose text is not what it should be, each with the text that it should have."""
    texts = ((row["id"], text_of(row.__getitem__, legal, tuple(others)), row[COLUMN]) for row in rows)
    return [(key, text) for key, text, present in texts if text != present]


def rows_behind(
    connection: BaseDatabaseWrapper, table: str, legal: str, others: Sequence[str], after: int = 0, most: int = BATCH
) -> Iterator[list[Row]]:
    """Yield the rows of a table behind a key, batch by batch, with what their texts are made from."""
    while rows := _rows(connection, table, legal, others, f"id > %s ORDER BY id LIMIT {most}", [after]):
        yield rows
        after = rows[-1]["id"]


def rows_held(
    connection: BaseDatabaseWrapper, table: str, legal: str, others: Sequence[str], keys: list[int]
) -> list[Row]:
    """Return the rows with these keys, locked in the order in which everybody locks them until the transaction ends."""
    if connection.vendor == "postgresql":
        return _rows(connection, table, legal, others, "id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [keys])
    marks = ", ".join(["%s"] * len(keys))
    return _rows(connection, table, legal, others, f"id IN ({marks}) ORDER BY id", keys)


def _rows(
    connection: BaseDatabaseWrapper, table: str, legal: str, others: Sequence[str], condition: str, values: list[Any]
) -> list[Row]:
    names = ["id", *dict.fromkeys(["custom_name", *filter(None, [legal]), *others]), "custom_attributes", COLUMN]
    select = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {select} FROM "{table}" WHERE {condition}', values)
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        attributes = row["custom_attributes"]
        row["custom_attributes"] = json.loads(attributes) if isinstance(attributes, str) else attributes
    return rows


def write(connection: BaseDatabaseWrapper, table: str, changed: Sequence[Text]) -> None:
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
