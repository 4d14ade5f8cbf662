"""The streaming platform that events go to: RabbitMQ and whatever else speaks AMQP 0-9-1 (EVENTS_URL)."""

from contextlib import suppress
from types import TracebackType

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from ocsportal.transactions.outbox import Message

EXCHANGE = "ocs.casm"
CONTENT_TYPE = "application/cloudevents+json"
TIMEOUT_SECONDS = 10


class Broker:
    """A connection that publishes to the durable topic exchange `ocs.casm` and waits until the broker has each message."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection: pika.BlockingConnection | None = None
        self.channel: BlockingChannel | None = None

    def __enter__(self) -> "Broker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def publish(self, messages: list[Message]) -> None:
        """Publish the messages in order, each persistent and confirmed; raise AMQPError when the broker is away."""
        channel = self._opened()
        try:
            for message in messages:
                properties = pika.BasicProperties(
                    content_type=CONTENT_TYPE,
                    headers=dict(message.headers),
                    delivery_mode=pika.DeliveryMode.Persistent.value,
                )
                channel.basic_publish(EXCHANGE, message.routing_key, message.body, properties)
        except Exception:
            self.close()
            raise

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
            self.channel = self.connection.channel()
            self.channel.exchange_declare(EXCHANGE, exchange_type="topic", durable=True)
            self.channel.confirm_delivery()
        return self.channel

    def _parameters(self) -> pika.URLParameters:
        parameters = pika.URLParameters(self.url)
        parameters.socket_timeout = parameters.blocked_connection_timeout = TIMEOUT_SECONDS
        return parameters
