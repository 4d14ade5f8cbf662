"""The clock that all demo lives run by: each step at its own time, made by somebody."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ocsportal.entities.identity import Ref
from ocsportal.people.models import User
from ocsportal.transactions.change import Change, present
from ocsportal.transactions.models import Channel


class Clock:
    """The life of one demo entity: who it is, and changes at moments that lie between its beginning and now."""

    def __init__(self, people: dict[str, User], ref: Ref, number: int) -> None:
        self.people = people
        self.ref = ref
        self.number = number
        self.now = present()
        self.latest = self.now
        self.moments = self.timeline()

    def timeline(self) -> Iterator[datetime]:
        """Yield the moments of this life, to the millisecond; a subclass says which."""
        raise NotImplementedError

    def change(self, who: str, reason: str = "", behalf: str = "") -> Change:
        """Return a change at the next moment of this life."""
        self.latest = next(self.moments)
        return self._change_at(self.latest, who, reason, behalf)

    def soon(self, who: str, reason: str = "", behalf: str = "") -> Change:
        """Return a change a minute after the one before."""
        self.latest = min(self.latest + timedelta(minutes=1), self.now)
        return self._change_at(self.latest, who, reason, behalf)

    def _change_at(self, at: datetime, who: str, reason: str, behalf: str) -> Change:
        channel = Channel.REST if who == "crm-demo" else Channel.PORTAL
        return Change(
            actor=self.people[who], channel=channel, at=at, recorded_at=at, reason=reason, on_behalf_of=behalf
        )
