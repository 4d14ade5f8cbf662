"""The draft's configuration, its client, and what the works start from."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db.models import F, Sum
from rest_framework.authtoken.models import Token

from tests.bench.rivals.draft.models import (
    Account,
    AccountProfile,
    AccountType,
    Balance,
    BillCycle,
    Currency,
    Customer,
    Offer,
    OfferService,
    OfferVersion,
    Profile,
    ResourceType,
    Segment,
    Service,
    StateReason,
    SubscriberProfile,
    Subscription,
)
from tests.bench.rivals.draft.models.entities import LedgerEntry
from tests.bench.shapes import ACCOUNTS_PER_TREE, PURSE_COUNT, PURSES, SUBSCRIPTIONS_PER_TREE, TREES


def fill(customers: list[dict[str, str]]) -> str:
    """Make the configuration, the customers and one client with every permission on all of it; return its token."""
    reason = StateReason.objects.create(code="dfltActive", name="Active")
    StateReason.objects.create(code="dfltSuspended", name="Suspended")
    state = {"state": "ACTIVE", "state_reason": reason}
    segment = Segment.objects.create(code="b2b", name="Business")
    profile = Profile.objects.create(code="b2b", name="Business customer", segment=segment, **state)
    given = {"profile": profile, "segment": segment, **state}
    Customer.objects.bulk_create([Customer(**given, **fields) for fields in customers])
    _profiles(profile, segment, state)
    _catalogue()
    client = User.objects.create(username="bench")
    client.user_permissions.set(Permission.objects.filter(content_type__app_label="draft"))
    return Token.objects.create(user=client).key


def _profiles(customer: Profile, segment: Segment, state: dict[str, Any]) -> None:
    terms = {
        "account_type": AccountType.objects.create(code="payer", name="Payer"),
        "currency": Currency.objects.create(code="EUR", name="Euro"),
        "bill_cycle": BillCycle.objects.create(code="monthly1", name="Monthly, from the 1st"),
    }
    prepaid = AccountProfile.objects.create(code="prepaid", name="Prepaid", customer_profile=customer, **terms, **state)
    SubscriberProfile.objects.create(
        code="prepaidMobile", name="Prepaid mobile", segment=segment, account_profile=prepaid, **state
    )
    ResourceType.objects.create(code="MSISDN", name="Phone number")


def _catalogue() -> None:
    offer = Offer.objects.create(code="dataBundle10", name="Data bundle 10 GB")
    version = OfferVersion.objects.create(offer=offer, number=1, valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    for code, granted, units in (("data", 10240, "MEGABYTE"), ("voice", 300, "MINUTE")):
        service = Service.objects.create(code=code, name=code.capitalize())
        OfferService.objects.create(
            version=version, service=service, granted=granted, units=units, thresholds=["80", "95"]
        )


def new_accounts(owners: list[tuple[Customer, Account | None]]) -> list[Account]:
    """Make an account for each customer, below the other account where there is one."""
    profile = AccountProfile.objects.get(code="prepaid")
    given = {
        "profile": profile, "account_type": profile.account_type, "currency": profile.currency,
        "bill_cycle": profile.bill_cycle, "state": profile.state, "state_reason": profile.state_reason,
    }  # fmt: skip
    return Account.objects.bulk_create(
        [Account(customer=customer, parent=parent, **given) for customer, parent in owners]
    )


def new_subscriptions(owners: list[tuple[str, Any]], prefix: str = "") -> list[Subscription]:
    """Subscribe each owner, named by its level, to the data bundle."""
    version = OfferVersion.objects.select_related("offer").get()
    given = {"offer": version.offer, "offer_version": version, "state": "ACTIVE"}
    given["state_reason"] = StateReason.objects.get(code="dfltActive")
    return Subscription.objects.bulk_create(
        [
            Subscription(**{level: owner}, external_id=f"{prefix}{number}" if prefix else None, **given)
            for number, (level, owner) in enumerate(owners)
        ]
    )


def balances() -> None:
    """Subscribe customers to the data bundle, with its balances."""
    owners = Customer.objects.order_by("pk")[:PURSE_COUNT]
    terms = list(OfferService.objects.all())
    made = Balance.objects.bulk_create(
        [
            Balance(subscription=one, service_id=term.service_id, units=term.units, granted=term.granted,
                    actual=term.granted, thresholds=term.thresholds)
            for one in new_subscriptions([("customer", owner) for owner in owners], PURSES)
            for term in terms
        ]
    )  # fmt: skip
    LedgerEntry.objects.bulk_create(
        [LedgerEntry(balance=one, amount=one.actual, before=0, after=one.actual, user="bench") for one in made]
    )


def total() -> int:
    """Return the sum of the balances; raise when one of them is not the sum of its entries."""
    mine = Balance.objects.filter(subscription__external_id__startswith=PURSES)
    assert not mine.annotate(total=Sum("ledger__amount")).exclude(total=F("actual")).exists()
    return int(mine.aggregate(total=Sum("actual"))["total"])


def trees() -> None:
    """Make customers, each with accounts and subscriptions of its own, and subscriptions on the accounts."""
    like = Customer.objects.order_by("pk")[0]
    given = {"profile": like.profile, "segment": like.segment, "state": like.state, "state_reason": like.state_reason}
    customers = Customer.objects.bulk_create(
        [Customer(external_id=f"tree-{number}", custom_name=f"tree-{number}", **given) for number in range(TREES)]
    )
    accounts = new_accounts([(customer, None) for customer in customers for _ in range(ACCOUNTS_PER_TREE)])
    owners: list[tuple[str, Any]] = [
        ("customer", customer) for customer in customers for _ in range(SUBSCRIPTIONS_PER_TREE)
    ]
    new_subscriptions([*owners, *(("account", account) for account in accounts)])
