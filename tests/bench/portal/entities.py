"""The portal's trees: accounts, subscribers and subscriptions below customers, made by few statements."""

from collections.abc import Iterable, Sequence
from typing import Any

from accounts.models import Account, AccountProfile
from customers.models import Customer, CustomerProfile
from ocsportal.entities.models import StateReason
from offers.models import Offer, Subscription
from subscribers.models import ResourceType, Subscriber, SubscriberProfile
from tests.bench.portal.data import standing


def new_customers(external_ids: Iterable[str]) -> list[Customer]:
    """Make customers."""
    profile = CustomerProfile.objects.get(code="b2b")
    given = {"profile": profile, "segment": profile.segment, **standing(profile.state_reason)}
    return Customer.objects.bulk_create(
        [Customer(external_id=name, custom_name=name, **given) for name in external_ids]
    )


def new_accounts(customers: Sequence[Customer], parents: Sequence[Account | None] | None = None) -> list[Account]:
    """Make an account for each of the customers, below a parent where there is one."""
    profile = AccountProfile.objects.select_related("account_type", "bill_cycle", "currency", "state_reason").get(
        code="postpaid"
    )
    given = {
        "profile": profile, "account_type": profile.account_type, "bill_cycle": profile.bill_cycle,
        "currency": profile.currency, **standing(profile.state_reason),
    }  # fmt: skip
    above = parents or [None] * len(customers)
    return Account.objects.bulk_create(
        [
            Account(customer=customer, parent=parent, cycle_valid_from=given["state_valid_from"], **given)
            for customer, parent in zip(customers, above, strict=True)
        ]
    )


def new_subscribers(accounts: Sequence[Account], first_number: int) -> list[Subscriber]:
    """Make a subscriber with a phone number on each of the accounts."""
    profile = SubscriberProfile.objects.select_related("segment", "state_reason").get(code="mobile")
    kind = ResourceType.objects.get(code="MSISDN")
    given = {"profile": profile, "segment": profile.segment, "primary_resource_type": kind} | standing(
        profile.state_reason
    )
    return Subscriber.objects.bulk_create(
        [
            Subscriber(account=account, live_resources={kind.code: f"{first_number + number}"}, **given)
            for number, account in enumerate(accounts)
        ]
    )


def new_subscriptions(owners: Sequence[tuple[str, Any]], prefix: str = "") -> list[Subscription]:
    """Subscribe each owner, named by its level, to the data bundle; without balances. With a prefix they can be named."""
    offer = Offer.objects.get(code="dataBundle10")
    given = {
        "offer": offer,
        "offer_version": offer.versions.get(number=1),
        **standing(StateReason.objects.get(code="dfltActive")),
    }
    return Subscription.objects.bulk_create(
        [
            Subscription(**{level: owner}, external_id=f"{prefix}{number}" if prefix else None, **given)
            for number, (level, owner) in enumerate(owners)
        ]
    )
