"""How many statements each screen costs: exactly, never more than twelve, and as many for many rows as for a few.

A customer's page tells what happened on every level below: some statements for each level that is among it.
"""

import re
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import operations as account_operations
from balances.models import Balance
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import ConfigurationItem, entity_models
from ocsportal.entities.states import NewState
from ocsportal.people.models import User
from offers.models import Offer, OfferVersion
from subscribers.models import SubscriberResource
from tests.portal.accounts import account, make
from tests.portal.offers import balance, owners, subscribe
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db
__all__ = ["owners"]

MOST, MOST_OF_CUSTOMER = 12, 30
FRAMING = ("SAVEPOINT", "RELEASE")
# Session, user, permissions, and the rail's counts are four of each; what the agent gave lately is one of each verb's page.
COSTS = {
    "/": 9,
    "/?q=Nordwind": 8,
    # One more on PostgreSQL, for what is spelled alike.
    "/?q=nobody": 8 if connection.vendor == "postgresql" else 7,
    "/?q=0170555": 7,
    "/queues/pending/": 7,
    "/queues/scheduled/": 6,
    "/queues/bill-cycles/": 6,
    "/admin/": 4,
    "customers_customer": 6,
    "accounts_account": 8,
    "subscribers_subscriber": 7,
    "offers_subscription": 5,
    "balances_balance": 5,
    "transactions_businesstransaction": 5,
    "offers_offer": 7,
    "account": 12,
    "subscriber": 11,
    "subscription": 11,
    "balance": 6,
    "offer": 11,
    "customer/history": 6,
    "customer/suspend": 11,
    "customer/deactivate": 12,
    "customer/edit": 7,
    "customer/move-out": 12,
    "subscriber/sim-lost": 11,
    "customer/custom-name": 6,
    "account/bill-cycle": 8,
    "account/parent": 10,
    "subscriber/swap-resource": 8,
    "balance/adjust": 7,
    "customers/add": 8,
    "accounts/add": 9,
    "subscribers/add": 10,
    "subscriptions/add": 12,
}


# How the pages of a list's model are called in COSTS.
LISTS = {
    "customers": "customers_customer",
    "accounts": "accounts_account",
    "subscribers": "subscribers_subscriber",
    "subscriptions": "offers_subscription",
}


@pytest.fixture
def pages(owners: dict[str, Any], change: Any) -> dict[str, str]:
    """Return the addresses of the screens by what they are called in COSTS."""
    make(change, "acc-2", "Berlin depot", parent="acc-1")
    make(change, "acc-3", "Night shift", parent="acc-2")
    _plan(change, "acc-3")
    subscription = subscribe(change)
    for kind in ("customer", "subscriber"):
        subscribe(change, f"sub-{kind}", kind)
    rows: dict[str, Any] = {
        **owners,
        "account": account("acc-2"),
        "subscription": subscription,
        "balance": balance(),
        "offer": Offer.objects.get(code="dataBundle10"),
    }
    query = {
        "accounts": f"?parent={rows['account'].ref_id}",
        "subscribers": f"?customer={rows['customer'].ref_id}",
        "subscriptions": f"?customer={rows['customer'].ref_id}&offer=indRecurrentFee",
    }
    return {name: _address(name, rows, query) for name in [*COSTS, "customer"]}


def _address(name: str, rows: dict[str, Any], query: dict[str, str]) -> str:
    kind, _, page = name.partition("/")
    if not kind:
        return name
    if page == "add":
        return reverse(f"admin:{LISTS[kind]}_add") + query.get(kind, "")
    if "_" in kind:
        return reverse(f"admin:{kind}_changelist")
    meta = rows[kind]._meta
    slug = [page] if page not in ("", "history") else []
    view = "verb" if slug else page or "change"
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{view}", args=[rows[kind].pk, *slug])


def asked(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, address
    return [query["sql"] for query in captured if not query["sql"].startswith(FRAMING)]


def test_every_screen_costs_what_is_known(pages: dict[str, str], back_office: User, change: Any) -> None:
    client = browser(back_office)
    for address in pages.values():
        asked(client, address)  # what is kept from one request to the next
    costs = {name: len(asked(client, address)) for name, address in pages.items()}
    assert costs.pop("customer") <= MOST_OF_CUSTOMER
    assert costs == COSTS
    assert max(costs.values()) <= MOST
    for number in range(10, 16):
        make(change, f"acc-{number}", f"Depot {number}", parent="acc-2")
        subscribe(change, f"sub-{number}", "subscriber" if number % 2 else "customer")
        _plan(change, f"acc-{number}")
    costs = {name: len(asked(client, address)) for name, address in pages.items()}
    assert costs.pop("customer") <= MOST_OF_CUSTOMER
    assert costs == COSTS


def _plan(change: Any, external_id: str) -> None:
    late = change().at.replace(year=2099)
    new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late, pending=True)
    account_operations.update_account_state(change(), account=Ref(external_id=external_id), state=new)


def _entity_tables() -> set[str]:
    models = [*entity_models(), SubscriberResource, Balance]
    return {table for model in models for table in (model._meta.db_table, model.history.model._meta.db_table)}


def _configuration_tables() -> set[str]:
    models = [model for model in apps.get_models() if issubclass(model, ConfigurationItem)]
    return {model._meta.db_table for model in (*models, OfferVersion)}


def test_no_screen_joins_configuration_to_what_it_shows(pages: dict[str, str], back_office: User) -> None:
    client = browser(back_office)
    searches = [f"/?part=hits&q={term}" for term in ("cust-1", "acc-2", "s-1", "sub-1", "Berlin", "Jana")]
    searches.append("/admin/offers/subscription/add/?q=s-1")
    read = [sql for address in (*pages.values(), *searches) for sql in asked(client, address)]
    entities, configuration = _entity_tables(), _configuration_tables()
    joined = {
        sql: re.findall(r'JOIN "(\w+)"', sql)
        for sql in read
        if (found := re.match(r'SELECT "(\w+)"', sql)) and found[1] in entities
    }
    assert len(joined) > 20
    # A value is looked up as each kind of resource understands it, which its type says.
    allowed = '"subscribers_resourcetype"."kind" = '
    assert [sql for sql, tables in joined.items() if configuration & set(tables) and allowed not in sql] == []
    # Owner, account and customer of each kind, and a parent or what is in between.
    assert max(len(tables) for tables in joined.values()) <= 8
