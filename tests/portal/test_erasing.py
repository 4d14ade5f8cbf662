"""Erase a customer in the portal: who may, what is counted and asked, and what pages say afterwards."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from ocsportal.people import groups
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction, Erasure
from tests.client import RestClient
from tests.customers.test_erasing import deactivate, fill
from tests.people.makers import make_user

pytestmark = pytest.mark.django_db
SECRETS = (
    "Wilhelmine",
    "Willi",
    "Kennwort",
    "Zweitkarte",
    "170 5550144",
    "hat-geheiratet",
    "umgezogen-nach",
    "ruft-immer-an",
)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def officer() -> Client:
    return browser(make_user("dora", groups.DATA_PROTECTION))


@pytest.fixture
def customer(api: RestClient) -> Customer:
    fill(api)
    deactivate(api)
    return Customer.objects.get()


def page(customer: Customer) -> str:
    return reverse("admin:customers_customer_change", args=[customer.pk])


def erase(customer: Customer) -> str:
    return reverse("admin:customers_customer_verb", args=[customer.pk, "erase"])


def sent(typed: str = "cust-1", **more: str) -> dict[str, str]:
    return {"typed": typed, "reason": "demanded in writing", "request_id": "portal-1", **more}


def test_it_is_offered_to_who_may_on_a_deactivated_customer(api: RestClient, officer: Client, care: User) -> None:
    fill(api)
    customer = Customer.objects.get()
    assert erase(customer) not in officer.get(page(customer)).content.decode()
    deactivate(api)
    assert erase(customer) in officer.get(page(customer)).content.decode()
    assert erase(customer) not in browser(care).get(page(customer)).content.decode()
    assert browser(care).get(erase(customer)).status_code == 403
    browser(care).post(erase(customer), sent())
    assert Erasure.objects.count() == 0


def test_the_page_counts_what_will_go(officer: Client, customer: Customer) -> None:
    with CaptureQueriesContext(connection) as captured:
        shown = officer.get(erase(customer))
    assert len(captured) == 12
    assert shown.context["counted"]["rows"] == [
        {"name": name, "numbers": [number]}
        for name, number in (
            ("Customers", 1), ("Customer notes", 1), ("Accounts", 1), ("Subscribers", 1), ("Subscriber resources", 2),
            ("Subscriptions", 1), ("Versions in histories", 19), ("Answers and reasons kept for the audit", 10),
        )
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [sent("cust-2"), sent(""), sent(reason="")])
def test_without_the_id_and_a_reason_nothing_is_erased(
    officer: Client, customer: Customer, wrong: dict[str, str]
) -> None:
    answer = officer.post(erase(customer), wrong)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert (Erasure.objects.count(), Customer.objects.get().contact_name) == (0, "Wilhelmine")


def test_looking_erases_nothing(officer: Client, customer: Customer) -> None:
    officer.post(erase(customer), sent(preview="1"))
    assert Erasure.objects.count() == 0


def test_pages_say_that_it_was_erased(officer: Client, auditor: User, customer: Customer) -> None:
    done = officer.post(erase(customer), sent(), follow=True)
    assert "Everything personal of cust-1 was erased." in done.content.decode()
    entry = BusinessTransaction.objects.get(operation="EraseCustomer")
    assert (entry.reason, entry.channel, entry.request_id) == ("demanded in writing", "PORTAL", "portal-1")
    made = BusinessTransaction.objects.filter(operation="CreateCustomer").latest("pk")
    addresses: dict[str, Any] = {
        page(customer): "Erased today",
        reverse("admin:customers_customer_history", args=[customer.pk]): "values and reason erased",
        reverse("admin:transactions_businesstransaction_change", args=[made.pk]): f"/{entry.pk}/change/",
        reverse("admin:transactions_businesstransaction_changelist"): "erased",
        **{reverse(f"admin:{name}_change", args=[key]): "Erased today" for name, key in below(customer)},
    }
    for address, words in addresses.items():
        shown = browser(auditor).get(address)
        text = shown.content.decode()
        assert shown.status_code == 200, address
        assert words in text, address
        assert [secret for secret in SECRETS if secret in text] == [], address
    assert erase(customer) not in officer.get(page(customer)).content.decode()


def below(customer: Customer) -> list[tuple[str, int]]:
    account = customer.accounts.get()  # type: ignore[attr-defined]
    subscriber = account.subscribers.get()
    subscription = subscriber.subscriptions.get()
    return [
        ("accounts_account", account.pk),
        ("subscribers_subscriber", subscriber.pk),
        ("offers_subscription", subscription.pk),
    ]
