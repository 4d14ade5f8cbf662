"""What events look like, for machines: a JSON Schema for each type of object, and the channel as AsyncAPI (docs/events/).

Made from the shapes that stand beside the representations. Consumers should pass over fields that they don't know: more may come.
"""

from functools import cache

from django.conf import settings

from ocsportal.entities.representation import REFERENCE
from ocsportal.events.broker import CONTENT_TYPE
from ocsportal.events.messages import TYPE
from ocsportal.transactions.models import Channel
from ocsportal.transactions.representation import shapes
from ocsportal.transactions.shapes import ANYTHING, MOMENT, TEXT, WHOLE, Shape, listed, maybe, one_of, record

DRAFT = "https://json-schema.org/draft/2020-12/schema"
CHANGE = record(field=TEXT, old=ANYTHING, new=ANYTHING)


def data_shape(name: str, told: Shape) -> Shape:
    """Return the shape of what is told of an item, in events and in the feed."""
    return record(
        name=TEXT,
        seqno={"type": "integer", "minimum": 1},
        object=told,
        objectType={"const": name},
        position={"type": ["integer", "null"], "minimum": 1},
        at=MOMENT,
        version=maybe(WHOLE),
        customer=maybe(REFERENCE),
        actor=TEXT,
        onBehalfOf=maybe(TEXT),
        reason=maybe(TEXT),
        channel=one_of(Channel.values),
        requestId=TEXT,
        transactionId=TEXT,
        changes=listed(CHANGE),
    )


def event_schema(name: str, told: Shape) -> Shape:
    """Return the schema of the events about objects of a type."""
    event = record(
        specversion={"const": "1.0"},
        id=TEXT,
        source={"type": "string", "format": "uri-reference"},
        type={"type": "string", "pattern": f"^{TYPE.replace('.', '[.]')}[A-Za-z]+$"},
        subject=maybe(TEXT),
        time=MOMENT,
        datacontenttype={"const": "application/json"},
        data=data_shape(name, told),
    )
    return {"$schema": DRAFT, "title": f"An event about {short(name)}", **event}


def short(name: str) -> str:
    """Return the last word of an objectType, which routing keys begin with."""
    return name.rsplit(".", 1)[-1]


# The same for as long as the process lives, and asked for by every consumer that starts.
@cache
def schemas() -> dict[str, Shape]:
    """Return the schemas by objectType."""
    return {name: event_schema(name, told) for name, told in shapes().items()}


def asyncapi() -> dict[str, object]:
    """Return the description of the channel as AsyncAPI 3; each message's payload is the schema beside it."""
    names = {short(name): name for name in schemas()}
    messages = {
        word: {
            "name": word,
            "title": f"Something happened to a {name}",
            "contentType": CONTENT_TYPE,
            "headers": record(
                **{
                    "X-Ocs-Io-transaction-id": TEXT,
                    "X-Ocs-Io-notification-code": TEXT,
                    "X-Ocs-Io-notification-payload": {"const": name},
                }
            ),
            "payload": {
                "schemaFormat": "application/schema+json;version=draft-2020-12",
                "schema": {"$ref": f"{word}.schema.json"},
            },
        }
        for word, name in names.items()
    }
    channel = {
        "address": "{objectType}.{name}",
        "description": "A topic exchange, of the name that EVENTS_EXCHANGE says; the address is the routing key.",
        "parameters": {
            "objectType": {"description": "The last word of the objectType.", "enum": sorted(names)},
            "name": {"description": "The item's name, such as UpdateCustomerState."},
        },
        "messages": {word: {"$ref": f"#/components/messages/{word}"} for word in names},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": settings.EVENTS_EXCHANGE, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "OCS portal: what happened",
            "version": "1",
            "description": "One CloudEvent 1.0 for each item of each Business Transaction, at least once, in the order of commits.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {"events": channel},
        "operations": {
            "follow": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Everything that happened, to whoever binds a queue.",
            }
        },
        "components": {"messages": messages},
    }
