"""Which errors of the database are none of the request's doing: the same request may be sent again in a moment.

Told by SQLSTATE, since the server words its messages in whatever language it was set to.
"""

from django.db import Error, InterfaceError, InternalError, OperationalError

DEADLOCK = "40P01"
# What PostgreSQL calls internal, and is no fault of ours: a server that was a standby a moment ago or became one, and
# a session that was ended because its process had been frozen for a minute.
PASSING = {"25006", "25P03"}


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
