"""Cursors: who follows the journal, and how far (docs/adr/0025-journal-and-cursors.md).

A cursor moves when what it stands for is done, and to set it back is to do it again. Nothing is removed from the
journal.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

from ocsportal.transactions import door, journal
from ocsportal.transactions.models import Cursor
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched

BROKER, SEALS, HEADS = "broker", "seals", "heads"
OPERATION = "ReplayEvents"
# With a cursor's own number beside it. Any number, as long as nothing else in the database takes it.
FOLLOWING = 0x0C5_0B0C
NUMBERS = {BROKER: 0, SEALS: 1, HEADS: 2}


def cursor_of(name: str) -> Cursor:
    """Return a cursor, which begins before the first position."""
    return Cursor.objects.get_or_create(name=name)[0]


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Let one process at a time follow by a cursor; SQLite, with one writer anyway, is run with one worker."""
    if connection.vendor == "sqlite":
        yield True
        return
    lock = FOLLOWING + NUMBERS[name]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        mine: bool = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


def move(cursor: Cursor, position: int, **columns: object) -> bool:
    """Move a cursor to the position up to which all is done; return whether it stood where it was read.

    Where it was set meanwhile it stays there, and what was just done will be done again.
    """
    rows = Cursor.objects.filter(name=cursor.name, position=cursor.position)
    moved = bool(rows.update(position=position, held="", held_since=None, **columns))
    if moved:
        cursor.position, cursor.held, cursor.held_since = position, "", None
        for name, value in columns.items():
            setattr(cursor, name, value)
    return moved


def hold(cursor: Cursor, because: str, at: datetime) -> bool:
    """Note why a cursor stands still; return whether that is new."""
    if cursor.held == because:
        return False
    cursor.held, cursor.held_since = because, cursor.held_since or at
    rows = Cursor.objects.filter(name=cursor.name, position=cursor.position)
    rows.update(held=because, held_since=cursor.held_since)
    return True


def replay(name: str, start: int) -> int:
    """Set a cursor so that it goes on with a position, recorded as a Business Transaction; return how many entries follow.

    What it is to do again is all there still; what it counted as passed is forgotten, since it will be told anew.
    """
    cursor_of(name)

    def work() -> Touched:
        cursor = Cursor.objects.select_for_update().get(name=name)
        cursor.position, cursor.held, cursor.held_since, cursor.passed = start - 1, "", None, {}
        cursor.save()
        return Touched([cursor])

    newest = journal.latest()
    change = system_change("command line", reason=f"Replay {name} from position {start}.")
    door.record(OPERATION, change, None, work)
    return max(0, newest - start + 1)
