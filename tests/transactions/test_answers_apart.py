"""Answers are read where they are shown, replayed or sent, and nowhere else: those of cascades have megabytes."""

import json
import tracemalloc
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import operations
from customers.models import Customer
from ocsportal.entities.versions import version_entries
from ocsportal.events import relay
from ocsportal.people.models import User
from ocsportal.transactions import door
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from tests.client import RestClient
from tests.events.following import Listener, all_done, waiting
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db
LARGE = 500_000


@pytest.fixture
def customer(change: Any) -> Customer:
    """A customer with eight versions by operations whose answers have half a megabyte each."""
    operations.create_customer(change(), external_id="cust-1", customer_profile="b2c")
    found = Customer.objects.get()
    for number in range(8):
        large(found, f"Name {number}")
    return found


def large(customer: Customer, name: str, items: int = 1, said: int = LARGE) -> BusinessTransaction:
    """Give a customer another name, by an operation that touched so many and said so much."""

    def work() -> Touched:
        customer.custom_name = name
        customer.save(update_fields=["custom_name"])
        customer.refresh_from_db()
        return Touched([customer] * items, details={"said": "x" * said})

    door.record("Large", system_change("tests"), None, work)
    return BusinessTransaction.objects.latest("id")


def test_no_list_and_no_history_reads_an_answer(customer: Customer, back_office: User, auditor: User, api: Any) -> None:
    place = f"admin:customers_customer_{{}}|{customer.pk}"
    with CaptureQueriesContext(connection) as captured:
        for page in ("history", "change"):
            name, key = place.format(page).split("|")
            assert browser(back_office).get(reverse(name, args=[key])).status_code == 200
        listed = browser(auditor).get(reverse("admin:transactions_businesstransaction_changelist"))
        found = browser(auditor).get("/", {"q": BusinessTransaction.objects.latest("id").request_id})
        history = api.get("/customers/history", externalId="cust-1")
    assert {"Large"} <= {entry.operation for entry in listed.context_data["cl"].result_list}
    assert found.status_code in (200, 302)
    assert [item["operation"] for item in history.json()["items"]].count("Large") == 8
    assert [query["sql"] for query in captured if '"answer"' in query["sql"]] == []


def test_a_history_needs_no_room_for_answers(customer: Customer) -> None:
    version_entries(customer, 50)
    tracemalloc.start()
    entries = version_entries(customer, 50)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(entries) == 9
    assert peak < LARGE


def test_a_page_shows_the_beginning_of_a_cascade(change: Any, auditor: User) -> None:
    operations.create_customer(change(), external_id="cust-1", customer_profile="b2c")
    entry = large(Customer.objects.get(), "Many", items=1500, said=1)
    whole = len(entry.answer or "")
    answer = browser(auditor).get(reverse("admin:transactions_businesstransaction_change", args=[entry.pk]))
    assert (len(answer.context_data["items"]), answer.context_data["hidden"]) == (50, 1450)
    assert [item["seqno"] for item in answer.context_data["items"]] == list(range(1, 51))
    assert whole > 600_000 > len(answer.content)


def test_a_page_shows_a_small_answer_as_a_whole(customer: Customer, auditor: User) -> None:
    entry = large(customer, "Few", items=3, said=1)
    answer = browser(auditor).get(reverse("admin:transactions_businesstransaction_change", args=[entry.pk]))
    told = [{name: item[name] for name in item if name != "pretty"} for item in answer.context_data["items"]]
    assert told == json.loads(entry.answer or "")
    assert answer.context_data["hidden"] == 0


def test_a_replay_reads_the_answer_with_its_row(api: RestClient) -> None:
    first = api.post("/customers/create", requestId="once", customerProfile="b2c")
    with CaptureQueriesContext(connection) as captured:
        assert api.post("/customers/create", requestId="once", customerProfile="b2c").content == first.content
    assert sum('"answer"' in query["sql"] for query in captured) == 1


class TestRelay:
    @pytest.fixture
    def listener(self, customer: Customer, monkeypatch: pytest.MonkeyPatch) -> Listener:
        all_done()
        monkeypatch.setattr(relay, "MOST_AT_ONCE", 2)
        return Listener()

    def test_publishes_a_cascade_in_order(self, customer: Customer, listener: Listener) -> None:
        large(customer, "Many", items=5, said=1)
        assert listener.follow().sent == 5
        assert [event["data"]["seqno"] for event in listener.events] == [1, 2, 3, 4, 5]

    def test_one_that_fails_half_way_is_sent_again_as_a_whole(self, customer: Customer, listener: Listener) -> None:
        large(customer, "Many", items=5, said=1)

        def fail_at_last(message: Any) -> bool:
            if len(listener.offered) == 5:
                raise ConnectionError
            return True

        listener.takes = fail_at_last
        with pytest.raises(ConnectionError):
            listener.follow()
        assert (len(listener.messages), waiting()) == (4, 1)
        assert listener.follow().sent == 5
        assert waiting() == 0

    def test_reads_no_more_answers_at_once_than_it_should(self, customer: Customer, listener: Listener) -> None:
        for items in (1, 1, 2, 5, 1):
            large(customer, f"Of {items}", items=items, said=1)
        with CaptureQueriesContext(connection) as captured:
            assert listener.follow().sent == 10
        # One and one, two, five, one.
        assert sum('"answer"' in query["sql"] for query in captured) == 4
