"""The SQL that proves history rows by the forms of their own time (forms.py)."""

from typing import Any

from django.db import DataError, transaction

from ocsportal.transactions.triggers import forms
from ocsportal.transactions.triggers.generated import dialect
from ocsportal.transactions.triggers.tables import SEALED


def altered_query(connection: Any, history: str, known: list[forms.Form]) -> str:
    """Return the query for the rows of a history that are not what was sealed, by a table's forms."""
    return " UNION ALL ".join(_altered(dialect(connection), history, stretch) for stretch in forms.stretches(known))


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
    within = f"h.history_id > {stretch.after}" + (
        "" if stretch.upto is None else f" AND h.history_id <= {stretch.upto}"
    )
    return f'SELECT h.history_id FROM "{history}" h WHERE {within} AND ({" OR ".join(wrong)})'
