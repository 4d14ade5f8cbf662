"""How many statements each kind of request costs: exactly, so that one more or less is seen and decided on.

Every count includes one for authentication. A savepoint is the tests' own; in the portal it is the transaction itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from balances import limits
from ocsportal.entities.models import ConfigurationItem
from ocsportal.people.models import User
from ocsportal.transactions import edition
from offers.models import OfferVersion
from tests.client import RestClient
from tests.rest.routes import WRITES, Route, prepare

pytestmark = pytest.mark.django_db

FRAMING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


@contextmanager
def statements(count: int) -> Iterator[None]:
    """Demand exactly that many statements, the framing of transactions apart."""
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [query["sql"] for query in captured if not query["sql"].startswith(FRAMING)]
    assert len(asked) == count, "\n".join(asked)


def remember_configuration() -> None:
    """Remember every item of configuration and what limits clients, as a process does that has been at work for a while."""
    stands = edition.read()
    for model in apps.get_models():
        if issubclass(model, ConfigurationItem):
            related = [field.name for field in model._meta.concrete_fields if field.is_relation]
            for row in model._default_manager.select_related(*related):
                for key in (("pk", row.pk), ("code", row.code)):
                    edition.remember(stands, (model, key), row)
    for version in OfferVersion.objects.select_related("offer", "currency").prefetch_related(*OfferVersion.kept_with):
        edition.remember(stands, (OfferVersion, ("pk", version.pk)), version)
    for client in User.objects.exclude(application_id=None):
        limits.groups_of(client, stands)


# Open the Business Transaction, what the operation does, close it. Client and configuration are remembered; what else is
# read for the first time since the catalogue changed costs one, and one for the edition: an offer's versions, and what
# services a product has. The services of a version cost one.
WRITE_COSTS = {
    "CancelAccountBillCycleChange": 5,
    "CancelAccountState": 5,
    "CancelCustomerState": 4,
    "CancelSubscriberState": 5,
    "CancelSubscriptionState": 5,
    "ConfirmAccountState": 5,
    "ConfirmCustomerState": 4,
    "ConfirmSubscriberState": 5,
    "ConfirmSubscriptionState": 5,
    "CreateAbsoluteBillingDiscountSubscription": 9,
    "CreateAbsoluteDiscountSubscription": 9,
    "CreateAccount": 4,
    "CreateBalanceSubscription": 11,
    "CreateCustomer": 3,
    "CreateIndividualOfferSubscription": 9,
    "CreateMonetaryBalanceSubscription": 11,
    "CreateOneTimeFeeSubscription": 9,
    "CreatePercentageBillingDiscountSubscription": 9,
    "CreatePercentageDiscountSubscription": 9,
    "CreateRecurrentFeeSubscription": 9,
    "CreateSubscriber": 6,
    "CreateSubscriberResource": 6,
    "CreateSubscriptionOnAccount": 12,
    "CreateSubscriptionOnCustomer": 12,
    "CreateSubscriptionOnSubscriber": 12,
    "DismissAccountState": 5,
    "DismissCustomerState": 4,
    "DismissSubscriberState": 5,
    "DismissSubscriptionState": 5,
    "EndSubscriberResource": 7,
    "EraseCustomer": 70,
    "ExchangeSubscriberResources": 16,
    "PerformAccountBillCycleChange": 5,
    "SwapSubscriberResource": 8,
    "UpdateAccount": 5,
    "UpdateAccountBillCycle": 5,
    "UpdateAccountCustomAttributes": 5,
    "UpdateAccountCustomName": 5,
    "UpdateAccountExternalId": 6,
    "UpdateAccountParent": 8,
    "UpdateAccountPreferences": 5,
    "UpdateAccountSegment": 5,
    "UpdateAccountState": 5,
    "UpdateAccountTaxExemption": 5,
    "UpdateCustomer": 4,
    "UpdateCustomerContact": 4,
    "CreateCustomerNote": 4,
    "CloseCustomerNote": 5,
    "UpdateCustomerCustomAttributes": 4,
    "UpdateCustomerCustomName": 4,
    "UpdateCustomerExternalId": 5,
    "UpdateCustomerSegment": 4,
    "UpdateCustomerState": 4,
    "UpdateSubscriber": 5,
    "UpdateSubscriberCustomAttributes": 5,
    "UpdateSubscriberCustomName": 5,
    "UpdateSubscriberExternalId": 6,
    "UpdateSubscriberSegment": 5,
    "UpdateSubscriberState": 5,
    "UpdateSubscription": 5,
    "UpdateSubscriptionBalance": 7,
    "UpdateSubscriptionBalances": 9,
    "UpdateSubscriptionCustomAttributes": 5,
    "UpdateSubscriptionCustomName": 5,
    "UpdateSubscriptionExternalId": 6,
    "UpdateSubscriptionState": 5,
}


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_writes(api: RestClient, route: Route) -> None:
    prepare(api, route)
    api.get("/customers", nonsense="1")  # notes the key's use, which happens once a minute
    remember_configuration()
    with statements(WRITE_COSTS[route.operation.name]):
        assert api.post(route.path, **route.example).status_code == 200


def test_replay(api: RestClient) -> None:
    api.done("/customers/create", requestId="once", customerProfile="b2c")
    with statements(3):
        assert api.post("/customers/create", requestId="once", customerProfile="b2c")["Idempotent-Replay"] == "true"


def test_refused_before_the_database_is_asked(api: RestClient) -> None:
    api.get("/customers", nonsense="1")
    with statements(1):
        assert api.post("/customers/create", customName=1).status_code == 400


@pytest.mark.parametrize(
    ("path", "parameters", "count"),
    [
        ("/customers/read", {"externalId": "cust-1"}, 1),
        ("/customers/read", {"externalId": "cust-1", "stateHistory": "true"}, 2),
        ("/customers/read", {"externalId": "nobody"}, 2),
        ("/customers", {}, 1),
        ("/customers", {"state": "ACTIVE", "segment": "b2c", "name": "x", "attribute": "a:b"}, 2),
        ("/customers/history", {"externalId": "cust-1"}, 3),
        ("/customers/history", {"externalId": "cust-1", "asOf": "2099-01-01T00:00:00Z"}, 3),
    ],
    ids=str,
)
def test_reads(api: RestClient, customer: dict[str, Any], path: str, parameters: dict[str, str], count: int) -> None:
    api.get(path, **parameters)  # remembers client and configuration
    with statements(count):
        api.get(path, **parameters)


def test_counts_do_not_grow_with_the_rows(api: RestClient, customer: dict[str, Any]) -> None:
    for number in range(12):
        api.done("/customers/create", customerProfile="b2b")
        api.done("/customers/update-custom-name", customer={"externalId": "cust-1"}, customName=f"Name {number}")
    api.get("/customers/history", externalId="cust-1")
    api.get("/customers")
    with statements(1):
        assert len(api.get("/customers").json()["items"]) == 13
    with statements(3):
        assert len(api.get("/customers/history", externalId="cust-1").json()["items"]) == 13
