"""A finding of `verify_audit`: what is off, where, how often, and what to do about it (docs/audit.md, proof)."""

from collections.abc import Iterable, Iterator
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


@contextmanager
def interpreted() -> Iterator[None]:
    """Have PostgreSQL compile no queries: those of a proof are long and asked once, so compiling one takes longer than it saves."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        before = cursor.fetchone()[0]
        cursor.execute("SET jit = off")
        try:
            yield
        finally:
            if connection.is_usable():
                cursor.execute(f"SET jit = {before}")


def ask(table: str, fault: str, query: str, remedy: str = COMPARE) -> Iterator[Finding]:
    """Yield a finding when a query finds keys."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({query}) found")
        count = cursor.fetchone()[0]
        if count:
            cursor.execute(f"SELECT * FROM ({query}) found ORDER BY 1 LIMIT {MOST_NAMED}")
            yield Finding(table, fault, count, tuple(row[0] for row in cursor.fetchall()), remedy)


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
