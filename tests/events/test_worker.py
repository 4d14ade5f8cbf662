"""The worker as it is run: due plans, positions, and the journal relayed to a real RabbitMQ."""

import json
import socket
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
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
from ocsportal.events.broker import Broker
from ocsportal.events.relay import Relay
from ocsportal.transactions import cursors, journal
from tests.client import RestClient
from tests.entities.conftest import days
from tests.events.following import all_done, waiting

pytestmark = pytest.mark.django_db
URL = "amqp://guest:guest@127.0.0.1:5672/"
AWAY = "amqp://guest:guest@127.0.0.1:1/"


class Rabbit:
    """A broker with an exchange of this test's own, and queues; CI starts one where none answers (.ci/machine)."""

    def __init__(self, exchange: str) -> None:
        self.connection = pika.BlockingConnection(pika.URLParameters(URL))
        self.channel, self.exchange = self.connection.channel(), exchange
        self.channel.exchange_declare(exchange, exchange_type="topic", durable=True)

    def queue(self, *keys: str, **arguments: Any) -> str:
        """Declare a queue, bind it by these keys, return its name."""
        name: str = self.channel.queue_declare("", exclusive=True, arguments=arguments).method.queue
        for key in keys:
            self.channel.queue_bind(name, self.exchange, key)
        return name

    def received(self, name: str) -> list[tuple[Any, Any, dict[str, Any]]]:
        """Take everything out of a queue."""
        found = []
        while True:
            method, properties, body = self.channel.basic_get(name, auto_ack=True)
            if method is None:
                return found
            found.append((method, properties, json.loads(body)))


@pytest.fixture
def rabbit(settings: Any) -> Iterator[Rabbit]:
    """The broker; the exchange is deleted afterwards."""
    settings.EVENTS_EXCHANGE = f"ocs.test.{uuid.uuid4()}"
    try:
        made = Rabbit(settings.EVENTS_EXCHANGE)
    except AMQPError:
        pytest.skip("needs RabbitMQ on 127.0.0.1:5672")
    yield made
    made.channel.exchange_delete(made.exchange)
    made.connection.close()


@pytest.fixture
def queue(rabbit: Rabbit) -> Any:
    """A queue that gets everything; called, it gives what came for a business case."""
    name = rabbit.queue("#")
    return lambda case: [
        one for one in rabbit.received(name) if one[1].headers["X-Ocs-Io-transaction-id"] == case
    ]  # fmt: skip


@pytest.fixture
def case(change: Any) -> str:
    """A business case of three changes of one customer, and nothing else waits."""
    all_done()
    number, ref = f"case-{uuid.uuid4()}", Ref(external_id="cust-1")
    operations.create_customer(
        change(transaction_id=number), external_id="cust-1", customer_profile="b2c", custom_name="Žaneta"
    )
    for name in ("Second", "Third"):
        operations.update_customer_custom_name(change(transaction_id=number), customer=ref, custom_name=name)
    return number


def relayed(broker: Broker) -> int:
    """Give positions and relay what waits; return how many events went out."""
    journal.give_all()
    return Relay(broker.publish).all().sent


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
            assert (properties.message_id, properties.type) == (event["id"], event["type"])
            assert properties.app_id == "/v1/casm"
            assert datetime.fromisoformat(event["time"]).timestamp() // 1 == properties.timestamp
        assert len({event["id"] for _, _, event in received}) == 3
        assert waiting() == 0

    def test_is_sent_again_when_it_was_not_noted(self, queue: Any, case: str, run_command: Any) -> None:
        def crash_after(message: Any) -> bool:
            with Broker(URL) as broker:
                broker.publish(message)
            raise KeyboardInterrupt

        journal.give_all()
        with pytest.raises(KeyboardInterrupt):
            Relay(crash_after).all()
        run_command("worker", "--once")
        ids = [event["id"] for _, _, event in queue(case)]
        assert len(ids) == 4
        assert ids[0] == ids[1]

    def test_plans_first_then_what_they_caused(self, queue: Any, case: str, change: Any, run_command: Any) -> None:
        plan = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=days(5))
        Customer.objects.update(state_valid_from=days(0))
        operations.update_customer_state(change(at=days(1)), customer=Ref(external_id="cust-1"), state=plan)
        out = run_command("worker", "--once")
        assert out == "Worker: 1 planned changes brought into force; 5 events published.\n"
        assert Customer.objects.get().state == "SUSPENDED"
        assert waiting() == 0

    def test_connection_that_broke_is_opened_again(self, queue: Any, case: str) -> None:
        with Broker(URL) as broker:
            broker.open()
            assert broker.connection is not None
            broker.connection.close()
            assert relayed(broker) == 3
        assert len(queue(case)) == 3

    def test_connection_with_nothing_to_publish_is_kept(self, queue: Any, case: str) -> None:
        with Broker(f"{URL}?heartbeat=1") as broker:
            relayed(broker)
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
    with pytest.raises(CommandError, match="0 planned changes brought into force, but the events for EVENTS_URL wait"):
        call_command("worker", "--once")
    assert waiting() == 3


