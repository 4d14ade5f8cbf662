"""What the subscribers' tests share: an account to hang subscribers under, makers, and what a refusal must leave alone."""

import json
from typing import Any

import pytest

from accounts.models import Account
from customers.models import Customer
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from subscribers.models import Subscriber, SubscriberResource
from tests.client import RestClient

MSISDN, OTHER = "491705550142", "491705550143"
REF = {"subscriber": {"externalId": "s-1"}}
TYPES = {
    "io.ocs.pbs.core.model.CustomerEx": "customer",
    "io.ocs.pbs.core.model.AccountEx": "account",
    "io.ocs.pbs.core.model.SubscriberEx": "subscriber",
    "io.ocs.pbs.core.model.SubscriberResourceEx": "resource",
}


def standing() -> tuple[Any, ...]:
    """Everything that a refused request must leave as it was."""
    return (
        *(list(model.objects.order_by("pk").values()) for model in (Customer, Account, Subscriber, SubscriberResource)),
        Subscriber.history.count(),
        SubscriberResource.history.count(),
        BusinessTransaction.objects.count(),
        OutboxMessage.objects.count(),
    )


def kinds(content: bytes) -> list[str]:
    """Return what the items of an answer are, in their order."""
    return [TYPES[item["objectType"]] for item in json.loads(content)]


def live(external_id: str = "s-1") -> dict[str, str]:
    """Return a subscriber's live resources by their type, as the rows have them, and as the subscriber says itself."""
    subscriber = Subscriber.objects.get(external_id=external_id)
    rows = SubscriberResource.objects.filter(subscriber=subscriber, valid_to=None)
    found = dict(rows.values_list("resource_type__code", "value"))
    assert subscriber.live_resources == found
    return found


@pytest.fixture
def account(api: RestClient) -> dict[str, Any]:
    """An account with a customer."""
    api.done("/customers/create", externalId="cust-1", customerProfile="b2b", customName="Nordwind")
    return api.done(
        "/accounts/create", externalId="acc-1", accountProfile="postpaid", customer={"externalId": "cust-1"}
    )


@pytest.fixture
def make(api: RestClient, account: dict[str, Any]) -> Any:
    """A maker of subscribers under the account."""

    def made(external_id: str = "s-1", number: str | None = MSISDN, **more: Any) -> dict[str, Any]:
        primary = {"primaryResourceType": "MSISDN", "primaryResource": number} if number else {}
        body = {"subscriberProfile": "mobile", "account": {"externalId": "acc-1"}, **primary, **more}
        return api.done("/subscribers/create", externalId=external_id, **body)

    return made


@pytest.fixture
def subscriber(make: Any) -> dict[str, Any]:
    """A subscriber with a phone number."""
    found: dict[str, Any] = make()
    return found
