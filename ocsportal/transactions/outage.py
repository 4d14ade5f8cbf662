"""Which errors of the database are none of the request's doing, and how a command tells them in one line.

Told by SQLSTATE, since the server words its messages in whatever language it was set to.
"""

import sqlite3

from django.db import Error, InterfaceError, InternalError, OperationalError

DEADLOCK = "40P01"
# What PostgreSQL calls internal, and is no fault of ours: a server that was a standby a moment ago or became one, and
# a session that was ended because its process had been frozen for a minute.
PASSING = {"25006", "25P03"}
# Of errors with a state, the classes that say that there is no talking to the server: connections, log-in, shutdown.
AWAY = ("08", "28", "3D", "57P")
# What PostgreSQL and SQLite say of a table or column that a migration would have made.
UNDEFINED = ("42P01", "42703")
NO_FILE = ("SQLITE_CANTOPEN", "SQLITE_NOTADB", "SQLITE_CORRUPT")
UNDEFINED_WORDS = ("no such table", "no such column")
UNMIGRATED = "The database is not migrated; run `manage.py migrate` first."


def sqlstate(error: BaseException) -> str:
    """Return the five characters by which PostgreSQL names an error, empty for one that has none."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def is_outage(error: BaseException | None) -> bool:
    """Whether the database was away, full, or waited for in vain, so that 503 is the answer rather than 500."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    return isinstance(error, InternalError) and sqlstate(error) in PASSING


def is_deadlock(error: Error) -> bool:
    """Whether the server broke a deadlock at this transaction's cost: it undid everything, and may be tried again."""
    return sqlstate(error) == DEADLOCK


def is_away(error: BaseException) -> bool:
    """Whether the database can't be talked to at all, so that whatever is tried next would fail alike."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorname", "").startswith(NO_FILE)
    if not isinstance(error, OperationalError | InterfaceError) or cause is None:
        return False
    # What the driver says of a connection has no state, since no statement got anywhere.
    return sqlstate(error).startswith(AWAY) if sqlstate(error) else True


def is_undefined(error: BaseException) -> bool:
    """Whether the database has not the table or column that a statement names, which a migration would have made."""
    if not isinstance(error, Error):
        return False
    cause = error.__cause__ or error
    return getattr(cause, "sqlstate", None) in UNDEFINED or str(error).strip().startswith(UNDEFINED_WORDS)


def database_words(error: BaseException) -> str | None:
    """Return one line on a database that is away or not migrated, for commands; None for what is a bug."""
    if is_undefined(error):
        return UNMIGRATED
    if isinstance(error, OperationalError | InterfaceError) or is_away(error):
        said = str(error).strip().split("\n", 1)[0].removeprefix("connection failed: ")
        return f"DATABASE_URL: the database can't be used: {said}"
    return None
