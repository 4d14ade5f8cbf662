"""What is told of the journal to a broker: one CloudEvent for each item of each entry (docs/events.md)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial

from django.conf import settings

from ocsportal.events.told import Event, Item, Recorded, Telling
from ocsportal.transactions.representation import instant

TYPE = "io.ocs.casm."


@dataclass(frozen=True)
class Message:
    """One item on its way: where to, what the broker is told of it, and the CloudEvent."""

    routing_key: str
    headers: dict[str, str]
    event: Callable[[], Event]
    id: str
    type: str
    at: datetime
    position: int = 0

    @cached_property
    def body(self) -> bytes:
        """The CloudEvent as JSON, made when it is asked for: what nobody takes is only looked at."""
        return json.dumps(self.event(), ensure_ascii=False, separators=(",", ":")).encode()


def messages_of(telling: Telling, entry: Recorded) -> Iterator[Message]:
    """Yield one message for each item of an entry."""
    made, source = entry.transaction, settings.EVENTS_SOURCE
    for item in telling.items[entry.transaction_id]:
        yield Message(
            routing_key=f"{item['objectType'].rsplit('.', 1)[-1]}.{item['name']}",
            headers={
                "X-Ocs-Io-transaction-id": made.transaction_id,
                "X-Ocs-Io-notification-code": item["name"],
                "X-Ocs-Io-notification-payload": item["objectType"],
            },
            event=partial(_event, telling, entry, item, source),
            id=f"{entry.transaction_id}-{item['seqno']}",
            type=f"{TYPE}{item['name']}",
            at=made.at,
            position=entry.position or 0,
        )


def _event(telling: Telling, entry: Recorded, item: Item, source: str) -> Event:
    return {
        "specversion": "1.0",
        "id": f"{entry.transaction_id}-{item['seqno']}",
        "source": source,
        "type": f"{TYPE}{item['name']}",
        "subject": item["object"].get("refId"),
        "time": instant(entry.transaction.at),
        "datacontenttype": "application/json",
        "data": telling.data(entry, item),
    }
