"""The streaming platform that events go to: RabbitMQ and whatever else speaks AMQP 0-9-1 (EVENTS_URL)."""

import calendar
import socket
import ssl
from contextlib import suppress
from types import TracebackType
from urllib.parse import unquote, urlsplit

import pika
from django.conf import settings
from pika.adapters.blocking_connection import BlockingChannel
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import (
    AMQPError,
    ChannelClosedByBroker,
    ConnectionBlockedTimeout,
    ConnectionClosedByBroker,
    IncompatibleProtocolError,
    NackError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    UnroutableError,
)

from ocsportal.events.messages import Message

CONTENT_TYPE = "application/cloudevents+json"
TIMEOUT_SECONDS = 10
# What is raised where a broker can't be reached or won't have us: a host without a name or an address is an OSError.
BROKER_ERRORS = (AMQPError, AMQPConnectorException, OSError)


class Broker:
    """A connection that publishes to a durable topic exchange and waits until a queue has each message."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.exchange, self.source = settings.EVENTS_EXCHANGE, settings.EVENTS_SOURCE
        self.connection: pika.BlockingConnection | None = None
        self.channel: BlockingChannel | None = None

    def __enter__(self) -> "Broker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Connect unless that is done, and declare the exchange; raise one of BROKER_ERRORS when that can't be."""
        self._opened()

    def publish(self, message: Message) -> bool:
        """Publish a message, persistent; return whether a queue took it, once the broker has said so.

        Raise one of BROKER_ERRORS when the broker is away, or refuses it for a queue that is full.
        """
        channel = self._opened()
        properties = pika.BasicProperties(
            content_type=CONTENT_TYPE,
            headers=dict(message.headers),
            delivery_mode=pika.DeliveryMode.Persistent.value,
            message_id=message.id,
            type=message.type,
            timestamp=calendar.timegm(message.at.utctimetuple()),
            app_id=self.source,
        )
        try:
            channel.basic_publish(self.exchange, message.routing_key, message.body, properties, mandatory=True)
        except UnroutableError:
            return False
        except NackError as error:
            error.type = message.routing_key
            raise
        except Exception:
            self.close()
            raise
        return True

    def keep(self) -> None:
        """Answer the broker's heartbeats, which it would take for the worker's end if there was nothing to publish for long."""
        try:
            if self.connection is not None:
                self.connection.process_data_events()
        except (AMQPError, OSError):
            self.close()

    def close(self) -> None:
        """Close the connection; the next message opens another one."""
        connection, self.connection, self.channel = self.connection, None, None
        if connection is not None and connection.is_open:
            with suppress(AMQPError, OSError):
                connection.close()

    def _opened(self) -> BlockingChannel:
        if self.connection is None or not self.connection.is_open or self.channel is None:
            self.connection = pika.BlockingConnection(self._parameters())
            try:
                self.channel = self.connection.channel()
                self.channel.exchange_declare(self.exchange, exchange_type="topic", durable=True)
                self.channel.confirm_delivery()
            except BROKER_ERRORS:
                self.close()
                raise
        return self.channel

    def _parameters(self) -> pika.URLParameters:
        parameters = pika.URLParameters(self.url)
        parameters.socket_timeout = parameters.blocked_connection_timeout = TIMEOUT_SECONDS
        parameters.stack_timeout = TIMEOUT_SECONDS
        return parameters


def broker_words(error: BaseException, url: str) -> str:
    """Return why the broker at EVENTS_URL is of no use, in a few words without its password."""
    address = urlsplit(url)
    where = f"{address.hostname}:{address.port or (5671 if address.scheme == 'amqps' else 5672)}"
    if isinstance(error, socket.gaierror):
        return f"no host is known by the name {address.hostname!r}"
    if isinstance(error, ProbableAuthenticationError):
        return f"the broker at {where} refuses the user {unquote(address.username or 'guest')!r} or the password"
    if isinstance(error, ProbableAccessDeniedError):
        host = unquote(address.path[1:]) or "/"
        return f"the broker at {where} has no virtual host {host!r}, or refuses it to the user"
    if isinstance(error, NackError):
        return f"a queue at {where} that takes {getattr(error, 'type', 'the event')} is full, and refuses more"
    if isinstance(error, ConnectionBlockedTimeout):
        return f"the broker at {where} takes no messages for now: it is short of memory or disk"
    if isinstance(error, ConnectionClosedByBroker | ChannelClosedByBroker):
        return f"the broker at {where} closed the connection: {error.reply_text}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS connection to {where} comes about: {error.reason or 'the certificate is not trusted'}"
    if isinstance(error, IncompatibleProtocolError):
        return f"what answers at {where} does not speak AMQP 0-9-1"
    return f"nothing answers as a broker at {where}"
