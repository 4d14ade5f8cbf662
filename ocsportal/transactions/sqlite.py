"""What SQLite's triggers need from Python: the transaction under way, the time, and a digest.

PostgreSQL has settings local to a transaction, a clock and sha256 of its own; SQLite gets the same three as functions
registered on each connection. A program that opens the file without them can read it, but every write on a
tracked table fails there: nothing escapes the audit that way either.
"""

import hashlib
import secrets
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


def opened(connection: BaseDatabaseWrapper) -> int:
    """Return the number of the database transaction under way, drawn when it is first asked for, and until it is left."""
    number: int | None = getattr(connection, "ocs_opened", None)
    if number is None:
        number = connection.ocs_opened = secrets.randbits(62)  # type: ignore[attr-defined]
    return number


def plain_digest(text: str | None) -> str:
    """Return the hex SHA-256 of a text as PostgreSQL makes it."""
    return hashlib.sha256((text or "").encode("utf-8", "surrogatepass")).hexdigest()


class RowsDigest:
    """The digest over the digests of the rows that a Business Transaction wrote, in whatever order they come."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def step(self, row: str | None) -> None:
        """Take one, as `key:digest`."""
        if row is not None:
            self.rows.append(row)

    def finalize(self) -> str:
        """Return the digest over all."""
        return plain_digest("".join(sorted(self.rows)))


class Root:
    """The digest over leaves in the order of their numbers."""

    def __init__(self) -> None:
        self.leaves: list[tuple[int, str]] = []

    def step(self, order: int, leaf: str) -> None:
        """Take one."""
        self.leaves.append((order, leaf))

    def finalize(self) -> str:
        """Return the digest over all."""
        return plain_digest("".join(leaf for _, leaf in sorted(self.leaves)))


def register_functions(sender: object, connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Give a new SQLite connection its functions; other engines are left alone."""
    if connection.vendor != "sqlite":
        return
    raw = connection.connection
    raw.create_function("ocs_transaction", 0, lambda: getattr(connection, "ocs_transaction", None))
    raw.create_function("ocs_opened", 0, lambda: opened(connection))
    raw.create_function("ocs_sha256", 1, plain_digest, deterministic=True)
    raw.create_aggregate("ocs_rows", 1, RowsDigest)
    raw.create_aggregate("ocs_root", 2, Root)
    raw.create_function("ocs_now", 0, lambda: getattr(connection, "ocs_recorded_at", None) or now_text())
    raw.create_function("ocs_digest", -1, digest, deterministic=True)
