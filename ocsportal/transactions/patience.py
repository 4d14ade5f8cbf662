"""Take strong locks beside a running portal: wait for one only as long as nobody behind notices, and try again."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.db import Error, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from ocsportal.transactions.outage import DEADLOCK, sqlstate

Result = TypeVar("Result")
LOCK_NOT_AVAILABLE = "55P03"
# Who waits for a lock keeps all who come later waiting too, whatever small lock they want.
LONGEST_WAIT = "100ms"
PAUSE = 0.5


def patiently(
    connection: BaseDatabaseWrapper, work: Callable[[], Result], told: Callable[[str], object], seconds: float = 300.0
) -> Result:
    """Do a piece of work that may be begun anew; on PostgreSQL try again for so long while somebody holds what it locks.

    Raise OperationalError when it is still held then.
    """
    if connection.vendor != "postgresql":
        return work()
    began, tries = time.monotonic(), 0
    _set(connection, f"SET lock_timeout = '{LONGEST_WAIT}'")
    try:
        while True:
            try:
                return work()
            except OperationalError as error:
                if sqlstate(error) not in (DEADLOCK, LOCK_NOT_AVAILABLE) or time.monotonic() > began + seconds:
                    raise
            tries += 1
            if tries == 1:
                told("Somebody holds a table; trying again until it is free …")
            time.sleep(PAUSE)
    finally:
        with suppress(Error):
            _set(connection, "RESET lock_timeout")


def _set(connection: BaseDatabaseWrapper, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
