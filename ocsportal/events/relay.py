"""The broker's follower of the journal: every item is published at least once, in the journal's order (docs/events.md).

What no queue takes comes back. While nothing of what waits is taken the cursor holds; where something else is taken, it
passes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import structlog

from ocsportal.events.messages import Message, messages_of
from ocsportal.events.told import Telling
from ocsportal.transactions import cursors, journal
from ocsportal.transactions.change import present
from ocsportal.transactions.models import Cursor, JournalEntry

log = structlog.get_logger("ocsportal.worker")
BATCH = 200
# Entities that the answers tell of which are read at once.
MOST_AT_ONCE = 1000
# How many entries are looked through at once for something that is taken, while nothing is.
LOOK_AHEAD = 2000
MOST_NAMED = 3
# Publishes one message; says whether a queue took it; raises one of BROKER_ERRORS when it can't be known.
Publish = Callable[[Message], bool]


@dataclass
class Turn:
    """What came of a turn: events that went out, that no queue took and that passed; why it holds; entries that are done."""

    sent: int = 0
    passed: int = 0
    held: str = ""
    entries: int = 0


@dataclass
class Relay:
    """Publishes what follows the cursor `broker`; with `holds`, nothing passes that no queue takes."""

    publish: Publish
    holds: bool = False
    # The types of which something was taken in this turn; that one which was taken ahead of its place.
    took: set[str] = field(default_factory=set)
    ahead: str = ""
    # Up to where it has looked ahead in vain; the types that are known to be taken by none.
    looked: int = 0
    nowhere: set[str] = field(default_factory=set)
    # The entry that it holds at, and how many of its messages went out before.
    partly: tuple[int, int] = (0, 0)
    # Whether it was told that it holds, so that it is told when it goes on.
    told: bool = False
    # What passed since the cursor moved: by type how many, and the first position.
    passed: dict[str, list[int]] = field(default_factory=dict)

    def all(self) -> Turn:
        """Publish all that waits, or until the cursor holds; return what came of it."""
        total = Turn()
        while True:
            turn = self.turn()
            total.sent, total.passed, total.held = total.sent + turn.sent, total.passed + turn.passed, turn.held
            total.entries += turn.entries
            if not turn.entries:
                return total

    def turn(self) -> Turn:
        """Publish one batch of what waits, unless another worker is at it.

        The cursor moves after the broker has confirmed each message. After a crash in between they are sent again, with
        the same IDs.
        """
        with cursors.alone(cursors.BROKER) as mine:
            return self._turn(cursors.cursor_of(cursors.BROKER)) if mine else Turn()

    def _turn(self, cursor: Cursor) -> Turn:
        turn, self.took, self.ahead = Turn(), set(), ""
        if not cursor.held:
            self.partly = (0, 0)  # It was set anew, or nothing was in the way: whole entries from here on.
        for part in _parts(journal.after(cursor.position, BATCH)):
            if not self._part(cursor, part, turn):
                break
        return turn

    def _part(self, cursor: Cursor, part: list[JournalEntry], turn: Turn) -> bool:
        """Publish a part, and move the cursor as far as that went; return whether the next part may follow."""
        done, number, self.passed, stands = cursor.position, 0, {}, True
        try:
            for entry, messages in _told(part):
                if not self._entry(entry, messages, turn):
                    break
                done, number = entry.position, number + 1
        finally:
            if number:
                stands = self._moved(cursor, done)
        turn.entries += number if stands else 0
        if stands and number < len(part):
            turn.held = self._because()
            if cursors.hold(cursor, turn.held, present()):
                # Types that passed before are told already, and nothing that is taken waits behind them.
                known = self.nowhere <= cursor.passed.keys()
                self.told = self.told or not known
                say = log.debug if known else log.warning
                say("events_held", because=turn.held, position=cursor.position + 1)
        return stands and number == len(part)

    def _entry(self, entry: JournalEntry, messages: Iterator[Message], turn: Turn) -> bool:
        """Publish the messages of an entry; return whether it is done, and not held at."""
        out = self.partly[1] if self.partly[0] == entry.position else 0
        for number, message in enumerate(messages):
            if number < out:
                continue
            if not self._goes(message, turn):
                return False
            self.partly = (entry.position, number + 1)
        return True

    def _goes(self, message: Message, turn: Turn) -> bool:
        """Publish a message, or let it pass; return whether the next one may follow."""
        if message.id == self.ahead or self.publish(message):
            return self._went(message, turn)
        if message.routing_key in self.took:
            self.took.clear()  # Its queue has gone since.
        if not self.took and not self.holds:
            self._look_ahead(message)
            if self.took and self.publish(message):
                self.ahead = ""  # A queue was bound at this very moment: what was taken ahead comes again in its place.
                return self._went(message, turn)
        if not self.took or self.holds:
            self.nowhere.add(message.routing_key)
            return False
        self.passed.setdefault(message.routing_key, [0, message.position])[0] += 1
        turn.passed += 1
        return True

    def _went(self, message: Message, turn: Turn) -> bool:
        self.took.add(message.routing_key)
        self.nowhere, self.ahead = set(), ""
        turn.sent += 1
        return True

    def _look_ahead(self, message: Message) -> None:
        """Look whether something that comes later is taken, one message of each type; note which.

        It is the first of all that wait which is taken, so nothing comes out of order.
        """
        start = max(message.position - 1, self.looked)
        entries, self.nowhere = journal.after(start, LOOK_AHEAD), {message.routing_key}
        passed = start >= message.position
        for part in _parts(entries):
            for entry, messages in _told(part):
                for later in messages:
                    passed = passed or later.id == message.id
                    if not passed or later.routing_key in self.nowhere:
                        continue
                    if self.publish(later):
                        self.took, self.ahead, self.looked = {later.routing_key}, later.id, entry.position - 1
                        return
                    self.nowhere.add(later.routing_key)
        self.looked = entries[-1].position if len(entries) == LOOK_AHEAD else 0

    def _moved(self, cursor: Cursor, position: int) -> bool:
        """Move the cursor with what passed on the way, and tell of it; return whether it still stood where it was read."""
        counted = {key: list(known) for key, known in cursor.passed.items()}
        for key, (number, first) in self.passed.items():
            known = counted.setdefault(key, [0, first])
            known[0] += number
        moved = cursors.move(cursor, position, **({"passed": counted} if self.passed else {}))
        if moved and self.told:
            self.told = False
            log.warning("events_go_on", position=position)
        for key in self.passed if moved else ():
            log.warning("events_unrouted", type=key, number=counted[key][0], replay_from=counted[key][1])
        return moved

    def _because(self) -> str:
        named = sorted(self.nowhere)
        more = f" and {len(named) - MOST_NAMED} more types" if len(named) > MOST_NAMED else ""
        rule = ", and EVENTS_UNROUTED=hold lets nothing pass" if self.holds else ""
        return f"no queue takes {', '.join(named[:MOST_NAMED])}{more}{rule}"[:255]


def _told(part: list[JournalEntry]) -> Iterator[tuple[JournalEntry, Iterator[Message]]]:
    """Yield the entries of a part with their messages; what is told of them is read at once."""
    telling = Telling(part)
    for entry in part:
        yield entry, messages_of(telling, entry)


def _parts(waiting: list[JournalEntry]) -> Iterator[list[JournalEntry]]:
    """Yield what waits, in order, in parts whose answers are read at once: they tell of so many entities, or are one."""
    part: list[JournalEntry] = []
    touched = 0
    for entry in waiting:
        touched += entry.transaction.touched
        if part and touched > MOST_AT_ONCE:
            yield part
            part, touched = [], entry.transaction.touched
        part.append(entry)
    if part:
        yield part
