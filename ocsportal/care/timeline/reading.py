"""Read what happened in a customer's tree: one index scan, and beside it what has no position yet.

What is committed gets its position within a moment (ocsportal/transactions/sequencer.py), but whoever has just done
something wants to see it. So the newest of what waits in the outbox comes first.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from ocsportal.care.timeline.kinds import kind_of
from ocsportal.transactions import journal
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from ocsportal.transactions.orders import NAME as ORDER

# How many entries are read at once, how many at most before a chip's page ends, how much of the outbox is looked at.
AT_ONCE, MOST_READ, MOST_WAITING = 100, 1000, 200


@dataclass(frozen=True)
class WantedStory:
    """What a page of the timeline is to show: of which kind, by whom, on which level."""

    kind: str = ""
    actor: str = ""
    level: str = ""
    # What the targets are of which nothing is told, since whoever looks may not read them.
    hidden: frozenset[str] = frozenset()

    @property
    def narrows(self) -> bool:
        """Whether it leaves out what would be told otherwise."""
        return bool(self.kind or self.actor or self.level or self.hidden)

    def fits(self, entry: BusinessTransaction) -> bool:
        """Whether a Business Transaction is wanted; an order is told by its operations."""
        return (
            entry.operation != ORDER
            and entry.target_kind not in self.hidden
            and (not self.kind or kind_of(entry.operation) == self.kind)
            and (not self.actor or self.actor in (entry.actor_name, entry.on_behalf_of))
            and (not self.level or entry.target_kind == self.level)
        )


@dataclass(frozen=True)
class StoryPage:
    """A page of the timeline, and the position before which the next one begins; None when nothing is before it.

    `late` says that more waits for its position than the page has room for.
    """

    entries: list[BusinessTransaction]
    before: int | None
    late: bool = False


def page(customer: int, wanted: WantedStory, size: int, before: int | None = None) -> StoryPage:
    """Return a page of what happened to a customer and everything below, the newest first, `before` a position."""
    found = [entry for entry in waiting(customer) if wanted.fits(entry)] if before is None else []
    late = len(found) > size
    last = before
    for read, (position, entry) in enumerate(_entries(customer, before, AT_ONCE if wanted.narrows else size)):
        if len(found) >= size or read >= MOST_READ:
            return StoryPage(found[:size], last or position + 1, late)
        last = position
        if wanted.fits(entry):
            found.append(entry)
    return StoryPage(found[:size], None, late)


def waiting(customer: int) -> list[BusinessTransaction]:
    """Return what happened a moment ago and has no position yet, the newest first."""
    rows = (
        OutboxMessage.objects.select_related("transaction").defer("transaction__answer").order_by("-pk")[:MOST_WAITING]
    )
    return [row.transaction for row in rows if customer in json.loads(row.transaction.customers or "[]")]


def _entries(customer: int, before: int | None, at_once: int) -> Iterator[tuple[int, BusinessTransaction]]:
    """Yield the entries of a customer's part of the journal, the newest first, read by and by."""
    while True:
        rows = list(journal.of_customer(customer, at_once + 1, before))
        for row in rows:
            yield row.position, row.transaction
        if len(rows) <= at_once:
            return
        before = rows[-1].position
