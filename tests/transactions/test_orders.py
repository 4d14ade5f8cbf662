"""Orders that arrive at once, on real connections."""

import re
import threading
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection

from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.transactions.change import Change
from ocsportal.transactions.models import BusinessTransaction, Channel
from ocsportal.transactions.operation import OPERATIONS
from ocsportal.transactions.orders import Part, Placed, place
from tests.portal.test_verbs import browser

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def create(name: str) -> Part:
    """Return the part of an order that creates a customer."""
    body = {"externalId": name, "customerProfile": "b2c"}
    return Part(OPERATIONS["CreateCustomer"], {"external_id": name, "customer_profile": "b2c"}, body, "operations[0]")


def at_once(*works: Callable[[], Any]) -> None:
    """Run pieces of work at once, each on a connection of its own."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        try:
            start.wait()
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_eight_equal_orders_are_one(crm: Any) -> None:
    user, _ = crm
    user.has_perm("customers.create_customer")
    found: list[Placed] = []

    def send() -> None:
        change = Change(actor=user, channel=Channel.REST, request_id="once", body={"same": True})
        found.append(place(change, [create("c-1"), create("c-2")]))

    at_once(*[send] * 8)
    assert sorted(one.replayed for one in found) == [False] + [True] * 7
    assert {tuple(item["object"]["refId"] for item in one.items) for one in found} == {
        tuple(Customer.objects.order_by("external_id").values_list("ref_id", flat=True))
    }
    assert BusinessTransaction.objects.filter(transaction_id="once").count() == 3


def test_orders_that_lock_crosswise_are_all_done(crm: Any) -> None:
    """Each changes the same two customers, half of them the other way round: the database ends deadlocks, the door begins anew."""
    user, _ = crm
    place(Change(actor=user, channel=Channel.REST), [create("c-1"), create("c-2")])
    user.has_perm("customers.update_customer_custom_name")
    rename = OPERATIONS["UpdateCustomerCustomName"]
    first, second = Customer.objects.order_by("external_id")
    done: list[Placed] = []

    def send(number: int) -> None:
        order = [first, second] if number % 2 else [second, first]
        parts = [
            Part(rename, {"customer": Ref(one.ref_id), "custom_name": f"Name {number}"}, {}, f"operations[{place_}]")
            for place_, one in enumerate(order)
        ]
        done.append(place(Change(actor=user, channel=Channel.REST), parts))

    at_once(*[lambda number=number: send(number) for number in range(8)])  # type: ignore[misc]
    assert len(done) == 8
    names = Customer.objects.order_by("external_id").values_list("custom_name", "version")
    assert [version for _, version in names] == [9, 9]
    assert len({name for name, _ in names}) == 1


@pytest.mark.django_db
def test_an_auditor_comes_from_the_order_to_its_operations(crm: Any, auditor: Any) -> None:
    place(Change(actor=crm[0], channel=Channel.REST, transaction_id="case 7&8"), [create("c-1"), create("c-2")])
    order = BusinessTransaction.objects.get(operation="PlaceOrder")
    agent = browser(auditor)
    page = agent.get(f"/admin/transactions/businesstransaction/{order.pk}/change/").content.decode()
    (link,) = re.findall(r'href="([^"]*\?q=[^"]*)"', page)
    listed = agent.get(unescape(link), follow=True).content.decode()
    assert listed.count("Create customer") >= 2
    assert "Place order" in listed
