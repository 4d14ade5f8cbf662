"""A customer, an account and a subscriber with subscriptions, for the tests of the pages of offers and balances."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts import operations as account_operations
from balances import operations as balance_operations
from balances.models import AdjustmentLimit, Balance, LedgerEntry
from balances.operations.updating import Adjustment
from customers import operations as customer_operations
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people.groups import CARE
from ocsportal.transactions import door
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from offers import operations
from offers.models import Subscription
from offers.operations.plain import BY_OWNER
from subscribers import operations as subscriber_operations

ACTIVE = NewState(state="ACTIVE", state_reason="dfltActive")
OWNERS = {"customer": "cust-1", "account": "acc-1", "subscriber": "s-1"}
ADD = "/admin/offers/subscription/add/"


@pytest.fixture
def owners(change: Any) -> dict[str, Any]:
    """Make Nordwind with an account that pays in EUR and a subscriber below it; return them by kind."""
    customer_operations.create_customer(
        change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind GmbH"
    )
    account_operations.create_account(
        change(),
        external_id="acc-1",
        custom_name="Germany",
        customer=Ref(external_id="cust-1"),
        account_profile="postpaid",
    )
    subscriber_operations.create_subscriber(
        change(),
        external_id="s-1",
        custom_name="Jana Weiss",
        account=Ref(external_id="acc-1"),
        subscriber_profile="mobile",
    )
    found = {}
    for kind, operation in (
        ("customer", customer_operations.read_customer),
        ("account", account_operations.read_account),
        ("subscriber", subscriber_operations.read_subscriber),
    ):
        found[kind] = operation.model.objects.get(external_id=OWNERS[kind])  # type: ignore[attr-defined]
    return found


def subscribe(change: Any, external_id: str = "sub-1", kind: str = "account", **given: Any) -> Subscription:
    """Subscribe to dataBundle10, or to what is given."""
    BY_OWNER[kind](
        change(),
        **{kind: Ref(external_id=OWNERS[kind])},
        **{"offer": "dataBundle10", "external_id": external_id, "state": ACTIVE, **given},
    )
    return Subscription.objects.get(external_id=external_id)


def individual(change: Any, offer: str, external_id: str = "ind-1", **attributes: Any) -> Subscription:
    """Subscribe the account to an individual offer of one service."""
    service = subscription_type(offer)
    operations.SPECIAL[service](
        change(),
        account=Ref(external_id="acc-1"),
        offer=offer,
        external_id=external_id,
        state=ACTIVE,
        attributes=attributes,
    )
    return Subscription.objects.get(external_id=external_id)


def subscription_type(offer: str) -> Any:
    """Return the type of the only service of an offer."""
    from offers.models import Offer, ServiceType
    from offers.operations.services import services_of

    return ServiceType(services_of(Offer.objects.get(code=offer))[0].type)


def adjust(change: Any, external_id: str, service: str, amount: str, **options: Any) -> None:
    """Adjust a balance by a difference."""
    balance_operations.update_subscription_balance(
        change(**options),
        subscription=Ref(external_id=external_id),
        item=Adjustment(service=service, adjustment=amount),
    )


def balance(external_id: str = "sub-1", service: str = "data") -> Balance:
    """Return a balance as it stands."""
    return Balance.objects.get(subscription__external_id=external_id, service__code=service)


def limit(unit: str, each: str | None, day: str | None) -> None:
    """Limit what Customer Care may adjust."""
    row = AdjustmentLimit(
        group=Group.objects.get(name=CARE),
        unit=unit,
        per_adjustment=None if each is None else Decimal(each),
        per_day=None if day is None else Decimal(day),
    )

    def work() -> Touched:
        row.save()
        return Touched([row])

    door.record("AddAdjustmentLimit", system_change("tests"), None, work)


def page_of(entity: Any, what: str = "change") -> str:
    """Return the address of an entity's page, of its history, or of one of its verbs."""
    name = f"admin:{entity._meta.app_label}_{entity._meta.model_name}"
    if what in ("change", "history"):
        return reverse(f"{name}_{what}", args=[entity.pk])
    return reverse(f"{name}_verb", args=[entity.pk, what])


def written() -> Any:
    """Return everything that a refused attempt must leave alone."""
    return (
        list(Subscription.objects.order_by("pk").values()),
        list(Balance.objects.order_by("pk").values()),
        LedgerEntry.objects.count(),
        BusinessTransaction.objects.count(),
        OutboxMessage.objects.count(),
    )
