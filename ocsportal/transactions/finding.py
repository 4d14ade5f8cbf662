"""A finding of `verify_audit`: what is off, where, how often, and what to do about it (docs/audit.md, proof)."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

MOST_NAMED = 20
COMPARE = (
    "compare with a backup in which the proof held, find out who wrote here since, and put it right by an operation"
)


@dataclass(frozen=True)
class Finding:
    """One kind of fault in one table, how often, and the keys of the first ones."""

    table: str
    fault: str
    count: int
    keys: tuple[Any, ...]
    remedy: str = ""

    def __str__(self) -> str:
        shown = ", ".join(str(key) for key in self.keys)
        more = ", …" if self.count > len(self.keys) else ""
        return f"{self.table}: {self.count} × {self.fault} ({shown}{more})\n  To do: {self.remedy or COMPARE}."

    def told(self) -> dict[str, Any]:
        """Return the finding for JSON."""
        return {
            "table": self.table,
            "fault": self.fault,
            "count": self.count,
            "keys": list(self.keys),
            "remedy": self.remedy or COMPARE,
        }


@dataclass(frozen=True)
class Question:
    """What rows of a source can be, as a condition, and the fault that it is."""

    fault: str
    condition: str
    remedy: str = COMPARE


# How PostgreSQL answers what a proof asks: with all workers that the server lets it have, and room to sort a part.
# It compiles nothing: these queries are long and asked once, so compiling one takes longer than it saves.
SETTINGS = {
    "jit": "off",
    "max_parallel_workers_per_gather": "4",
    "parallel_setup_cost": "100",
    "parallel_tuple_cost": "0.01",
    "work_mem": "32MB",
    "random_page_cost": "1.1",
}


# How it joins two long tables by an index: what it keeps in memory does not grow with them then.
BY_INDEX = {"enable_hashjoin": "off", "enable_mergejoin": "off"}


@contextmanager
def prepared(settings: dict[str, str] = SETTINGS) -> Iterator[None]:
    """Have PostgreSQL answer as it should answer a proof, until this is left."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        names = ", ".join(f"current_setting('{name}')" for name in settings)
        cursor.execute(f"SELECT {names}")
        before = dict(zip(settings, cursor.fetchone(), strict=True))
        _set(cursor, settings)
        try:
            yield
        finally:
            if connection.is_usable():
                _set(cursor, before)


def _set(cursor: Any, values: dict[str, str]) -> None:
    for name, value in values.items():
        cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def ask(table: str, fault: str, query: str, remedy: str = COMPARE) -> Iterator[Finding]:
    """Yield a finding when a query finds keys."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({query}) found")
        count = cursor.fetchone()[0]
        if count:
            cursor.execute(f"SELECT * FROM ({query}) found ORDER BY 1 LIMIT {MOST_NAMED}")
            yield Finding(table, fault, count, tuple(row[0] for row in cursor.fetchall()), remedy)


def ask_at_once(
    table: str, key: str, source: str, questions: Sequence[Question], where: str = "TRUE"
) -> Iterator[Finding]:
    """Yield a finding for each question that is true of rows of a source, which is read once for all of them."""
    if not questions:
        return
    counted = ", ".join(f"count(*) FILTER (WHERE {question.condition})" for question in questions)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counted} FROM {source} WHERE {where}")
        counts = cursor.fetchone()
        for question, count in zip(questions, counts, strict=True):
            if count:
                cursor.execute(
                    f"SELECT {key} FROM {source} WHERE {where} AND ({question.condition}) ORDER BY 1 LIMIT {MOST_NAMED}"
                )
                keys = tuple(row[0] for row in cursor.fetchall())
                yield Finding(table, question.fault, count, keys, question.remedy)


def collect(table: str, found: Iterable[tuple[str, str, Any]]) -> Iterator[Finding]:
    """Yield a finding for each kind of fault among `fault, remedy, key`, however many there are."""
    counted: dict[tuple[str, str], tuple[int, list[Any]]] = {}
    for fault, remedy, key in found:
        count, keys = counted.get((fault, remedy), (0, []))
        if count < MOST_NAMED:
            keys.append(key)
        counted[fault, remedy] = count + 1, keys
    for (fault, remedy), (count, keys) in counted.items():
        yield Finding(table, fault, count, tuple(keys), remedy)
