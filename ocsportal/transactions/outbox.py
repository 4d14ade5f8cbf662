"""The outbox's relay: every item of every Business Transaction is published at least once, in order per entity.

A message's place in the queue is taken when its Business Transaction closes, under the locks of what it changed, so the
order of the queue is the order of the changes of each entity (docs/events.md).
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from django.db import connection

from ocsportal.transactions.history import with_transaction
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from ocsportal.transactions.representation import instant

BATCH = 200
# Messages that are made before they are published, and entities that the answers tell of which are read at once.
MOST_AT_ONCE = 1000
# Any number, as long as nothing else in the database takes it.
RELAY_LOCK = 0x0C5_0B0C
SOURCE = "/v1/casm"


@dataclass(frozen=True)
class Message:
    """One item on its way: where to, the headers, and the CloudEvent as JSON."""

    routing_key: str
    headers: dict[str, str]
    body: bytes


Publish = Callable[[list[Message]], None]


def relay(publish: Publish) -> int:
    """Publish what waits, one batch, unless another worker is at it; return how many items went out.

    A message leaves the queue only after the broker has confirmed it; after a crash in between it is sent again, with
    the same CloudEvent ID.
    """
    with _alone() as mine:
        if not mine:
            return 0
        waiting = with_transaction(OutboxMessage.objects).order_by("pk")[:BATCH]
        return sum(_published(publish, part) for part in _parts(list(waiting)))


def _parts(waiting: list[OutboxMessage]) -> Iterator[list[OutboxMessage]]:
    """Yield what waits, in order, in parts whose answers are read at once: they tell of so many entities, or are one."""
    part: list[OutboxMessage] = []
    for entry in waiting:
        if part and sum(one.transaction.touched for one in part) + entry.transaction.touched > MOST_AT_ONCE:
            yield part
            part = []
        part.append(entry)
    if part:
        yield part


def _published(publish: Publish, part: list[OutboxMessage]) -> int:
    """Publish the items of a part, and take it out of the queue when the broker has all of them; return how many."""
    answered = BusinessTransaction.objects.defer(None).in_bulk([entry.transaction_id for entry in part])
    messages = chain.from_iterable(messages_of(answered[entry.transaction_id]) for entry in part)
    number = 0
    while some := list(islice(messages, MOST_AT_ONCE)):
        publish(some)
        number += len(some)
    OutboxMessage.objects.filter(pk__in=[entry.pk for entry in part]).delete()
    return number


@contextmanager
def _alone() -> Iterator[bool]:
    """Let one relay at a time through; SQLite, with one writer anyway, is run with one worker."""
    if connection.vendor == "sqlite":
        yield True
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [RELAY_LOCK])
        mine: bool = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [RELAY_LOCK])


def messages_of(entry: BusinessTransaction) -> Iterator[Message]:
    """Yield one message for each item of a Business Transaction."""
    for item in json.loads(entry.answer or "[]"):
        yield Message(
            routing_key=f"{item['objectType'].rsplit('.', 1)[-1]}.{item['name']}",
            headers={
                "X-Ocs-Io-transaction-id": entry.transaction_id,
                "X-Ocs-Io-notification-code": item["name"],
                "X-Ocs-Io-notification-payload": item["objectType"],
            },
            body=json.dumps(_event(entry, item), ensure_ascii=False, separators=(",", ":")).encode(),
        )


def _event(entry: BusinessTransaction, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{entry.pk}-{item['seqno']}",
        "source": SOURCE,
        "type": f"io.ocs.casm.{item['name']}",
        "subject": item["object"].get("refId"),
        "time": instant(entry.at),
        "datacontenttype": "application/json",
        "data": item,
    }
