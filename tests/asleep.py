"""Let the tests write what the triggers that guard the audit trail refuse, as they should."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ocsportal.transactions import edition
from tests import runtime


def forget() -> None:
    """Let this process forget what it remembers of configuration and clients (docs/performance.md)."""
    edition._memory = edition.Memory("")


@contextmanager
def triggers_asleep(connection: Any) -> Iterator[None]:
    """Switch the triggers off for this connection, and on again; what is remembered of configuration may be wrong then."""
    forget()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"{runtime.leave()}; SET session_replication_role = replica")
            try:
                yield
            finally:
                cursor.execute(f"SET session_replication_role = DEFAULT; {runtime.become()}")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            yield
        finally:
            for _, sql in triggers:
                cursor.execute(sql)
