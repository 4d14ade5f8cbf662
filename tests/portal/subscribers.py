"""What the tests of subscribers' pages share: a subscriber in a state, and where its pages are."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Account
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from subscribers import operations
from subscribers.models import Subscriber
from tests.subscribers.conftest import MSISDN

LIST, ADD = "/admin/subscribers/subscriber/", "/admin/subscribers/subscriber/add/"
REF = Ref(external_id="s-1")


@pytest.fixture(name="account")
def an_account(change: Any) -> Account:
    from accounts.operations import create_account
    from customers.operations import create_customer

    create_customer(change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind")
    customer = Ref(external_id="cust-1")
    create_account(change(), external_id="acc-1", account_profile="postpaid", customer=customer, custom_name="Fleet")
    return Account.objects.get()


@pytest.fixture(name="make")
def makes(change: Any, account: Account) -> Any:
    """Make a subscriber with a number, in a state."""

    def made(state: str = "ACTIVE", external_id: str = "s-1", number: str = MSISDN, **more: Any) -> Subscriber:
        first = "INACTIVE" if state == "INACTIVE" else "ACTIVE"
        operations.create_subscriber(
            change(),
            **{
                "account": Ref(ref_id=account.ref_id),
                "subscriber_profile": "mobile",
                "external_id": external_id,
                "primary_resource_type": "MSISDN",
                "primary_resource": number,
                "state": NewState(state=first, state_reason=f"dflt{first.capitalize()}"),
                **more,
            },
        )
        ref = Ref(external_id=external_id)
        late = change().at.replace(year=2099) if state == "PLANNED" else None
        if state in ("SUSPENDED", "PLANNED"):
            new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late, pending=bool(late))
            operations.update_subscriber_state(change(), subscriber=ref, state=new)
        if state == "WITH-SIM":
            sim = {"resource_type": "ICCID", "resource": "8949020000001234567"}
            operations.create_subscriber_resource(change(), subscriber=ref, **sim)
        if state == "BESIDE":
            made(external_id="s-9", number="491705550199")
        return Subscriber.objects.get(external_id=external_id)

    return made


def address(subscriber: Subscriber, slug: str) -> str:
    return reverse("admin:subscribers_subscriber_verb", args=[subscriber.pk, slug])


def page(subscriber: Subscriber) -> str:
    return reverse("admin:subscribers_subscriber_change", args=[subscriber.pk])
