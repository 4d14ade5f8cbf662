"""Lists take configuration from memory; what is not remembered is loaded for the whole page, each kind once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.queries import accounts
from balances.api.views import BalanceListView
from customers.models import Customer, CustomerSegment
from customers.queries import customers
from ocsportal.entities.store.remembering import configuration_of
from ocsportal.transactions import edition
from offers.queries import subscriptions
from subscribers.queries import resources, subscribers
from tests.client import RestClient

pytestmark = pytest.mark.django_db

LISTS: list[Callable[[], Any]] = [customers, accounts, subscribers, resources, subscriptions, BalanceListView.entities]


@pytest.fixture
def chain(api: RestClient) -> None:
    """Three subscribers with what is above them, each with a subscription that has balances."""
    for number in range(3):
        resource = {"primaryResourceType": "MSISDN", "primaryResource": f"4917012345{number}0"}
        made = api.done("/subscribers/create", subscriberProfile="prepaidMobile", **resource)
        state = {"state": "ACTIVE", "stateReason": "dfltActive"}
        api.done(
            "/subscribers/create-subscription",
            subscriber={"refId": made["refId"]},
            offer="dataBundle10",
            state=state,
        )


@pytest.mark.usefixtures("chain")
@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.__name__)
def test_first_page_loads_each_kind_once_and_the_second_nothing(listed: Callable[[], Any]) -> None:
    edition.remember("another", "edition", 1)
    with CaptureQueriesContext(connection) as captured:
        rows = list(listed())
    assert len(rows) >= 3
    used = [field for field in configuration_of(type(rows[0])) if any(getattr(row, field.attname) for row in rows)]
    # The page, each kind of configuration in it with what is kept with it, and whether the edition still stands.
    kept = sum(len(getattr(model, "kept_with", ())) for model in {field.model for field in used})
    assert len(captured) == 1 + len({field.model for field in used}) + kept + 1
    with CaptureQueriesContext(connection) as captured:
        again = list(listed())
    assert len(captured) == 1
    for row, other in zip(rows, again, strict=True):
        for field in configuration_of(type(row)):
            assert getattr(row, field.name) == getattr(other, field.name)


@pytest.mark.usefixtures("chain")
def test_a_change_of_configuration_shows_in_the_next_list(api: RestClient) -> None:
    Customer.objects.update(segment=CustomerSegment.objects.get(code="b2c"))
    assert api.get("/customers").json()["items"][0]["customerSegment"]["name"] != "Everyone"
    CustomerSegment.objects.filter(code="b2c").update(name="Everyone")
    names = {item["customerSegment"]["name"] for item in api.get("/customers").json()["items"]}
    assert names == {"Everyone"}


@pytest.mark.usefixtures("chain")
def test_nothing_that_a_list_joins_is_configuration() -> None:
    for listed in LISTS:
        joined = str(listed().query)
        for field in configuration_of(listed().model):
            assert f'"{field.model._meta.db_table}"' not in joined
