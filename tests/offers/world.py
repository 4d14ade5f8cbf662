"""A customer with an account and a subscriber to subscribe on, a catalogue of the test's own, and what refusals leave."""

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse

from accounts.models import Account, Currency
from balances.models import Balance, LedgerEntry
from customers.models import Customer
from ocsportal.entities.models import StateReason
from ocsportal.transactions import door
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from offers.models import Offer, OfferService, OfferVersion, Product, ProductService, Service, Subscription
from subscribers.models import Subscriber
from tests.client import RestClient, problem

ACTIVE = {"state": "ACTIVE", "stateReason": "dfltActive"}
ENDED = {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}
# The collection and the external ID of each owner in the world.
OWNERS = {
    "customer": ("/customers", "cust-1"),
    "account": ("/accounts", "acc-1"),
    "subscriber": ("/subscribers", "s-1"),
}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BEGIN = "2026-03-01T00:00:00.000+01:00"


def standing() -> tuple[Any, ...]:
    """Return everything that a refused request must leave as it was."""
    models = (Subscription, Balance, Subscriber, Account, Customer)
    return (
        *(list(model.objects.order_by("pk").values()) for model in models),
        *(model.history.count() for model in models),
        LedgerEntry.objects.count(),
        BusinessTransaction.objects.count(),
        OutboxMessage.objects.count(),
    )


@contextmanager
def nothing_changed() -> Any:
    """Demand that all is as it was."""
    before = standing()
    yield
    assert standing() == before


def refused(
    api: RestClient, path: str, code: str, parameter: str | None = None, status: int = 400, **body: Any
) -> dict[str, Any]:
    """Post, and demand a refusal that changes nothing; return the problem."""
    with nothing_changed():
        return problem(api.post(path, **body), status, code, parameter)


def as_system(work: Any) -> Any:
    """Do what has no operation, under a Business Transaction, and return what came of it."""
    made: list[Any] = []

    def keep() -> Touched:
        made.append(work())
        return Touched([])

    door.record("Arrange", system_change("tests"), None, keep)
    return made[0]


def world(api: RestClient) -> None:
    """Make the customer cust-1 with the account acc-1 in EUR and the subscriber s-1."""
    api.done("/customers/create", externalId="cust-1", customerProfile="b2b")
    api.done("/accounts/create", externalId="acc-1", accountProfile="postpaid", customer={"externalId": "cust-1"})
    subscriber("s-1", "acc-1")


def subscriber(external_id: str, account: str, state: str = "ACTIVE") -> Subscriber:
    """Make a subscriber below an account."""
    reason = StateReason.objects.get(code=f"dflt{state.capitalize()}")
    return as_system(
        lambda: Subscriber.objects.create(
            account=Account.objects.get(external_id=account),
            external_id=external_id,
            state=state,
            state_reason=reason,
            state_valid_from=LONG_AGO,
        )
    )


def account(api: RestClient, external_id: str, currency: str = "EUR", **fields: Any) -> None:
    """Make an account of cust-1 in a currency."""
    body = {"accountProfile": "postpaid", "customer": {"externalId": "cust-1"}, "currency": currency, **fields}
    api.done("/accounts/create", externalId=external_id, **body)


def end(model: type[Any], external_id: str) -> None:
    """Put an entity into its final state as an older cascade might have left it: alone."""
    reason = StateReason.objects.get(code="dfltDeactivated")

    def work() -> None:
        entity = model.objects.get(external_id=external_id)
        entity.state, entity.state_reason, entity.version = "DEACTIVATED", reason, entity.version + 1
        entity.save()

    as_system(work)


def offer(code: str, *services: tuple[str, str], individual: bool = False, counts_up: bool = False) -> Offer:
    """Configure an offer of services, each with its code and type."""

    def work() -> Offer:
        product = Product.objects.create(code=code, name=code)
        for name, kind in services:
            made, _ = Service.objects.get_or_create(
                code=name, defaults={"name": name, "type": kind, "balance_deducted": not counts_up}
            )
            ProductService.objects.create(product=product, service=made)
        return Offer.objects.create(code=code, name=code, product=product, individual=individual)

    return as_system(work)


def version(
    of: Offer,
    number: int = 1,
    currency: str | None = None,
    values: dict[str, dict[str, Any]] | None = None,
    **validity: Any,
) -> OfferVersion:
    """Configure a version of an offer, with the values of its services by code."""

    def work() -> OfferVersion:
        made = OfferVersion.objects.create(
            offer=of,
            number=number,
            currency=Currency.objects.get(code=currency) if currency else None,
            **{"valid_from": LONG_AGO, **validity},
        )
        for link in of.product.product_services.select_related("service"):
            given = (values or {}).get(link.service.code, {})
            OfferService.objects.create(version_of=made, service=link.service, values=given)
        return made

    return as_system(work)


def subscribe(api: RestClient, kind: str = "account", on: str | None = None, **body: Any) -> HttpResponse:
    """Subscribe to dataBundle10, or whatever the body says, on an owner of the kind."""
    collection, external_id = OWNERS[kind]
    given = {kind: {"externalId": on or external_id}, "offer": "dataBundle10", "state": ACTIVE, **body}
    return api.post(f"{collection}/create-subscription", **given)


def subscribed(api: RestClient, kind: str = "account", on: str | None = None, **body: Any) -> dict[str, Any]:
    """Subscribe, demand success, and return the subscription."""
    response = subscribe(api, kind, on, **body)
    assert response.status_code == 200, response.content
    made: dict[str, Any] = response.json()[0]["object"]
    return made
