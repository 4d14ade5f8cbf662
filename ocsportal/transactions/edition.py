"""What a process may remember between requests: configuration, and who an API client is (docs/performance.md).

Every change of a watched table draws a new edition, by trigger, in the transaction that makes the change. What was
remembered holds for one edition, and is used only where the database names that same edition within the request. A
revoked key, a permission taken away and a changed profile therefore act on the very next request, in every process.
Editions are random, so a change that is rolled back leaves no number behind that another change could take again.
"""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from ocsportal.registries import Named
from ocsportal.transactions.prepared import prepared_cursor

CURRENT = "(SELECT token FROM transactions_edition WHERE id = 1)"
MOST = 20_000

# The tables whose changes draw an edition; for some only the columns that matter, since others change with every use.
WATCHED: Named[str, tuple[str, ...]] = Named()


class Memory:
    """What was read while one edition stood. A memory belongs to its edition for good; the next edition has its own."""

    __slots__ = ("edition", "values")

    def __init__(self, edition: str) -> None:
        self.edition = edition
        self.values: dict[Hashable, Any] = {}


class _UnderWay(threading.local):
    """What each thread works at."""

    edition = ""


_under_way = _UnderWay()

# Replaced as a whole, and looked at once per call: other threads may replace it between any two steps.
_memory = Memory("")


class OutOfDate(Exception):
    """What the request rested on was remembered, and has changed since; nothing was written."""


def watch(table: str, *columns: str) -> None:
    """Declare that changes of a table draw a new edition; with columns given, an UPDATE only if it sets one of them."""
    WATCHED.enter(table, columns)


def read() -> str:
    """Return the edition that stands, empty when there is none (then nothing may be remembered)."""
    # Asked by every read that rests on memory. Unprepared, it would cost more to plan than to answer; left out, a
    # revoked key would go on working until its process forgets it.
    with prepared_cursor() as cursor:
        cursor.execute(f"SELECT {CURRENT}", [])
        return cursor.fetchone()[0] or ""


def enter(edition: str) -> None:
    """Note for this thread the edition that the operation under way was opened with, empty for none."""
    _under_way.edition = edition


@contextmanager
def entered(edition: str) -> Iterator[None]:
    """Note the edition that a read rests on, which has to be checked before it answers, for as long as it looks things up."""
    enter(edition)
    try:
        yield
    finally:
        enter("")


def current() -> str:
    """Return the edition that the operation under way was opened with, empty outside of one."""
    return _under_way.edition


def recall(edition: str, key: Hashable) -> Any:
    """Return what was remembered for an edition, None when nothing was."""
    memory = _memory
    return memory.values.get(key) if edition and memory.edition == edition else None


def recall_last(key: Hashable) -> tuple[str, Any]:
    """Return the edition last heard of and what was remembered for it; the caller has to ask whether it still stands."""
    memory = _memory
    return memory.edition, memory.values.get(key)


def remember(edition: str, key: Hashable, value: Any) -> None:
    """Remember a value that was read from the database while the edition stood."""
    global _memory
    if not edition:
        return
    memory = _memory
    if memory.edition != edition or len(memory.values) >= MOST:
        _memory = memory = Memory(edition)
    # If another thread has put a new memory in its place meanwhile, the value is lost with the old one, which harms
    # nobody.
    memory.values[key] = value
