"""The journal: every committed Business Transaction under a gapless position, in the one order of commits.

What waits in the outbox is moved here by one sequencer at a time (docs/adr/0025-journal-and-cursors.md).
"""

import json
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import Max

from ocsportal.transactions.history import with_transaction
from ocsportal.transactions.models import CustomerEntry, JournalEntry

# How many positions are given in one database transaction.
BATCH = 10_000
# Any numbers, as long as nothing else in the database takes them: held while positions are given, while a sequencer
# sleeps, and by the worker whose sequencer sleeps until it is woken.
GIVING, ASLEEP, LEADING = 0x0C5_10A1, 0x0C5_10A2, 0x0C5_10A3
# Where a sequencer that sleeps is notified of a commit.
CHANNEL = "ocs_journal"

# Rows that are there together are in the order of the outbox, which was taken under the locks of what they changed.
TAKE = "SELECT id, transaction_id FROM transactions_outboxmessage ORDER BY id LIMIT %s"
LATEST = "SELECT coalesce(max(position), 0) FROM transactions_journalentry"
# The batch is small and everything around it large and new, of which statistics know nothing: row by row through
# indexes, always, and from a list of keys.
LOCK = "SELECT pg_try_advisory_xact_lock(%s), " + ", ".join(
    f"set_config('enable_{way}', 'off', true)" for way in ("seqscan", "hashjoin", "mergejoin")
)
KEYS = {
    "postgresql": "unnest(%s::bigint[]) WITH ORDINALITY t(id, n)",
    "sqlite": "(SELECT value AS id, key + 1 AS n FROM json_each(%s)) t",
}
ITEMS = {
    "postgresql": "CROSS JOIN LATERAL jsonb_array_elements_text(b.customers::jsonb) c",
    "sqlite": "JOIN json_each(b.customers) c",
}
GIVE = "INSERT INTO transactions_journalentry (position, transaction_id) SELECT %s + t.n, t.id FROM {keys} ORDER BY t.n"
ENTER = (
    "INSERT INTO transactions_customerentry (customer_id, position, transaction_id) "
    "SELECT CAST(c.value AS bigint), %s + t.n, t.id "
    "FROM {keys} JOIN transactions_businesstransaction b ON b.id = t.id {items} WHERE b.customers IS NOT NULL"
)
TAKE_OUT = "DELETE FROM transactions_outboxmessage WHERE id IN (SELECT t.id FROM {keys})"


def give_positions() -> int:
    """Give a batch of what waits its positions, unless another sequencer is at it; return how many were given.

    All in one database transaction: a sequencer that is killed leaves everything as it was.
    """
    if not _taken(1):
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(LOCK, [GIVING])
            if not cursor.fetchone()[0]:
                return 0
        # Asked only now, so that it sees whatever the sequencer before this one has committed.
        cursor.execute(LATEST)
        before = cursor.fetchone()[0]
        taken = _taken(BATCH)
        transactions = _list([transaction_id for _, transaction_id in taken])
        cursor.execute(_speaking(GIVE), [before, transactions])
        cursor.execute(_speaking(ENTER), [before, transactions])
        cursor.execute(_speaking(TAKE_OUT), [_list([key for key, _ in taken])])
    return len(taken)


def _taken(most: int) -> list[tuple[int, int]]:
    """Return the keys of what waits in the outbox, in order, each with its Business Transaction's."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [most])
        return list(cursor.fetchall())


def _speaking(statement: str) -> str:
    return statement.format(keys=KEYS[connection.vendor], items=ITEMS[connection.vendor])


def _list(keys: list[int]) -> list[int] | str:
    return json.dumps(keys) if connection.vendor == "sqlite" else keys


def give_all() -> int:
    """Give everything that waits its position; return how many were given."""
    total = 0
    while given := give_positions():
        total += given
    return total


def latest() -> int:
    """Return the newest position, 0 before there is one."""
    return JournalEntry.objects.aggregate(newest=Max("position"))["newest"] or 0


def after(position: int, most: int) -> list[JournalEntry]:
    """Return the entries after a position, in order, with their Business Transactions but not what these answered.

    Whoever asks from the last position that was read misses none and sees none twice.
    """
    rows = with_transaction(JournalEntry.objects.filter(position__gt=position))
    return list(rows.order_by("position")[:most])


def of_customer(customer: int, most: int, before: int | None = None) -> Iterator[CustomerEntry]:
    """Yield what happened to a customer and everything below, the newest first, `before` a position; one index scan.

    What was committed a moment ago, and has no position yet, is not among it.
    """
    rows = CustomerEntry.objects.filter(customer_id=customer)
    if before is not None:
        rows = rows.filter(position__lt=before)
    yield from with_transaction(rows).order_by("-position")[:most]


def of_customer_after(customer: int, position: int, most: int) -> list[CustomerEntry]:
    """Return what happened to a customer and everything below after a position, in order, as `after` does; one index scan."""
    rows = with_transaction(CustomerEntry.objects.filter(customer_id=customer, position__gt=position))
    return list(rows.order_by("position")[:most])
