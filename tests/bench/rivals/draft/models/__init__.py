"""The draft's tables."""

from tests.bench.rivals.draft.models.configuration import (
    AccountProfile,
    AccountType,
    BillCycle,
    Currency,
    Offer,
    OfferService,
    OfferVersion,
    Profile,
    ResourceType,
    Segment,
    Service,
    StateReason,
    SubscriberProfile,
)
from tests.bench.rivals.draft.models.customers import Customer, Request
from tests.bench.rivals.draft.models.entities import Account, Balance, LedgerEntry, Resource, Subscriber, Subscription

__all__ = [
    "Account",
    "AccountProfile",
    "AccountType",
    "Balance",
    "BillCycle",
    "Currency",
    "Customer",
    "LedgerEntry",
    "Offer",
    "OfferService",
    "OfferVersion",
    "Profile",
    "Request",
    "Resource",
    "ResourceType",
    "Segment",
    "Service",
    "StateReason",
    "Subscriber",
    "SubscriberProfile",
    "Subscription",
]