def test_no_broker_configured(case: str, run_command: Any) -> None:
    out = run_command("worker", "--once")
    assert out == "Worker: 0 planned changes brought into force; no EVENTS_URL, so events wait in the journal.\n"
    assert waiting() == 3


class TestNoQueue:
    """What no queue takes waits, or passes and is told, as the worker says it."""

    @pytest.fixture(autouse=True)
    def _configured(self, settings: Any) -> None:
        settings.EVENTS_URL = URL

    def test_first_start_and_deleted_queue(self, rabbit: Rabbit, case: str, api: RestClient, run_command: Any) -> None:
        first = journal.latest() + 1
        line = "Worker: 0 planned changes brought into force; {}.\n"
        types = "CustomerEx.CreateCustomer, CustomerEx.UpdateCustomerCustomName"
        out = run_command("worker", "--once")
        assert out == line.format(f"0 events published; events wait from position {first} on: no queue takes {types}")
        name = rabbit.queue("#")
        assert run_command("worker", "--once") == line.format("3 events published")
        assert len(rabbit.received(name)) == 3
        rabbit.channel.queue_delete(name)
        api.done("/customers/create", customerProfile="b2c")
        out = run_command("worker", "--once")
        words = f"events wait from position {first + 3} on: no queue takes CustomerEx.CreateCustomer"
        assert out == line.format(f"0 events published; {words}")
        again = rabbit.queue("#")
        assert run_command("worker", "--once") == line.format("1 events published")
        assert len(rabbit.received(again)) == 1

    def test_what_nobody_binds_passes_and_comes_by_replay(self, rabbit: Rabbit, case: str, run_command: Any) -> None:
        first = journal.latest() + 2
        created = rabbit.queue("*.CreateCustomer")
        out = run_command("worker", "--once")
        told = f"1 events published; 2 passed that no queue takes, which relay --from {first} sends again"
        assert out == f"Worker: 0 planned changes brought into force; {told}.\n"
        assert len(rabbit.received(created)) == 1
        passed = f"  CustomerEx.UpdateCustomerCustomName: 2 events passed that no queue took, from position {first} on."
        assert passed in run_command("relay").splitlines()
        renamed = rabbit.queue("*.UpdateCustomerCustomName")
        run_command("relay", "--from", str(first))
        run_command("worker", "--once")
        assert [event["data"]["object"]["customName"] for _, _, event in rabbit.received(renamed)] == [
            "Second",
            "Third",
        ]

    def test_nothing_passes_with_hold(self, rabbit: Rabbit, case: str, run_command: Any, settings: Any) -> None:
        settings.EVENTS_UNROUTED = "hold"
        rabbit.queue("*.CreateCustomer")
        out = run_command("worker", "--once")
        assert "1 events published; events wait from position" in out
        assert "EVENTS_UNROUTED=hold lets nothing pass" in out
        assert waiting() == 2

    def test_full_queue(self, rabbit: Rabbit, case: str, run_command: Any) -> None:
        name = rabbit.queue("#", **{"x-max-length": 1, "x-overflow": "reject-publish"})
        for left in (2, 2):
            with pytest.raises(CommandError) as caught:
                run_command("worker", "--once")
            assert str(caught.value) == (
                "0 planned changes brought into force, but the events for EVENTS_URL wait: a queue at 127.0.0.1:5672 that "
                "takes CustomerEx.UpdateCustomerCustomName is full, and refuses more."
            )
            assert waiting() == left
        assert cursors.cursor_of("broker").held.startswith("a queue at 127.0.0.1:5672 that takes")
        assert len(rabbit.received(name)) == 1
        with pytest.raises(CommandError):
            run_command("worker", "--once")
        assert (len(rabbit.received(name)), waiting()) == (1, 1)

    def test_two_installations_share_a_broker(self, rabbit: Rabbit, case: str, run_command: Any, settings: Any) -> None:
        other = Rabbit(f"{rabbit.exchange}.other")
        mine, others = rabbit.queue("#"), other.queue("#")
        settings.EVENTS_EXCHANGE, settings.EVENTS_SOURCE = other.exchange, "https://other.example/v1/casm"
        run_command("worker", "--once")
        assert rabbit.received(mine) == []
        received = other.received(others)
        assert {(properties.app_id, event["source"]) for _, properties, event in received} == {
            ("https://other.example/v1/casm", "https://other.example/v1/casm")
        }
        # And the head of what was sealed.
        assert sorted(event["type"] for _, _, event in received).count("io.ocs.casm.AuditSealed") == 1
        assert len(received) == 3 + 1
        other.channel.exchange_delete(other.exchange)
        other.connection.close()
