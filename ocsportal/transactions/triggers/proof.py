"""The SQL that proves history rows by the forms of their own time (forms.py)."""

from typing import Any

from django.db import DataError, transaction

from ocsportal.transactions.triggers import forms
from ocsportal.transactions.triggers.generated import dialect
from ocsportal.transactions.triggers.tables import SEALED


def altered_query(connection: Any, history: str, known: list[forms.Form]) -> str:
    """Return the query for the rows of a history that are not what was sealed, by a table's forms."""
    return " UNION ALL ".join(_altered(dialect(connection), history, stretch) for stretch in forms.stretches(known))


def unsealed_query(connection: Any, history: str, known: list[forms.Form]) -> str:
    """Return the query for the rows that say something in a column that they were not sealed with; empty if there is none.

    A column that came later holds the one value that it came with, the same in all rows from before; one that has left
    holds nothing in those from after.
    """
    parts, stretches = [], list(forms.stretches(known))
    names = [{name for name, _, _ in stretch.columns} for stretch in stretches]
    differs = dialect(connection).differs
    for number, stretch in enumerate(stretches):
        before, after = set().union(*names[:number]), set().union(*names[number + 1 :])
        wrong = [f'h."{name}" IS NOT NULL' for name in sorted(before - names[number])]
        for name in sorted(after - before - names[number]):
            first = f'(SELECT f."{name}" FROM "{history}" f ORDER BY f.history_id LIMIT 1)'
            wrong.append(differs(f'h."{name}"', first))
        if wrong:
            parts.append(f'SELECT h.history_id FROM "{history}" h WHERE {_within(stretch)} AND ({" OR ".join(wrong)})')
    return " UNION ALL ".join(parts)


def altered_rows(connection: Any, history: str) -> int:
    """Return how many rows of a history are not what was sealed; 0 where one holds what can't even be read as it was."""
    query = altered_query(connection, history, forms.recorded(connection)[history])
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({query}) found")
            return int(cursor.fetchone()[0])
    except DataError:
        return 0


def _altered(speak: Any, history: str, stretch: forms.Stretch) -> str:
    values, wrong = [f"'{stretch.mark}'"] if stretch.mark else [], []
    for name, sealed, present in stretch.columns:
        value = f'h."{name}"'
        was = speak.cast(value, sealed, present)
        values.append(was or value)
        if was:
            # What the former type would cut or round away is no part of the digest, so nothing may be there.
            wrong.append(speak.differs(value, speak.cast(was, present, sealed) or was))
    seal = speak.seal(", ".join([*values, *(f'h."{column}"' for column in SEALED)]))
    wrong.append(f"h.digest <> {seal}")
    return f'SELECT h.history_id FROM "{history}" h WHERE {_within(stretch)} AND ({" OR ".join(wrong)})'


def _within(stretch: forms.Stretch) -> str:
    return f"h.history_id > {stretch.after}" + ("" if stretch.upto is None else f" AND h.history_id <= {stretch.upto}")
