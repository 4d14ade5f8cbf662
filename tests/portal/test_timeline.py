"""A customer's timeline tells what happened to it and everything below; other pages tell their own versions briefly."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers import operations
from customers.models import Customer
from ocsportal.care.timeline import reading
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.groups import CONFIGURATION
from ocsportal.people.models import User
from ocsportal.transactions import journal, orders
from ocsportal.transactions.models import BusinessTransaction, JournalEntry, OutboxMessage
from subscribers import operations as subscriber_operations
from tests.conftest import make_user
from tests.portal.offers import adjust, owners, page_of, subscribe
from tests.portal.test_queries import asked
from tests.portal.test_tree import reader
from tests.portal.test_verbs import browser

__all__ = ["owners"]

pytestmark = pytest.mark.django_db
LATE = datetime(2099, 1, 1, tzinfo=UTC)


def test_what_is_kept_of_an_ended_plan_stands_among_all_versions_only(client: Client, change: Any) -> None:
    operations.create_customer(change(), external_id="c", customer_profile="b2c", custom_name="Nordwind")
    new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=LATE, pending=True)
    operations.update_customer_state(change(), customer=Ref(external_id="c"), state=new)
    operations.cancel_customer_state(change(), customer=Ref(external_id="c"), state="SUSPENDED")
    client.force_login(make_user("alma", "Auditor"))
    key = Customer.objects.get().pk

    page = client.get(reverse("admin:customers_customer_change", args=[key])).content.decode()
    assert "Planned state" in page
    assert "Last plan" not in page
    versions = client.get(reverse("admin:customers_customer_history", args=[key])).content.decode()
    assert "Last plan outcome" in versions


@pytest.fixture
def busy(owners: dict[str, Any], change: Any) -> Customer:
    """Nordwind, with a subscription whose balance was adjusted, a note, a swap and a suspension below, in this order."""
    subscribe(change, "sub-1", "subscriber")
    adjust(change, "sub-1", "data", "-240", reason="outage, agreed on the phone")
    customer: Customer = owners["customer"]
    operations.update_customer_custom_name(change(), customer=Ref(external_id="cust-1"), custom_name="Nordwind AG")
    number = {"resource_type": "MSISDN", "resource": "491705550142"}
    subscriber_operations.create_subscriber_resource(change(), subscriber=Ref(external_id="s-1"), **number)
    new = NewState(state="SUSPENDED", state_reason="nonPayment")
    operations.update_customer_state(
        change(reason="third reminder"), customer=Ref(external_id="cust-1"), state=new, subordinate_updated=True
    )
    operations.create_customer(change(), external_id="other", customer_profile="b2b", custom_name="Elsewhere")
    return customer


def story(user: User, customer: Customer, query: str = "") -> list[tuple[str, str, int]]:
    answer = browser(user).get(f"/timeline/{customer.pk}/{query}")
    assert answer.status_code == 200
    return [(told.entry.operation, told.title, told.below) for told in answer.context["story"]["entries"]]


WHOLE = [
    ("UpdateCustomerState", "", 3),
    ("CreateSubscriberResource", "+49 170 5550142", 0),
    ("UpdateCustomerCustomName", "", 0),
    ("UpdateSubscriptionBalance", "Data of Data bundle 10 GB of +49 170 5550142", 0),
    ("CreateSubscriptionOnSubscriber", "Data bundle 10 GB of +49 170 5550142", 0),
    ("CreateSubscriber", "+49 170 5550142", 0),
    ("CreateAccount", "Germany", 0),
    ("CreateCustomer", "", 0),
]


@pytest.mark.parametrize("placed", [True, False])
def test_it_is_of_the_whole_tree_with_or_without_positions(placed: bool, busy: Customer, auditor: User) -> None:
    assert OutboxMessage.objects.count() >= len(WHOLE)
    if placed:
        journal.give_all()
    assert JournalEntry.objects.exists() == placed
    assert story(auditor, busy) == WHOLE
    body = browser(auditor).get(page_of(busy)).content.decode()
    for words in ("with 3 below", "third reminder", "outage, agreed on the phone", "in the tree"):
        assert words in body
    assert "Elsewhere" not in body


def test_what_waits_comes_before_what_has_its_place_and_none_comes_twice(
    busy: Customer, change: Any, auditor: User
) -> None:
    journal.give_all()
    operations.update_customer_custom_name(change(), customer=Ref(external_id="cust-1"), custom_name="Nordwind SE")
    assert story(auditor, busy) == [("UpdateCustomerCustomName", "", 0), *WHOLE]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind=state", WHOLE[:1]),
        ("?kind=numbers", WHOLE[1:2]),
        ("?kind=money", WHOLE[3:5]),
        ("?kind=who", [WHOLE[2], *WHOLE[5:]]),
        ("?kind=plans", []),
        ("?level=subscriber", [WHOLE[1], WHOLE[5]]),
        ("?level=subscriber&kind=numbers", [WHOLE[1]]),
        ("?actor=Nobody", []),
        ("?kind=nonsense&level=nonsense&before=nonsense&actor=%00", WHOLE),
    ],
)
def test_chips_and_filters_combine(query: str, found: Any, busy: Customer, auditor: User) -> None:
    journal.give_all()
    assert story(auditor, busy, query) == found
    beside = browser(auditor).get(f"/timeline/{busy.pk}/{query}&part=beside")
    assert [told.entry.operation for told in beside.context["story"]["entries"]] == [row[0] for row in found]


@pytest.mark.parametrize(("most", "at_once"), [(1000, 100), (1000, 2), (3, 2)])
@pytest.mark.parametrize("kind", ["", "who"])
def test_pages_follow_each_other_without_a_gap(
    kind: str, most: int, at_once: int, busy: Customer, auditor: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr("ocsportal.care.timeline.part.ON_A_PAGE", 2)
    monkeypatch.setattr(reading, "MOST_READ", most)
    monkeypatch.setattr(reading, "AT_ONCE", at_once)
    journal.give_all()
    client, seen, query = browser(auditor), [], f"kind={kind}"
    for _ in range(20):
        part = client.get(f"/timeline/{busy.pk}/?{query}").context["story"]
        seen += [told.entry.operation for told in part["entries"]]
        query = part["older"]
        if not query:
            break
    wanted = [row[0] for row in WHOLE if not kind or reading.kind_of(row[0]) == kind]
    assert seen == wanted


def test_more_waiting_than_there_is_room_for_is_said(busy: Customer, auditor: User, monkeypatch: Any) -> None:
    monkeypatch.setattr("ocsportal.care.timeline.part.ON_A_PAGE", 3)
    body = browser(auditor).get(f"/timeline/{busy.pk}/").content.decode()
    assert "More happened than is shown" in body


def test_entries_lead_to_the_transaction_for_who_may_see_it(busy: Customer, care: User, auditor: User) -> None:
    assert "/admin/transactions/businesstransaction/" in browser(auditor).get(f"/timeline/{busy.pk}/").content.decode()
    timeline = browser(care).get(f"/timeline/{busy.pk}/").context["story"]["entries"]
    assert {told.whole for told in timeline} == {""}
    assert browser(make_user("carl", CONFIGURATION)).get(f"/timeline/{busy.pk}/").status_code == 403
    assert browser(care).get("/timeline/999999/").status_code == 404
    assert browser(care).post(f"/timeline/{busy.pk}/").status_code == 405


def test_a_long_timeline_takes_no_more_statements(busy: Customer, change: Any, auditor: User) -> None:
    journal.give_all()
    client = browser(auditor)
    few = len(asked(client, f"/timeline/{busy.pk}/"))
    for number in range(12):
        adjust(change, "sub-1", "data", "-1")
        operations.update_customer_custom_name(
            change(), customer=Ref(external_id="cust-1"), custom_name=f"Nordwind {number}"
        )
    journal.give_all()
    assert len(asked(client, f"/timeline/{busy.pk}/")) == few


def test_an_order_is_told_by_its_operations(busy: Customer, change: Any, auditor: User) -> None:
    renamed = {"customer": Ref(external_id="cust-1"), "custom_name": "Nordwind SE"}
    orders.place(change(), [orders.Part(operations.update_customer_custom_name, renamed, {}, "operations[0]")])
    assert BusinessTransaction.objects.filter(operation="PlaceOrder").count() == 1
    journal.give_all()
    assert story(auditor, busy)[:2] == [("UpdateCustomerCustomName", "", 0), WHOLE[0]]


def test_what_one_may_not_read_is_not_told(busy: Customer) -> None:
    journal.give_all()
    user = reader("customers.read_customer", "accounts.read_account")
    told = [name for name, _, _ in story(user, busy)]
    assert told == ["UpdateCustomerState", "UpdateCustomerCustomName", "CreateAccount", "CreateCustomer"]
    assert "491705550142" not in browser(user).get(page_of(busy)).content.decode()
