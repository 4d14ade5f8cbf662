"""The outbox: what a message says, at least once, in the order of each entity's changes, by one relay at a time."""

import json
from typing import Any

import pytest
from django.db import connection

from customers import operations
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions import outbox
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from ocsportal.transactions.outbox import Message, messages_of, relay
from tests.client import RestClient

pytestmark = pytest.mark.django_db


class Listener:
    """Stands where the broker would, and remembers; fails as often as it is told to, after having taken the messages."""

    def __init__(self, failures: int = 0) -> None:
        self.messages: list[Message] = []
        self.failures = failures

    def __call__(self, messages: list[Message]) -> None:
        self.messages += messages
        if self.failures:
            self.failures -= 1
            raise ConnectionError("The broker went away before it confirmed.")

    @property
    def events(self) -> list[dict[str, Any]]:
        """The CloudEvents."""
        return [json.loads(message.body) for message in self.messages]


@pytest.fixture
def listener(api: RestClient, change: Any) -> Listener:
    """A listener that starts with an empty outbox, once the people are made."""
    while relay(lambda messages: None):
        pass
    return Listener()


def told(listener: Listener) -> list[tuple[str, str | None]]:
    """Return each event's operation and the customer's name in it."""
    return [(event["data"]["name"], event["data"]["object"]["customName"]) for event in listener.events]


class TestMessage:
    def test_headers_and_cloud_event(self, listener: Listener, api: RestClient) -> None:
        made = api.done("/customers/create", transactionId="case-7", customerProfile="b2c", customName="Žaneta")
        entry = BusinessTransaction.objects.latest("id")
        assert relay(listener) == 1
        (message,) = listener.messages
        assert message.headers == {
            "X-Ocs-Io-transaction-id": "case-7",
            "X-Ocs-Io-notification-code": "CreateCustomer",
            "X-Ocs-Io-notification-payload": "io.ocs.pbs.core.model.CustomerEx",
        }
        assert message.routing_key == "CustomerEx.CreateCustomer"
        assert "Žaneta".encode() in message.body
        (event,) = listener.events
        time = event.pop("time")
        assert event == {
            "specversion": "1.0",
            "id": f"{entry.pk}-1",
            "source": "/v1/casm",
            "type": "io.ocs.casm.CreateCustomer",
            "subject": made["refId"],
            "datacontenttype": "application/json",
            "data": json.loads(entry.answer or "")[0],
        }
        assert event["data"]["object"] == made
        assert time[10] == "T"
        assert time[-6] in "+-"

    def test_one_for_each_item(self) -> None:
        items = [
            {"name": "X", "seqno": number, "object": {"refId": f"ref-{number}"}, "objectType": "a.b.CustomerEx"}
            for number in (1, 2, 3)
        ]
        entry = BusinessTransaction(pk=9, answer=json.dumps(items), transaction_id="t")
        entry.at = BusinessTransaction.objects.latest("id").at
        assert [json.loads(message.body)["id"] for message in messages_of(entry)] == ["9-1", "9-2", "9-3"]


class TestAtLeastOnce:
    def test_leaves_only_when_confirmed(self, listener: Listener, api: RestClient) -> None:
        api.done("/customers/create", customerProfile="b2c")
        listener.failures = 1
        with pytest.raises(ConnectionError):
            relay(listener)
        assert OutboxMessage.objects.count() == 1
        assert relay(listener) == 1
        assert OutboxMessage.objects.count() == 0
        first, second = listener.events
        assert first == second

    def test_is_not_sent_again_once_confirmed(self, listener: Listener, api: RestClient) -> None:
        api.done("/customers/create", customerProfile="b2c")
        assert [relay(listener), relay(listener)] == [1, 0]
        assert len(listener.messages) == 1

    def test_refused_and_replayed_say_nothing(self, listener: Listener, api: RestClient) -> None:
        api.post("/customers/create", requestId="once", customerProfile="b2c")
        api.post("/customers/create", requestId="once", customerProfile="b2c")
        api.post("/customers/create", customerProfile="nope")
        assert relay(listener) == 1

    def test_broker_away_does_not_stop_the_portal(self, listener: Listener, api: RestClient) -> None:
        listener.failures = 1
        api.done("/customers/create", customerProfile="b2c")
        with pytest.raises(ConnectionError):
            relay(listener)
        api.done("/customers/create", customerProfile="b2c")
        assert relay(listener) == 2


class TestOrder:
    def test_is_the_order_of_the_changes(self, listener: Listener, api: RestClient) -> None:
        api.done("/customers/create", externalId="cust-1", customerProfile="b2c", customName="0")
        for number in range(1, 6):
            api.done("/customers/update-custom-name", customer={"externalId": "cust-1"}, customName=str(number))
        relay(listener)
        assert told(listener) == [
            ("CreateCustomer", "0"),
            *(("UpdateCustomerCustomName", str(number)) for number in range(1, 6)),
        ]

    def test_settled_plan_comes_before_the_write_that_settled_it(self, listener: Listener, change: Any) -> None:
        from tests.entities.conftest import days

        ref = Ref(external_id="cust-1")
        active, fraud = (
            NewState(state="ACTIVE", state_reason="dfltActive"),
            NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=days(5)),
        )
        operations.create_customer(change(at=days(0)), external_id="cust-1", state=active)
        operations.update_customer_state(change(at=days(1)), customer=ref, state=fraud)
        operations.update_customer_custom_name(change(at=days(6)), customer=ref, custom_name="Last")
        relay(listener)
        assert [name for name, _ in told(listener)] == [
            "CreateCustomer",
            "UpdateCustomerState",
            "PlannedStateInForce",
            "UpdateCustomerCustomName",
        ]
        assert told(listener)[-2:] == [("PlannedStateInForce", None), ("UpdateCustomerCustomName", "Last")]

    def test_batches_keep_it(self, listener: Listener, api: RestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outbox, "BATCH", 2)
        for number in range(5):
            api.done("/customers/create", customerProfile="b2c", customName=str(number))
        assert [relay(listener) for _ in range(4)] == [2, 2, 1, 0]
        assert [name for _, name in told(listener)] == list("01234")


@pytest.mark.postgres
class TestAlone:
    def test_second_relay_does_nothing(self, listener: Listener, api: RestClient) -> None:
        import psycopg

        api.done("/customers/create", customerProfile="b2c")
        given = connection.settings_dict
        address = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "dbname": given["NAME"]}
        with psycopg.connect(**address, autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [outbox.RELAY_LOCK])
            assert relay(listener) == 0
        assert OutboxMessage.objects.count() == 1
        assert relay(listener) == 1

    def test_lock_is_given_back_after_a_failure(self, listener: Listener, api: RestClient) -> None:
        api.done("/customers/create", customerProfile="b2c")
        listener.failures = 1
        with pytest.raises(ConnectionError):
            relay(listener)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            assert cursor.fetchone()[0] == 0


def test_refused_operation_leaves_no_message(listener: Listener, change: Any) -> None:
    with pytest.raises(OperationRefused):
        operations.create_customer(change(), customer_profile="nope")
    assert OutboxMessage.objects.count() == 0
