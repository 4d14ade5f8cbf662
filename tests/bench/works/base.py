"""What a work is. Each stands in a module of its own beside this one and is entered into the table in __init__.py."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.bench.data import Keys

# Makes the request of a number; numbers are never used twice in a run.
Render = Callable[[Keys, int], bytes]


@dataclass(frozen=True)
class Goal:
    """How many times as fast as a rival the portal should be."""

    rival: str
    at_least: float


@dataclass(frozen=True)
class HttpWork:
    """One request, sent over and over to each side: answers per second under load, latency of one client alone."""

    name: str
    summary: str
    render: dict[str, Render]
    goals: tuple[Goal, ...] = ()
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def requests(self, side: str, keys: Keys) -> Iterator[bytes]:
        """Yield requests for a side without end."""
        render = self.render[side]
        return (render(keys, number) for number in self.numbers)


@dataclass(frozen=True)
class TimedWork:
    """One large work, done once per round by each side in a process of its own: seconds.

    `functions` names for each side a function `module:name` that takes the round's number, makes what it needs, does
    the work, and returns the seconds that the work alone took.
    """

    name: str
    summary: str
    functions: dict[str, str]
    goals: tuple[Goal, ...] = ()


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
