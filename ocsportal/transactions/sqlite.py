"""What SQLite's triggers need from Python: the transaction under way, the time, and a digest.

PostgreSQL has settings local to a transaction, a clock and sha256 of its own; SQLite gets the same three as functions
registered on each connection. A program that opens the file without them can read it, but every write on a
tracked table fails there: nothing escapes the audit that way either.
"""

import hashlib
from datetime import UTC, datetime

from django.db.backends.base.base import BaseDatabaseWrapper


def to_text(moment: datetime) -> str:
    """Return the text in which Django keeps this instant in SQLite (UTC, no offset)."""
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def now_text() -> str:
    """Return the present instant, to the millisecond, as SQLite keeps it."""
    now = datetime.now(UTC)
    return to_text(now.replace(microsecond=now.microsecond // 1000 * 1000))


def digest(*values: object) -> str:
    """Return the hex SHA-256 of the values with their types, unambiguous as to where each one ends."""
    return hashlib.sha256(repr(values).encode("utf-8", "surrogatepass")).hexdigest()


def register_functions(sender: object, connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Give a new SQLite connection its functions; other engines are left alone."""
    if connection.vendor != "sqlite":
        return
    raw = connection.connection
    raw.create_function("ocs_transaction", 0, lambda: getattr(connection, "ocs_transaction", None))
    raw.create_function("ocs_now", 0, lambda: getattr(connection, "ocs_recorded_at", None) or now_text())
    raw.create_function("ocs_digest", -1, digest, deterministic=True)
