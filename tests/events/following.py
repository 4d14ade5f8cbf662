"""What stands where a broker would, and follows the journal."""

import json
from collections.abc import Callable
from typing import Any

from ocsportal.events.messages import Message
from ocsportal.events.relay import Relay, Turn
from ocsportal.transactions import cursors, journal
from ocsportal.transactions.models import Cursor


class Listener:
    """Takes messages, or what `takes` accepts, and remembers them; fails as often as told to, after having taken one."""

    def __init__(self, failures: int = 0) -> None:
        self.messages: list[Message] = []
        self.offered: list[Message] = []
        self.failures = failures
        self.takes: Callable[[Message], bool] = lambda message: True
        self.relay = Relay(self)

    def __call__(self, message: Message) -> bool:
        self.offered.append(message)
        if not self.takes(message):
            return False
        self.messages.append(message)
        if self.failures:
            self.failures -= 1
            raise ConnectionError("The broker went away before it confirmed.")
        return True

    def follow(self) -> Turn:
        """Give positions, and relay what waits."""
        journal.give_all()
        return self.relay.all()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The CloudEvents."""
        return [json.loads(message.body) for message in self.messages]

    @property
    def names(self) -> list[str]:
        """The operations told of."""
        return [event["data"]["name"] for event in self.events]


def all_done() -> int:
    """Give everything its position, and let the broker's cursor be done with it; return the newest position."""
    journal.give_all()
    newest = journal.latest()
    cursors.cursor_of(cursors.BROKER)
    Cursor.objects.filter(name=cursors.BROKER).update(position=newest, held="", held_since=None, passed={})
    return newest


def waiting() -> int:
    """Return how many entries the broker's cursor has before it, once all have positions."""
    journal.give_all()
    return journal.latest() - cursors.cursor_of(cursors.BROKER).position


def told(listener: Listener) -> list[tuple[str, str | None]]:
    """Return each event's operation and the customer's name in it."""
    return [(event["data"]["name"], event["data"]["object"]["customName"]) for event in listener.events]


def stands() -> Cursor:
    """Return the broker's cursor."""
    return cursors.cursor_of(cursors.BROKER)
