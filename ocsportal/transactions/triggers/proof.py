"""The SQL that proves history rows by the forms of their own time (forms.py)."""

from collections.abc import Iterable
from typing import Any

from django.db import DataError, transaction

from ocsportal.transactions.triggers import forms
from ocsportal.transactions.triggers.erasing import equals
from ocsportal.transactions.triggers.generated import dialect
from ocsportal.transactions.triggers.tables import SEALED, TrackedTable


def altered_condition(connection: Any, known: list[forms.Form]) -> str:
    """Return the condition that a row `h` of a history is not what was sealed, by the forms of its table."""
    # One without a digest was erased, or is said to be (erased.py).
    sealed = "h.digest <> '' AND " if any(form.personal for form in known) else ""
    speak = dialect(connection)
    return sealed + by_stretch((stretch, altered(speak, stretch, known)) for stretch in forms.stretches(known))


def unsealed_condition(connection: Any, history: str, known: list[forms.Form]) -> str:
    """Return the condition that a row `h` says something in a column that it was not sealed with; empty without any.

    A column that came later holds the one value that it came with, the same in all rows from before; one that has left
    holds nothing in those from after.
    """
    parts, stretches = [], list(forms.stretches(known))
    names = [{name for name, _, _ in stretch.columns} for stretch in stretches]
    for number, stretch in enumerate(stretches):
        before, after = set().union(*names[:number]), set().union(*names[number + 1 :])
        wrong = [f'h."{name}" IS NOT NULL' for name in sorted(before - names[number])]
        for name in sorted(after - before - names[number]):
            wrong.append(_otherwise(connection, history, name, forms.erasable(known).get(name)))
        if wrong:
            parts.append((stretch, " OR ".join(wrong)))
    return by_stretch(parts)


def by_stretch(conditions: Iterable[tuple[forms.Stretch, str]]) -> str:
    """Return the condition that holds of a row `h` if that of its own stretch does; empty if there is none."""
    # Several migrations on an empty table leave stretches that no row can be in.
    cases = [
        f"WHEN {within(stretch)} THEN ({condition})"
        for stretch, condition in conditions
        if stretch.upto is None or stretch.upto > stretch.after
    ]
    return f"CASE {' '.join(cases)} END" if cases else ""


def _otherwise(connection: Any, history: str, name: str, word: str | None) -> str:
    """Return the condition that a column which came later holds another value than it came with, or than an erasure leaves."""
    empty = f'"{name}" {equals(word, connection.vendor)}' if word else ""
    where = f" WHERE NOT (f.{empty})" if word else ""
    first = f'(SELECT f."{name}" FROM "{history}" f{where} ORDER BY f.history_id LIMIT 1)'
    other: str = dialect(connection).differs(f'h."{name}"', first)
    return f"({other} AND NOT (h.{empty}))" if word else other


def altered_rows(connection: Any, history: str) -> int:
    """Return how many rows of a history are not what was sealed; 0 where one holds what can't even be read as it was."""
    condition = altered_condition(connection, forms.recorded(connection)[history])
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{history}" h WHERE {condition}')
            return int(cursor.fetchone()[0])
    except DataError:
        return 0


def altered(speak: Any, stretch: forms.Stretch, known: list[forms.Form]) -> str:
    """Return the condition that a row of a stretch is not what was sealed; of one that was erased, only what is left is asked."""
    values: list[str] = []
    personal, wrong = ["h.salt"], []
    for name, sealed, present in stretch.columns:
        value = f'h."{name}"'
        was = speak.cast(value, sealed, present)
        (personal if name in stretch.personal else values).append(was or value)
        if was:
            # What the former type would cut or round away is no part of the digest, so nothing may be there.
            wrong.append(speak.differs(value, speak.cast(was, present, sealed) or was))
    begin = [f"'{stretch.mark}'"] if stretch.mark else []
    if stretch.personal:
        begin.append("h.personal_digest")
        wrong.append(f"h.salt IS NOT NULL AND {speak.differs('h.personal_digest', speak.seal(', '.join(personal)))}")
    elif any(form.personal for form in known):
        wrong.append("h.salt IS NOT NULL OR h.personal_digest IS NOT NULL")
    seal = speak.seal(", ".join([*begin, *values, *(f'h."{column}"' for column in SEALED)]))
    return " OR ".join([*wrong, f"h.digest <> {seal}"])


def within(stretch: forms.Stretch) -> str:
    """Return the condition that a history row is in a stretch."""
    return f"h.history_id > {stretch.after}" + ("" if stretch.upto is None else f" AND h.history_id <= {stretch.upto}")


def counted_at_once(connection: Any, table: TrackedTable, seed: int) -> str | None:
    """Return the query whether each row has its versions from 1 to its own in the history once, and nobody else any.

    It sums what a hash makes of each version with a seed that nobody knew before, instead of grouping and sorting
    them. None on SQLite, which has no such hash.
    """
    if connection.vendor == "sqlite":
        return None
    t, h, key = f'"{table.name}"', f'"{table.history}"', f'"{table.key}"'

    def mixed(alias: str, version: str) -> str:
        return f"hashint8extended({version}::bigint, hashint8extended({alias}.{key}::bigint, {seed}))"

    # None has as many; who forged one that high has to be looked at row by row.
    each = "generate_series(1, least({}.version, 1000000)) v"
    return (
        "SELECT coalesce(h.sum, 0) = coalesce(t.sum, 0) + coalesce(d.sum, 0) "
        "AND h.odd = 0 AND d.twice = 0 AND d.back = 0 FROM "
        f"(SELECT sum({mixed('h', 'h.version')}) FILTER (WHERE h.history_type <> '-'), count(*) FILTER (WHERE "
        f"h.history_type <> '-' AND (h.history_type = '+') <> (h.version = 1)) AS odd FROM {h} h) h, "
        f"(SELECT sum({mixed('t', 'v')}) FROM {t} t CROSS JOIN {each.format('t')}) t, "
        f"(SELECT sum({mixed('d', 'v')}), count(DISTINCT d.history_id) - count(DISTINCT d.{key}) AS twice, "
        f"count(t.{key}) AS back FROM {h} d CROSS JOIN LATERAL {each.format('d')} "
        f"LEFT JOIN {t} t ON t.{key} = d.{key} WHERE d.history_type = '-') d"
    )
