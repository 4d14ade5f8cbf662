"""What no queue takes: it holds the relay, or passes beside something that is taken, and is told of either way."""

from typing import Any

import pytest

from ocsportal.events import relay
from ocsportal.events.relay import Relay
from ocsportal.transactions import journal
from tests.client import RestClient
from tests.events.following import Listener, stands, told

pytestmark = pytest.mark.django_db
NAME, CREATE = "CustomerEx.UpdateCustomerCustomName", "CustomerEx.CreateCustomer"


class TestUnrouted:
    """What no queue takes is never counted as sent; it holds the cursor, or passes beside something that is taken."""

    @pytest.fixture(autouse=True)
    def _world(self, listener: Listener, api: RestClient) -> None:
        self.api, self.number = api, 0
        self.start = journal.latest()

    def create(self) -> None:
        self.number += 1
        name = str(self.number)
        self.api.done("/customers/create", externalId=f"cust-{name}", customerProfile="b2c", customName=name)

    def rename(self) -> None:
        self.number += 1
        self.api.done("/customers/update-custom-name", customer={"externalId": "cust-1"}, customName=str(self.number))

    def test_while_nothing_is_taken_the_cursor_holds_and_says_so(
        self, listener: Listener, said: list[Any], api: RestClient
    ) -> None:
        self.create()
        self.rename()
        listener.takes = lambda message: False
        for _ in range(3):
            turn = listener.follow()
            assert (turn.sent, turn.passed, turn.entries) == (0, 0, 0)
            assert turn.held == f"no queue takes {CREATE}, {NAME}"
        assert stands().position == self.start
        assert said == [("warning", "events_held", {"because": turn.held, "position": self.start + 1})]
        assert api.http.get("/readyz").json() == {
            "status": "ready", "details": {"events": f"waiting from position {self.start + 1} on"},
        }  # fmt: skip
        listener.takes = lambda message: True
        assert listener.follow().sent == 2
        assert [name for _, name in told(listener)] == ["1", "2"]
        assert said[1:] == [("warning", "events_go_on", {"position": self.start + 2})]
        assert (stands().held, stands().held_since, stands().passed) == ("", None, {})
        assert api.http.get("/readyz").json() == {"status": "ready"}

    def test_a_type_that_nobody_binds_passes_where_others_are_taken(self, listener: Listener, said: list[Any]) -> None:
        self.create()
        self.rename()
        self.rename()
        self.create()
        listener.takes = lambda message: message.routing_key == CREATE
        turn = listener.follow()
        assert (turn.sent, turn.passed, turn.held) == (2, 2, "")
        assert (stands().position, stands().passed) == (journal.latest(), {NAME: [2, self.start + 2]})
        assert said == [
            ("warning", "events_unrouted", {"type": NAME, "number": 2, "replay_from": self.start + 2}),
        ]  # fmt: skip
        assert listener.names == ["CreateCustomer", "CreateCustomer"]

    def test_what_comes_first_passes_when_something_later_is_taken_and_nothing_comes_twice(
        self, listener: Listener
    ) -> None:
        self.create()
        listener.follow()
        self.rename()
        self.rename()
        listener.takes = lambda message: message.routing_key == CREATE
        assert listener.follow().held == f"no queue takes {NAME}"
        self.create()
        turn = listener.follow()
        assert (turn.sent, turn.passed, turn.held) == (1, 2, "")
        assert [name for _, name in told(listener)] == ["1", "4"]
        assert stands().passed == {NAME: [2, self.start + 2]}

    def test_something_far_behind_is_found_by_and_by(self, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(relay, "BATCH", 2)
        monkeypatch.setattr(relay, "LOOK_AHEAD", 3)
        self.create()
        listener.follow()
        for _ in range(7):
            self.rename()
        self.create()
        listener.takes = lambda message: message.routing_key == CREATE
        turns = [listener.follow() for _ in range(4)]
        assert [bool(turn.held) for turn in turns] == [True, True, False, False]
        assert stands().position == journal.latest()
        assert stands().passed == {NAME: [7, self.start + 2]}
        assert told(listener)[-1] == ("CreateCustomer", "9")

    def test_a_queue_that_went_away_holds_even_in_the_midst(self, listener: Listener) -> None:
        for _ in range(4):
            self.create()
        listener.takes = lambda message: len(listener.messages) < 2
        turn = listener.follow()
        assert (turn.sent, turn.passed, turn.held) == (2, 0, f"no queue takes {CREATE}")
        assert stands().position == self.start + 2

    def test_a_queue_that_is_bound_at_that_moment_gets_all_in_order(self, listener: Listener) -> None:
        self.create()
        self.rename()
        listener.takes = lambda message: len(listener.offered) > 1
        assert listener.follow().sent == 2
        # The one that was tried ahead of its place, then both in theirs.
        assert [name for _, name in told(listener)] == ["2", "1", "2"]

    def test_nothing_passes_where_it_is_told_to_hold(self, listener: Listener) -> None:
        self.create()
        self.rename()
        self.create()
        listener.takes = lambda message: message.routing_key == CREATE
        listener.relay = Relay(listener, holds=True)
        for _ in range(2):
            turn = listener.follow()
        assert turn.held == f"no queue takes {NAME}, and EVENTS_UNROUTED=hold lets nothing pass"
        assert (len(listener.messages), stands().position) == (1, self.start + 1)
        listener.takes = lambda message: True
        assert listener.follow().sent == 2

    def test_what_passed_before_is_not_told_of_again_while_it_waits_alone(
        self, listener: Listener, said: list[Any]
    ) -> None:
        self.create()
        self.rename()
        listener.takes = lambda message: message.routing_key == CREATE
        listener.follow()
        said.clear()
        self.rename()
        assert listener.follow().held
        assert [level for level, _, _ in said] == ["debug"]

    def test_an_entry_that_is_held_at_half_way_goes_on_where_it_was(self, change: Any, listener: Listener) -> None:
        from ocsportal.transactions import door
        from ocsportal.transactions.touched import Touched

        def item(name: str) -> dict[str, Any]:
            return {"name": name, "object": {"refId": None}, "objectType": "a.Thing"}

        door.record("Two", change(), None, lambda: Touched([], extra_items=[item("Known"), item("Unknown")]))
        listener.takes = lambda message: message.routing_key == "Thing.Known"
        listener.relay = Relay(listener, holds=True)
        assert [listener.follow().sent for _ in range(3)] == [1, 0, 0]
        assert listener.names == ["Known"]
        listener.takes = lambda message: True
        listener.follow()
        assert listener.names == ["Known", "Unknown"]
