"""The feed: what happened after a position, page by page, in the order of commits (docs/events.md, the feed).

Whoever asks from where the page before ended misses nothing and reads nothing twice: a position is given after the
commit, and none before one that could be read already.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db.models import Max, Min

from ocsportal.events.told import Event, Telling
from ocsportal.transactions import journal
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import JournalEntry

# Entries that are looked through for one page where only some types are asked for, and how many entities they may tell
# of.
MOST_ENTRIES, MOST_ENTITIES = 2000, 5000


class PositionNotKept(OperationRefused):
    """What followed a position is not in the journal any more."""

    status = HTTPStatus.GONE

    def __init__(self, oldest: int) -> None:
        words = (
            f"What followed this position is not kept any more; the oldest change that is has the position {oldest}."
        )
        super().__init__("POSITION-NOT-KEPT", words, "after")


@dataclass(frozen=True)
class FeedQuery:
    """What a page of the feed is to have: at most so many items, of a customer's tree only, of some objectTypes only."""

    limit: int
    customer: int | None = None
    types: Collection[str] = ()


@dataclass(frozen=True)
class FeedPage:
    """Some items, the position to go on from, and the newest one."""

    items: list[Event]
    next_after: int
    latest: int


def page(after: int, asked: FeedQuery) -> FeedPage:
    """Return the items that follow a position; raise PositionNotKept, or REQUEST-VALIDATION for one that was not given yet.

    A Business Transaction is never torn: all of its items come together, however many they are.
    """
    # Asked first: what follows up to here is there already.
    known = JournalEntry.objects.aggregate(oldest=Min("position"), latest=Max("position"))
    oldest, latest = known["oldest"] or 1, known["latest"] or 0
    if after + 1 < oldest:
        raise PositionNotKept(oldest)
    if after > latest:
        words = f"Lies beyond the newest position, {latest}: this is another journal, or one that was restored from a backup."
        raise OperationRefused("REQUEST-VALIDATION", words, "after")
    entries, whole = _entries(after, asked)
    items, end = _items(entries, asked)
    if end is None:
        # All that was read is told; and if that was all there is, nothing is left up to the newest position.
        end = max([latest, *(entry.position for entry in entries[-1:])]) if whole else entries[-1].position
    return FeedPage(items, end, max(latest, end))


def _entries(after: int, asked: FeedQuery) -> tuple[Sequence[Any], bool]:
    """Return the entries to look through, and whether they are all there are."""
    most = MOST_ENTRIES if asked.types else asked.limit
    if asked.customer is None:
        found: Sequence[Any] = journal.after(after, most)
    else:
        found = journal.of_customer_after(asked.customer, after, most)
    room, entities = (MOST_ENTITIES if asked.types else asked.limit), 0
    for number, entry in enumerate(found):
        entities += entry.transaction.touched
        if number and entities > room:
            return found[:number], False
    return found, len(found) < most


def _items(entries: Sequence[Any], asked: FeedQuery) -> tuple[list[Event], int | None]:
    """Return what is told of the entries, and the position of the last one told where there was no room for all."""
    telling = Telling(entries)
    if asked.types:
        telling.keep(asked.types)
    items: list[Event] = []
    for number, entry in enumerate(entries):
        mine = telling.items[entry.transaction_id]
        if items and len(items) + len(mine) > asked.limit and asked.types:
            return items, entries[number - 1].position
        items += [telling.data(entry, item) for item in mine]
    return items, None
