"""The worker as it is run: due plans and the outbox, relayed to a real RabbitMQ."""

import json
import socket
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pika
import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from pika.exceptions import AMQPError

from customers import operations
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.broker import EXCHANGE, Broker
from ocsportal.transactions.models import OutboxMessage
from ocsportal.transactions.outbox import relay
from tests.entities.conftest import days

pytestmark = pytest.mark.django_db
URL = "amqp://guest:guest@127.0.0.1:5672/"
AWAY = "amqp://guest:guest@127.0.0.1:1/"


@pytest.fixture
def queue() -> Iterator[Any]:
    """A queue that gets everything; CI starts a broker where none answers (.ci/machine)."""
    try:
        connection = pika.BlockingConnection(pika.URLParameters(URL))
    except AMQPError:
        pytest.skip("needs RabbitMQ on 127.0.0.1:5672")
    channel = connection.channel()
    channel.exchange_declare(EXCHANGE, exchange_type="topic", durable=True)
    name = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(name, EXCHANGE, "#")
    yield lambda case: list(_received(channel, name, case))
    connection.close()


def _received(channel: Any, name: str, case: str) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
    """Yield what came for this business case; others may be publishing as well."""
    while True:
        method, properties, body = channel.basic_get(name, auto_ack=True)
        if method is None:
            return
        if properties.headers["X-Ocs-Io-transaction-id"] == case:
            yield method, properties, json.loads(body)


@pytest.fixture
def case(change: Any) -> Iterator[str]:
    """A business case of three changes of one customer, alone in the outbox."""
    while relay(lambda messages: None):
        pass
    number, ref = f"case-{uuid.uuid4()}", Ref(external_id="cust-1")
    operations.create_customer(
        change(transaction_id=number), external_id="cust-1", customer_profile="b2c", custom_name="Žaneta"
    )
    for name in ("Second", "Third"):
        operations.update_customer_custom_name(change(transaction_id=number), customer=ref, custom_name=name)
    return number


class TestRelay:
    @pytest.fixture(autouse=True)
    def _configured(self, settings: Any) -> None:
        settings.EVENTS_URL = URL

    def test_headers_attributes_and_order(self, queue: Any, case: str, run_command: Any) -> None:
        assert run_command("worker", "--once") == "Worker: 0 planned changes brought into force; 3 events published.\n"
        received = queue(case)
        assert [event["data"]["object"]["customName"] for _, _, event in received] == ["Žaneta", "Second", "Third"]
        customer = Customer.objects.get()
        for method, properties, event in received:
            name = event["data"]["name"]
            assert properties.headers == {
                "X-Ocs-Io-transaction-id": case,
                "X-Ocs-Io-notification-code": name,
                "X-Ocs-Io-notification-payload": "io.ocs.pbs.core.model.CustomerEx",
            }
            assert (properties.content_type, properties.delivery_mode) == ("application/cloudevents+json", 2)
            assert method.routing_key == f"CustomerEx.{name}"
            assert {event["specversion"], event["source"], event["type"], event["subject"]} == {
                "1.0",
                "/v1/casm",
                f"io.ocs.casm.{name}",
                customer.ref_id,
            }
        assert len({event["id"] for _, _, event in received}) == 3
        assert OutboxMessage.objects.count() == 0

    def test_is_sent_again_when_it_was_not_noted(self, queue: Any, case: str, run_command: Any) -> None:
        def crash_after(messages: Any) -> None:
            with Broker(URL) as broker:
                broker.publish(messages)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            relay(crash_after)
        run_command("worker", "--once")
        ids = [event["id"] for _, _, event in queue(case)]
        assert len(ids) == 6
        assert ids[:3] == ids[3:]

    def test_plans_first_then_what_they_caused(self, queue: Any, case: str, change: Any, run_command: Any) -> None:
        plan = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=days(5))
        Customer.objects.update(state_valid_from=days(0))
        operations.update_customer_state(change(at=days(1)), customer=Ref(external_id="cust-1"), state=plan)
        out = run_command("worker", "--once")
        assert out == "Worker: 1 planned changes brought into force; 5 events published.\n"
        assert Customer.objects.get().state == "SUSPENDED"
        assert OutboxMessage.objects.count() == 0

    def test_connection_that_broke_is_opened_again(self, queue: Any, case: str) -> None:
        with Broker(URL) as broker:
            relay(broker.publish)
            assert broker.connection is not None
            broker.connection.close()
            relay(broker.publish)
            broker.publish([])
        assert len(queue(case)) == 3

    def test_connection_with_nothing_to_publish_is_kept(self, queue: Any, case: str) -> None:
        with Broker(f"{URL}?heartbeat=1") as broker:
            relay(broker.publish)
            opened = broker.connection
            for _ in range(16):
                time.sleep(0.2)
                broker.keep()
            assert broker.connection is opened
            assert opened is not None
            assert opened.is_open
            opened._impl._transport._sock.shutdown(socket.SHUT_RDWR)
            broker.keep()
            assert broker.connection is None
        assert len(queue(case)) == 3


@override_settings(EVENTS_URL=AWAY)
def test_broker_away(case: str) -> None:
    with pytest.raises(
        CommandError, match="0 planned changes brought into force, but the broker of EVENTS_URL is away"
    ):
        call_command("worker", "--once")
    assert OutboxMessage.objects.count() == 3


def test_no_broker_configured(case: str, run_command: Any) -> None:
    out = run_command("worker", "--once")
    assert out == "Worker: 0 planned changes brought into force; no EVENTS_URL, so the outbox waits.\n"
    assert OutboxMessage.objects.count() == 3
