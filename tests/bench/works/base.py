"""What a work is. Each stands in a module of its own beside this one and is entered into the table in __init__.py."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.bench.data import Keys

CLIENTS = 8
# Makes the request of a number; numbers are never used twice in a run.
Render = Callable[[Keys, int], bytes]


@dataclass(frozen=True)
class Goal:
    """How many times as fast as a rival the portal should be; or as the portal itself is at another work."""

    rival: str
    at_least: float
    at: str = ""


@dataclass(frozen=True)
class HttpWork:
    """One request, sent over and over to each side: answers per second under load, latency of one client alone.

    `prepare` names the functions that make what it needs, in this order, each in its side's process. `total` names for
    each side a function whose result every answered request of the work has to raise by one: nothing may get lost.
    """

    name: str
    summary: str
    render: dict[str, Render]
    goals: tuple[Goal, ...] = ()
    prepare: tuple[tuple[str, str], ...] = ()
    total: dict[str, str] = field(default_factory=dict)
    clients: int = CLIENTS
    rounds: int | None = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def requests(self, side: str, keys: Keys) -> Iterator[bytes]:
        """Yield requests for a side without end."""
        render = self.render[side]
        return (render(keys, number) for number in self.numbers)


@dataclass(frozen=True)
class TimedWork:
    """One large work, done once per round by each side in a process of its own: seconds.

    `functions` names for each side a function `module:name` that takes a size, does the work of that size and returns
    the seconds; what is inside of `stopwatch.measured` counts. `sizes` are one to count statements by, and the one to
    measure.
    """

    name: str
    summary: str
    functions: dict[str, str]
    sizes: tuple[int, int]
    goals: tuple[Goal, ...] = ()
    prepare: tuple[tuple[str, str], ...] = ()
    rounds: int | None = 3


Work = HttpWork | TimedWork


def http(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *[f"{name}: {value}" for name, value in headers.items()]]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def portal_headers(keys: Keys) -> dict[str, str]:
    """Return what a client of the portal sends with every request."""
    return {"X-Ocs-Io-Application-Id": keys.application_id, "X-Ocs-Io-API-Key": keys.api_key}


def draft_headers(keys: Keys) -> dict[str, str]:
    """Return what a client of the draft sends with every request."""
    return {"Authorization": f"Token {keys.token}"}
