"""Tell the heads of the chain of seals to the broker, by a cursor of their own (docs/audit.md, seals).

They are no entries of the journal: each would be a position to be sealed again, and one that nobody binds would hold
the relay.
"""

from collections.abc import Callable

from django.conf import settings

from ocsportal.events.messages import Message
from ocsportal.transactions import cursors, seals
from ocsportal.transactions.models import Seal
from ocsportal.transactions.representation import instant


def tell(publish: Callable[[Message], bool]) -> int:
    """Publish the heads that were not told yet; return how many. One that no queue takes is told by the log all the same."""
    number = 0
    with cursors.alone(cursors.HEADS) as mine:
        cursor = cursors.cursor_of(cursors.HEADS)
        for seal in Seal.objects.filter(last__gt=cursor.position).order_by("number") if mine else ():
            publish(message_of(seal))
            if not cursors.move(cursor, seal.last):
                break
            number += 1
    return number


def message_of(seal: Seal) -> Message:
    """Return the event of a seal."""
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": f"seal-{seal.number}",
        "source": settings.EVENTS_SOURCE,
        "type": "io.ocs.casm.AuditSealed",
        "subject": str(seal.number),
        "time": instant(seal.at),
        "datacontenttype": "application/json",
        "data": {"name": "AuditSealed", "objectType": "io.ocs.pbs.core.model.AuditSeal", "object": seals.told(seal)},
    }
    return Message(
        routing_key="AuditSeal.AuditSealed",
        headers={
            "X-Ocs-Io-transaction-id": "",
            "X-Ocs-Io-notification-code": "AuditSealed",
            "X-Ocs-Io-notification-payload": "io.ocs.pbs.core.model.AuditSeal",
        },
        event=lambda: event,
        id=str(event["id"]),
        type=str(event["type"]),
        at=seal.at,
        position=seal.last,
    )
