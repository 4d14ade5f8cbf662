"""What is told of a Business Transaction: one CloudEvent for each of its items (docs/events.md)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.representation import instant


@dataclass(frozen=True)
class Message:
    """One item on its way: where to, what the broker is told of it, and the CloudEvent as JSON."""

    routing_key: str
    headers: dict[str, str]
    body: bytes
    id: str
    type: str
    at: datetime
    position: int = 0


def messages_of(entry: BusinessTransaction, position: int) -> Iterator[Message]:
    """Yield one message for each item of a Business Transaction, which has this position in the journal."""
    for item in json.loads(entry.answer or "[]"):
        event = _event(entry, item, position)
        yield Message(
            routing_key=f"{item['objectType'].rsplit('.', 1)[-1]}.{item['name']}",
            headers={
                "X-Ocs-Io-transaction-id": entry.transaction_id,
                "X-Ocs-Io-notification-code": item["name"],
                "X-Ocs-Io-notification-payload": item["objectType"],
            },
            body=json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(),
            id=event["id"],
            type=event["type"],
            at=entry.at,
            position=position,
        )


def _event(entry: BusinessTransaction, item: dict[str, Any], position: int) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{entry.pk}-{item['seqno']}",
        "source": settings.EVENTS_SOURCE,
        "type": f"io.ocs.casm.{item['name']}",
        "subject": item["object"].get("refId"),
        "time": instant(entry.at),
        "datacontenttype": "application/json",
        "data": {**item, "position": position},
    }
