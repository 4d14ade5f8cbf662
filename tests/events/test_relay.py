"""The relay: what a message says, at least once, in the journal's order, by one at a time."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from customers import operations
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.events import relay
from ocsportal.events.messages import Message
from ocsportal.events.told import Telling
from ocsportal.transactions import cursors, journal
from ocsportal.transactions.models import BusinessTransaction, Cursor, JournalEntry
from tests.client import RestClient
from tests.events.following import Listener, stands, told, waiting

pytestmark = pytest.mark.django_db


class TestMessage:
    def test_headers_and_cloud_event(self, listener: Listener, api: RestClient) -> None:
        made = api.done("/customers/create", transactionId="case-7", customerProfile="b2c", customName="Žaneta")
        entry = BusinessTransaction.objects.latest("id")
        assert listener.follow().sent == 1
        (message,) = listener.messages
        assert message.headers == {
            "X-Ocs-Io-transaction-id": "case-7",
            "X-Ocs-Io-notification-code": "CreateCustomer",
            "X-Ocs-Io-notification-payload": "io.ocs.pbs.core.model.CustomerEx",
        }
        assert message.routing_key == "CustomerEx.CreateCustomer"
        assert (message.id, message.type, message.at) == (f"{entry.pk}-1", "io.ocs.casm.CreateCustomer", entry.at)
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
            "data": Telling([entry.journal]).data(entry.journal, json.loads(entry.answer or "")[0]),
        }
        assert event["data"]["object"] == made
        assert time[10] == "T"
        assert time[-6] in "+-"

    def test_one_for_each_item(self, listener: Listener, api: RestClient) -> None:
        made = api.post("/subscribers/create", subscriberProfile="prepaidMobile", externalId="s-1").json()
        assert listener.follow().sent == len(made) == 3
        entry = BusinessTransaction.objects.latest("id")
        assert [event["id"] for event in listener.events] == [f"{entry.pk}-{number}" for number in (1, 2, 3)]
        assert {event["data"]["position"] for event in listener.events} == {entry.journal.position}

    def test_says_which_installation_it_is_of(self, listener: Listener, api: RestClient) -> None:
        api.done("/customers/create", customerProfile="b2c")
        with override_settings(EVENTS_SOURCE="https://south.example/v1/casm"):
            listener.follow()
        assert listener.events[0]["source"] == "https://south.example/v1/casm"


class TestAtLeastOnce:
    def test_the_cursor_moves_only_when_confirmed(self, listener: Listener, api: RestClient) -> None:
        api.done("/customers/create", customerProfile="b2c")
        listener.failures = 1
        with pytest.raises(ConnectionError):
            listener.follow()
        assert waiting() == 1
        assert listener.follow().sent == 1
        assert waiting() == 0
        first, second = listener.events
        assert first == second

    def test_what_went_out_before_a_failure_is_not_sent_again(self, listener: Listener, api: RestClient) -> None:
        for number in range(3):
            api.done("/customers/create", customerProfile="b2c", customName=str(number))

        def fail_once(message: Message) -> bool:
            if len(listener.offered) == 3:
                raise ConnectionError
            return True

        listener.takes = fail_once
        with pytest.raises(ConnectionError):
            listener.follow()
        assert waiting() == 1
        assert listener.follow().sent == 1
        assert [name for _, name in told(listener)] == ["0", "1", "2"]

    def test_is_not_sent_again_once_confirmed_and_stays_in_the_journal(
        self, listener: Listener, api: RestClient
    ) -> None:
        api.done("/customers/create", customerProfile="b2c")
        before = journal.latest()
        assert [listener.follow().sent, listener.follow().sent] == [1, 0]
        assert len(listener.messages) == 1
        assert JournalEntry.objects.filter(position__gt=before).count() == 1

    def test_refused_and_replayed_say_nothing(self, listener: Listener, api: RestClient) -> None:
        api.post("/customers/create", requestId="once", customerProfile="b2c")
        api.post("/customers/create", requestId="once", customerProfile="b2c")
        api.post("/customers/create", customerProfile="nope")
        assert listener.follow().sent == 1

    def test_broker_away_does_not_stop_the_portal(self, listener: Listener, api: RestClient) -> None:
        listener.failures = 1
        api.done("/customers/create", customerProfile="b2c")
        with pytest.raises(ConnectionError):
            listener.follow()
        api.done("/customers/create", customerProfile="b2c")
        assert listener.follow().sent == 2


class TestOrder:
    def test_is_the_order_of_the_changes(self, listener: Listener, api: RestClient) -> None:
        api.done("/customers/create", externalId="cust-1", customerProfile="b2c", customName="0")
        for number in range(1, 6):
            api.done("/customers/update-custom-name", customer={"externalId": "cust-1"}, customName=str(number))
        listener.follow()
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
        listener.follow()
        assert listener.names == [
            "CreateCustomer",
            "UpdateCustomerState",
            "PlannedStateInForce",
            "UpdateCustomerCustomName",
        ]
        assert told(listener)[-2:] == [("PlannedStateInForce", None), ("UpdateCustomerCustomName", "Last")]

    def test_batches_keep_it(self, listener: Listener, api: RestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(relay, "BATCH", 2)
        for number in range(5):
            api.done("/customers/create", customerProfile="b2c", customName=str(number))
        journal.give_all()
        assert [listener.relay.turn().sent for _ in range(4)] == [2, 2, 1, 0]
        assert [name for _, name in told(listener)] == list("01234")


class TestReplay:
    def test_sends_all_again_from_a_position_and_is_recorded(
        self, listener: Listener, api: RestClient, run_command: Any
    ) -> None:
        start = journal.latest()
        for number in range(3):
            api.done("/customers/create", customerProfile="b2c", customName=str(number))
        listener.follow()
        out = run_command("relay", "--from", str(start + 2))
        assert out.splitlines() == [
            f"Set to go on with position {start + 2}: 2 entries of the journal go out again.",
            f"Cursor broker: position {start + 1} of {start + 3} is done.",
        ]
        again = Listener()
        assert again.follow().sent == 3
        assert [event["id"] for event in again.events[:2]] == [event["id"] for event in listener.events[1:]]
        entry = BusinessTransaction.objects.get(operation="ReplayEvents")
        assert (entry.actor_name, entry.reason) == ("command line", f"Replay broker from position {start + 2}.")
        assert again.events[-1]["data"]["object"]["position"] == start + 1

    def test_a_cursor_that_was_set_back_meanwhile_stays_there(self, listener: Listener, api: RestClient) -> None:
        start = journal.latest()
        api.done("/customers/create", customerProfile="b2c")

        def set_back(message: Message) -> bool:
            if len(listener.offered) == 1:
                Cursor.objects.filter(name="broker").update(position=start - 1)
            return True

        listener.takes = set_back
        journal.give_all()
        assert listener.relay.turn().entries == 0
        assert stands().position == start - 1

    @pytest.mark.parametrize("words", [["--from", "0"], ["--from", "1000000"], ["--cursor", "nobody"]])
    def test_refuses_what_is_not_there(self, words: list[str], run_command: Any) -> None:
        from django.core.management import CommandError

        before = stands().position
        with pytest.raises(
            CommandError, match=r"POSITION must lie from 1 to|There is no cursor 'nobody'; there is broker\."
        ):
            run_command("relay", *words)
        assert stands().position == before
        assert not BusinessTransaction.objects.filter(operation="ReplayEvents").exists()


@pytest.mark.postgres
class TestAlone:
    def test_second_relay_does_nothing(self, listener: Listener, api: RestClient) -> None:
        import psycopg

        api.done("/customers/create", customerProfile="b2c")
        given = connection.settings_dict
        address = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "dbname": given["NAME"]}
        with psycopg.connect(**address, autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [cursors.FOLLOWING])
            assert listener.follow().sent == 0
            # The server ends a session some time after it was closed.
            other.execute("SELECT pg_advisory_unlock(%s)", [cursors.FOLLOWING])
        assert waiting() == 1
        assert listener.follow().sent == 1

    def test_lock_is_given_back_after_a_failure(self, listener: Listener, api: RestClient) -> None:
        api.done("/customers/create", customerProfile="b2c")
        listener.failures = 1
        with pytest.raises(ConnectionError):
            listener.follow()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND pid = pg_backend_pid()",
                [cursors.FOLLOWING],
            )
            assert cursor.fetchone()[0] == 0


def test_refused_operation_leaves_no_message(listener: Listener, change: Any) -> None:
    from ocsportal.transactions.errors import OperationRefused

    with pytest.raises(OperationRefused):
        operations.create_customer(change(), customer_profile="nope")
    assert waiting() == 0
