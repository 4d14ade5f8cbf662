"""Wait for the journal to go on without keeping a database transaction: of all who wait in a process, one looks."""

import threading
import time

from ocsportal.transactions import journal

# How often one of them looks, in seconds: a look is the last entry of an index.
LOOK_SECONDS = 0.05
# How many may wait in a process at once, each of which holds a thread that could serve others.
MOST_WAITING = 2


class Watch:
    """Those who wait in this process."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._known = threading.Condition()
        self._newest = 0
        self._looking = False
        self._places = threading.BoundedSemaphore(most)

    def beyond(self, position: int, seconds: float) -> bool | None:
        """Wait until there is something after a position, so many seconds at most; return whether there is.

        None says that too many wait already, and that this one did not.
        """
        if not self._places.acquire(blocking=False):
            return None
        try:
            return self._wait(position, time.monotonic() + seconds)
        finally:
            self._places.release()

    def _wait(self, position: int, until: float) -> bool:
        while True:
            with self._known:
                left = until - time.monotonic()
                if self._newest > position or left <= 0:
                    return self._newest > position
                if self._looking:
                    self._known.wait(left)
                    continue
                self._looking = True
            newest = 0
            try:
                time.sleep(min(LOOK_SECONDS, left))
                newest = journal.latest()
            finally:
                with self._known:
                    self._looking, self._newest = False, newest
                    self._known.notify_all()


WATCH = Watch()
