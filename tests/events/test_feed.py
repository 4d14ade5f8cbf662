"""The feed over REST: everything once, in order, page by page; whose and of what; what is refused; waiting and being woken."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers import operations as customers
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.events import watching
from ocsportal.people import groups
from ocsportal.rest import changes
from ocsportal.transactions import journal
from ocsportal.transactions.models import JournalEntry
from tests.asleep import triggers_asleep
from tests.client import RestClient, problem
from tests.entities.tree import Tree
from tests.events.following import Listener
from tests.rest.conftest import ClientOf, client_of
from tests.transactions.test_journal import thread

__all__ = ["client_of"]

pytestmark = pytest.mark.django_db
at_once = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def start(api: RestClient, change: Any) -> int:
    """The newest position before the test does anything."""
    journal.give_all()
    return journal.latest()


def read(api: RestClient, after: int, **parameters: Any) -> dict[str, Any]:
    """Return a page."""
    answer = api.get("/changes", after=str(after), **{name: str(value) for name, value in parameters.items()})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def customer(api: RestClient, name: str) -> dict[str, Any]:
    return api.done("/customers/create", externalId=name, customerProfile="b2c")


def named(page: dict[str, Any]) -> list[str]:
    return [item["object"]["externalId"] for item in page["items"]]


class TestPages:
    def test_items_are_what_events_carry(self, api: RestClient, start: int) -> None:
        customer(api, "a")
        api.done("/customers/update-segment", customer={"externalId": "a"}, customerSegment="vip")
        listener = Listener()
        listener.follow()
        page = read(api, start)
        assert page["items"] == [event["data"] for event in listener.events if event["data"]["position"] > start]
        assert len(page["items"]) == 2
        assert (page["nextAfter"], page["latest"]) == (start + 2, start + 2)

    def test_one_after_the_other_everything_comes_once(self, api: RestClient, start: int) -> None:
        for number in range(7):
            customer(api, f"c-{number}")
        journal.give_all()
        found, after = [], start
        while (page := read(api, after, limit=3))["items"]:
            assert len(page["items"]) <= 3
            assert page["latest"] == start + 7
            found += named(page)
            after = page["nextAfter"]
        assert found == [f"c-{number}" for number in range(7)]
        assert page == {"items": [], "nextAfter": start + 7, "latest": start + 7}

    def test_what_has_no_position_yet_is_not_there_yet(self, api: RestClient, start: int) -> None:
        customer(api, "a")
        assert read(api, start) == {"items": [], "nextAfter": start, "latest": start}
        journal.give_all()
        assert named(read(api, start)) == ["a"]

    def test_a_transaction_is_never_torn(self, api: RestClient, change: Any, start: int) -> None:
        tree = Tree(change)
        tree.customer()
        tree.account("acc")
        tree.subscribers("acc", *(f"s-{number}" for number in range(5)))
        journal.give_all()
        before = journal.latest()
        suspended = NewState(state="SUSPENDED", state_reason="fraud")
        customers.update_customer_state(
            change(), customer=Ref(external_id="c"), state=suspended, subordinate_updated=True
        )
        customer(api, "after")
        journal.give_all()
        page = read(api, before, limit=2)
        assert (len(page["items"]), page["nextAfter"]) == (7, before + 1)
        assert named(read(api, before + 1, limit=2)) == ["after"]

    def test_begins_at_the_beginning(self, api: RestClient, start: int) -> None:
        answer = api.get("/changes", limit="1").json()
        assert answer["items"] == [] or answer["items"][0]["position"] == 1
        assert 0 < answer["nextAfter"] <= answer["latest"]


class TestNarrowed:
    @pytest.fixture
    def two(self, api: RestClient, change: Any, start: int) -> dict[str, Any]:
        """Two customers, one of them with an account, whose changes alternate."""
        made = customer(api, "one")
        customer(api, "two")
        api.done("/accounts/create", externalId="acc", accountProfile="postpaid", customer={"externalId": "one"})
        for name in ("one", "two", "one"):
            api.done("/customers/update-custom-name", customer={"externalId": name}, customName=f"Of {name}")
        journal.give_all()
        return made

    def test_by_customer_with_all_below(self, api: RestClient, start: int, two: dict[str, Any]) -> None:
        page = read(api, start, customer=two["refId"])
        assert named(page) == ["one", "acc", "one", "one"]
        assert page == read(api, start, customerExternalId="one")
        # Whoever asks on from here has nothing of the others to look through.
        assert page["nextAfter"] == page["latest"] == start + 6
        assert read(api, start, customer=two["refId"], limit=2)["nextAfter"] == start + 3

    def test_by_entity(self, api: RestClient, start: int, two: dict[str, Any]) -> None:
        assert named(read(api, start, entity="account")) == ["acc"]
        assert read(api, start, entity="account")["nextAfter"] == start + 6
        assert len(read(api, start, entity="account,customer")["items"]) == 6
        assert read(api, start, entity="balance,offerSubscription")["items"] == []
        assert named(read(api, start, entity="customer", customer=two["refId"])) == ["one", "one", "one"]
        first = read(api, start, entity="customer", limit=2)
        assert named(first) == ["one", "two"]
        assert named(read(api, first["nextAfter"], entity="customer", limit=2)) == ["one", "two"]

    @pytest.mark.parametrize("parameters", [{}, {"customerExternalId": "one"}, {"entity": "customer"}])
    def test_a_page_of_many_costs_as_many_statements(
        self, api: RestClient, start: int, two: dict[str, Any], parameters: dict[str, str]
    ) -> None:
        counts = []
        read(api, start, limit=500, **parameters)
        for _ in range(2):
            for number in range(10):
                api.done("/customers/update-custom-name", customer={"externalId": "one"}, customName=f"No. {number}")
            journal.give_all()
            with CaptureQueriesContext(connection) as captured:
                read(api, start, limit=500, **parameters)
            counts.append(len(captured))
        assert counts[0] == counts[1] <= 12

    @pytest.mark.postgres
    def test_a_customers_changes_are_one_index_scan(self, api: RestClient, start: int, two: dict[str, Any]) -> None:
        with CaptureQueriesContext(connection) as captured:
            read(api, start, customer=two["refId"])
        (statement,) = [query["sql"] for query in captured if "customerentry" in query["sql"]]
        with transaction.atomic(), connection.cursor() as cursor:
            for way in ("seqscan", "bitmapscan", "sort"):  # Which a small table is cheaper by.
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute(f"EXPLAIN {statement}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Index Scan using transactions_customerentry_pkey" in plan
        assert "Sort" not in plan


class TestRefused:
    @pytest.mark.parametrize(
        ("parameters", "parameter"),
        [
            ({"after": "-1"}, "after"),
            ({"after": "x"}, "after"),
            ({"after": ""}, "after"),
            ({"after": "9" * 30}, "after"),
            ({"limit": "0"}, "limit"),
            ({"limit": "501"}, "limit"),
            ({"wait": "31"}, "wait"),
            ({"wait": "-1"}, "wait"),
            ({"wait": "1.5"}, "wait"),
            ({"entity": "custmer"}, "entity"),
            ({"entity": "customer,"}, "entity"),
            ({"entity": ",".join(["customer"] * 21)}, "entity"),
            ({"customer": ""}, "customer"),
            ({"position": "3"}, "position"),
        ],
    )
    def test_what_is_malformed(self, api: RestClient, parameters: dict[str, str], parameter: str) -> None:
        problem(api.get("/changes", **parameters), 400, "REQUEST-VALIDATION", parameter)

    def test_an_unknown_name_is_told_what_is_like_it(self, api: RestClient) -> None:
        message = problem(api.get("/changes", entity="custmer"), 400, "REQUEST-VALIDATION")["detail"]
        assert message.startswith("No entity is called 'custmer'. Known: customer, ")

    def test_a_customer_that_is_not_there(self, api: RestClient, start: int) -> None:
        made = customer(api, "one")
        customer(api, "two")
        problem(api.get("/changes", customer="nobody"), 404, "ENTITY-NOT-FOUND", "customer")
        problem(api.get("/changes", customerExternalId="nobody"), 404, "ENTITY-NOT-FOUND", "customerExternalId")
        both = {"customer": made["refId"], "customerExternalId": "two"}
        problem(api.get("/changes", **both), 404, "ENTITY-NOT-FOUND", "customer")

    def test_a_position_that_was_not_given(self, api: RestClient, start: int) -> None:
        answer = api.get("/changes", after=str(start + 1), wait="1")
        assert str(start) in problem(answer, 400, "REQUEST-VALIDATION", "after")["detail"]

    def test_a_position_that_is_not_kept(self, api: RestClient, start: int) -> None:
        made = customer(api, "a")
        journal.give_all()
        with triggers_asleep(connection):
            JournalEntry.objects.filter(position__lte=start - 1).delete()
        for parameters in ({}, {"customer": made["refId"]}):
            answer = api.get("/changes", after=str(start - 2), **parameters)
            assert str(start) in problem(answer, 410, "POSITION-NOT-KEPT", "after")["detail"]
        assert [item["position"] for item in read(api, start - 1)["items"]][-1] == start + 1

    @pytest.mark.parametrize("group", groups.GROUPS)
    def test_by_permission(self, client_of: ClientOf, group: str) -> None:
        answer = client_of(group).get("/changes")
        if group in (groups.BACK_OFFICE, groups.CRM, groups.AUDITOR):
            assert answer.status_code == 200
        else:
            body = problem(answer, 403, "PERMISSION-DENIED")
            assert "transactions.read_business_transaction" in body["detail"]

    def test_is_for_reading(self, api: RestClient) -> None:
        problem(api.post("/changes"), 405, "METHOD-NOT-ALLOWED")


class TestWaiting:
    def test_waits_as_long_as_asked_and_answers_with_nothing(self, api: RestClient, start: int) -> None:
        begun = time.monotonic()
        page = read(api, start, wait=1)
        assert 1 <= time.monotonic() - begun < 5
        assert page == {"items": [], "nextAfter": start, "latest": start}

    def test_does_not_wait_where_there_is_something(self, api: RestClient, start: int) -> None:
        customer(api, "a")
        journal.give_all()
        begun = time.monotonic()
        assert named(read(api, start, wait=30)) == ["a"]
        assert time.monotonic() - begun < 5

    def test_one_too_many_is_told_when_to_come_again(
        self, api: RestClient, start: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        watch = watching.Watch(most=1)
        watch._places.acquire()
        monkeypatch.setattr(changes, "WATCH", watch)
        answer = api.get("/changes", after=str(start), wait="30")
        assert (answer.status_code, answer["Retry-After"], answer.json()["items"]) == (200, "1", [])


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


class TestAtOnce:
    pytestmark = at_once

    def test_is_woken_and_keeps_no_transaction_meanwhile(self, api: RestClient, start: int) -> None:
        pages: list[Any] = []
        mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"

        def open_transactions() -> int:
            with connection.cursor() as cursor:
                cursor.execute(f"{mine} AND pid <> pg_backend_pid()")
                return int(cursor.fetchone()[0])

        with thread(lambda: pages.append(read(api, start, wait=30))):
            time.sleep(0.5)
            assert [open_transactions() for _ in range(5)].count(0) >= 4
            assert not pages
            customer(api, "a")
            journal.give_all()
            done = time.monotonic()
            eventually(lambda: bool(pages))
            assert time.monotonic() - done < 2
        assert named(pages[0]) == ["a"]

    def test_who_waits_for_one_customer_sleeps_through_others_changes(self, api: RestClient, start: int) -> None:
        made, pages = customer(api, "a"), []
        journal.give_all()
        with thread(lambda: pages.append(read(api, start + 1, wait=30, customer=made["refId"]))):
            customer(api, "b")
            journal.give_all()
            time.sleep(0.5)
            assert not pages
            api.done("/customers/update-custom-name", customer={"externalId": "a"}, customName="A")
            journal.give_all()
        assert named(pages[0]) == ["a"]
        assert pages[0]["items"][0]["name"] == "UpdateCustomerCustomName"

    def test_who_waits_long_for_a_lock_is_missed_by_nobody(self, api: RestClient, change: Any, start: int) -> None:
        """A row is locked for seconds, a cascade waits for it, others write on, and a poller reads in between."""
        tree = Tree(change)
        tree.customer()
        tree.account("acc")
        tree.subscribers("acc", "s-1", "s-2", "s-3")
        journal.give_all()
        begin, seen, stop = journal.latest(), list[dict[str, Any]](), threading.Event()

        def poll() -> None:
            after, more = begin, True
            while more:
                more = not stop.is_set()
                journal.give_all()
                while (page := read(api, after, limit=2))["items"]:
                    seen.extend(page["items"])
                    after = page["nextAfter"]

        def cascade() -> None:
            suspended = NewState(state="SUSPENDED", state_reason="fraud")
            customers.update_customer_state(
                change(), customer=Ref(external_id="c"), state=suspended, subordinate_updated=True
            )

        with thread(poll):
            with transaction.atomic():
                Customer.objects.select_for_update().get(external_id="c")
                waiting = begun(cascade)
                for number in range(20):
                    beside(partial(customer, api, f"other-{number}"))
                time.sleep(1)
                assert len(seen) >= 15
                assert waiting.is_alive()
            waiting.join(timeout=30)
            stop.set()
        names = [item["object"]["externalId"] for item in seen]
        assert sorted(names) == sorted([*(f"other-{number}" for number in range(20)), "c", "acc", "s-1", "s-2", "s-3"])
        # It was ordered before all others, and comes after them.
        assert names[-5:] == ["c", "acc", "s-1", "s-2", "s-3"]
        assert [item["position"] for item in seen] == sorted(item["position"] for item in seen)

    def test_three_pollers_and_many_changes(self, change: Any, api: RestClient, start: int) -> None:
        number, writers = 40, 3
        read_by: list[list[int]] = [[], [], []]
        stop = threading.Event()

        def write(writer: int) -> None:
            for place in range(number):
                customers.create_customer(change(), external_id=f"w{writer}-{place}", customer_profile="b2c")

        def sequence() -> None:
            while not stop.is_set():
                journal.give_all()
            journal.give_all()

        def poll(reader: int) -> None:
            after = start
            while len(read_by[reader]) < number * writers:
                page = read(api, after, limit=7 * (reader + 1), wait=5)
                read_by[reader] += [item["position"] for item in page["items"]]
                after = page["nextAfter"]

        with thread(lambda: poll(0)), thread(lambda: poll(1)), thread(lambda: poll(2)), thread(sequence):
            with thread(lambda: write(0)), thread(lambda: write(1)), thread(lambda: write(2)):
                pass
            stop.set()
        expected = list(range(start + 1, start + number * writers + 1))
        assert read_by == [expected] * 3


def beside(work: Callable[[], Any]) -> None:
    """Do something on a connection of its own, outside of the transaction that is open here."""
    with thread(work):
        pass


def begun(work: Callable[[], Any]) -> threading.Thread:
    """Begin something beside, which goes on by itself."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    started = threading.Thread(target=run)
    started.start()
    return started
