"""What does not fit into memory: keys that were seen, and rows to be sorted, in a file that goes when it is closed."""

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

SOME = 2000
Spooled = tuple[str, int, list[str]]


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


@contextmanager
def _database() -> Iterator[sqlite3.Connection]:
    with tempfile.TemporaryDirectory(prefix="import") as folder:
        found = sqlite3.connect(Path(folder) / "spool", isolation_level=None)
        try:
            # Nothing of it outlives this process, so nothing needs to be safe.
            found.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16384; BEGIN")
            yield found
        finally:
            found.close()


@contextmanager
def scattered() -> Iterator[Callable[[str | None], bool]]:
    """Give what is told the owner of each row, and at last None: it says whether some owner's rows stand apart."""
    with _database() as spool:
        spool.execute("CREATE TABLE seen(key INTEGER PRIMARY KEY) WITHOUT ROWID")
        waiting: list[tuple[int]] = []
        last: str | None = None

        def look(owner: str | None) -> bool:
            nonlocal last
            if owner is not None and owner != last:
                waiting.append((_number(owner),))
            last = owner
            if owner is not None and len(waiting) < SOME:
                return False
            before = spool.total_changes
            spool.executemany("INSERT OR IGNORE INTO seen VALUES (?)", waiting)
            told = spool.total_changes - before < len(waiting)
            waiting.clear()
            return told

        yield look


class Spool:
    """Rows in a file, to be read in another order than they came in."""

    def __init__(self) -> None:
        self._opened = _database()

    def __enter__(self) -> "Spool":
        self._spool = self._opened.__enter__()
        self._spool.execute("CREATE TABLE spooled(owner TEXT, number INTEGER, cells TEXT)")
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.__exit__(None, None, None)

    def fill(self, rows: Iterable[Spooled]) -> None:
        """Take rows: owner, number, cells."""
        told = ((owner, number, json.dumps(cells)) for owner, number, cells in rows)
        self._spool.executemany("INSERT INTO spooled VALUES (?, ?, ?)", told)
        self._spool.execute("CREATE INDEX spooled_owner ON spooled(owner, number)")

    def sorted(self) -> Iterator[Spooled]:
        """Yield them owner by owner, in the order in which each owner stands first."""
        query = (
            "SELECT s.owner, s.number, s.cells FROM (SELECT owner, min(number) AS first FROM spooled GROUP BY owner) f "
            "JOIN spooled s ON s.owner = f.owner ORDER BY f.first, s.number"
        )
        for owner, number, cells in self._spool.execute(query):
            yield owner, number, json.loads(cells)


class Seen:
    """Keys that were given out, with the row that has each; for what is only tried, of which the database knows nothing."""

    def __init__(self) -> None:
        self._opened = _database()

    def __enter__(self) -> "Seen":
        self._spool = self._opened.__enter__()
        self._spool.execute("CREATE TABLE seen(key INTEGER PRIMARY KEY, row INTEGER) WITHOUT ROWID")
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.__exit__(None, None, None)

    def row_of(self, key: str) -> int | None:
        """Return the row that has a key, None when none has."""
        found = self._spool.execute("SELECT row FROM seen WHERE key = ?", [_number(key)]).fetchone()
        return int(found[0]) if found else None

    def add(self, keys: Iterable[tuple[str, int]]) -> None:
        """Note keys, each with its row."""
        self._spool.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", ((_number(key), row) for key, row in keys))
