"""Give positions as soon as something is committed: one worker's sequencer is awake for it, every other looks now and then.

On PostgreSQL the leading one sleeps until it is woken. It holds the lock ASLEEP meanwhile, which the statement that closes
a Business Transaction tries to share: who can't have it notifies. Who has it keeps it until the commit, so that nobody
falls asleep before that; and a busy portal notifies nobody at all (docs/adr/0025-journal-and-cursors.md).
"""

import threading
import time
from collections.abc import Callable

import structlog
from django.db import connection
from django.db.models import Model

from ocsportal.transactions.columns import Parameter
from ocsportal.transactions.journal import ASLEEP, CHANNEL, LEADING, give_positions
from ocsportal.transactions.outage import database_words

log = structlog.get_logger("ocsportal.worker")
# How long a sequencer sleeps at most; how long it lets commits gather while there are some; after a failure.
SLEEP_SECONDS, GATHER_SECONDS, PAUSE_SECONDS = 1.0, 0.05, 1.0


class Sequencer(threading.Thread):
    """Gives positions until told to stop, on a connection of its own; tells whoever asked to be told."""

    def __init__(self, given: Callable[[int], object]) -> None:
        super().__init__(name="sequencer", daemon=True)
        self.given = given
        self.stopping = threading.Event()
        self.trouble = ""

    def stop(self) -> None:
        """End after what is under way."""
        self.stopping.set()

    def run(self) -> None:
        """Work, whatever happens; what goes wrong is logged once and tried again."""
        while not self.stopping.is_set():
            try:
                self.turn()
                self._goes_on()
            except Exception as error:
                self._failed(error)
                connection.close()
                self.stopping.wait(PAUSE_SECONDS)
        connection.close()

    def turn(self) -> None:
        """Give what waits its positions, then sleep until there may be more."""
        begun = time.monotonic()
        number = give_positions()
        if number:
            self.given(number)
            # Where it takes long, as while a backup holds on to what was removed, it is done less often.
            self.stopping.wait(max(GATHER_SECONDS, 2 * (time.monotonic() - begun)))
        elif connection.vendor == "postgresql":
            self._sleep()
        else:
            self.stopping.wait(GATHER_SECONDS)

    def _sleep(self) -> None:
        """Sleep until woken, if this is the leading sequencer and nobody is about to commit; a little else."""
        if not _have(LEADING):
            self.stopping.wait(SLEEP_SECONDS)
        elif not _try(ASLEEP):
            self.stopping.wait(GATHER_SECONDS)
        else:
            try:
                _listen()
                # Whoever wrote before the lock was had, and notified nobody, has committed by now.
                number = give_positions()
                if number:
                    self.given(number)
                else:
                    _until_notified(SLEEP_SECONDS)
            finally:
                _let_go(ASLEEP)

    def _failed(self, error: Exception) -> None:
        words = database_words(error) or ""
        if not words:
            log.exception("sequencer_failed")
        elif words != self.trouble:
            log.error("sequencer_failed", because=words)
        self.trouble = words or type(error).__name__

    def _goes_on(self) -> None:
        if self.trouble:
            log.warning("sequencer_goes_on")
        self.trouble = ""


def _ask(statement: str, *values: Parameter) -> Model:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def _try(lock: int) -> bool:
    return bool(_ask("SELECT pg_try_advisory_lock(%s)", lock))


def _have(lock: int) -> bool:
    """Whether this connection has a lock, which it keeps, or gets it now."""
    mine = (
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND pid = pg_backend_pid())"
    )
    return bool(_ask(mine, lock)) or _try(lock)


def _let_go(lock: int) -> None:
    if connection.is_usable():
        _ask("SELECT pg_advisory_unlock(%s)", lock)


def _listen() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")


def _until_notified(seconds: float) -> None:
    with connection.wrap_database_errors:
        for _ in connection.connection.notifies(timeout=seconds, stop_after=1):
            pass
