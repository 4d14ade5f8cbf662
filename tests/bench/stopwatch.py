"""Says which part of a timed work counts: everything else is making ready, warming up, putting back."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# What is called right before and right after the part that counts; tracing enters itself here.
WATCHERS: list[Callable[[], None]] = []


@dataclass
class Taken:
    """How long the part took."""

    seconds: float = 0.0


@contextmanager
def measured() -> Iterator[Taken]:
    """Measure what is inside."""
    taken = Taken()
    for watcher in WATCHERS:
        watcher()
    start = time.perf_counter()
    yield taken
    taken.seconds = time.perf_counter() - start
    for watcher in WATCHERS:
        watcher()
