"""The draft's entities below the customer: the columns as the portal has them, with the library's history."""

from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from ocsportal.entities.identity import make_ref_id
from tests.bench.rivals.draft.models.configuration import (
    AccountProfile,
    AccountType,
    BillCycle,
    Currency,
    Offer,
    OfferVersion,
    ResourceType,
    Segment,
    Service,
    StateReason,
    SubscriberProfile,
)
from tests.bench.rivals.draft.models.customers import Customer


class Entity(models.Model):
    """What they have in common."""

    ref_id = models.CharField(max_length=14, unique=True, default=make_ref_id, editable=False)
    external_id = models.CharField(max_length=255, unique=True, null=True)
    custom_name = models.CharField(max_length=255, blank=True)
    custom_attributes = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, blank=True, db_index=True)
    state_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT, null=True, related_name="+")
    state_valid_from = models.DateTimeField(default=timezone.now)
    state_imposed_by = models.CharField(max_length=40, blank=True)
    plan_state = models.CharField(max_length=12, blank=True)
    plan_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT, null=True, related_name="+")
    plan_valid_from = models.DateTimeField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        abstract = True


class Account(Entity):
    """What is billed."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="accounts")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    profile = models.ForeignKey(AccountProfile, on_delete=models.PROTECT, null=True)
    account_type = models.ForeignKey(AccountType, on_delete=models.PROTECT)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    bill_cycle = models.ForeignKey(BillCycle, on_delete=models.PROTECT)
    cycle_valid_from = models.DateTimeField(default=timezone.now)
    test_account = models.BooleanField(default=False)
    tax_exemption = models.BooleanField(default=False)
    tax_residence = models.CharField(max_length=60, blank=True)
    preferences = models.JSONField(default=dict, blank=True)

    history = HistoricalRecords()


class Subscriber(Entity):
    """Who uses the network."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscribers")
    profile = models.ForeignKey(SubscriberProfile, on_delete=models.PROTECT, null=True)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True)
    primary_resource_type = models.ForeignKey(ResourceType, on_delete=models.PROTECT, null=True)

    history = HistoricalRecords()


class Resource(models.Model):
    """By what the network knows a subscriber."""

    ref_id = models.CharField(max_length=14, unique=True, default=make_ref_id, editable=False)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="resources")
    resource_type = models.ForeignKey(ResourceType, on_delete=models.PROTECT)
    value = models.CharField(max_length=255)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_to = models.DateTimeField(null=True)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["value", "resource_type"], condition=models.Q(valid_to=None), name="draft_resource_unique"
            )
        ]


class Subscription(Entity):
    """An offer that somebody has."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="subscriptions")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="subscriptions")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, null=True, related_name="subscriptions")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT)
    offer_version = models.ForeignKey(OfferVersion, on_delete=models.PROTECT)
    priority = models.IntegerField(null=True)

    history = HistoricalRecords()


class Balance(models.Model):
    """What is left."""

    ref_id = models.CharField(max_length=14, unique=True, default=make_ref_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="balances")
    service = models.ForeignKey(Service, on_delete=models.PROTECT)
    units = models.CharField(max_length=10)
    granted = models.DecimalField(max_digits=18, decimal_places=6)
    actual = models.DecimalField(max_digits=18, decimal_places=6)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_to = models.DateTimeField(null=True)
    thresholds = models.JSONField(default=list, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()


class LedgerEntry(models.Model):
    """A change of a balance."""

    balance = models.ForeignKey(Balance, on_delete=models.PROTECT, related_name="ledger")
    amount = models.DecimalField(max_digits=18, decimal_places=6)
    before = models.DecimalField(max_digits=18, decimal_places=6)
    after = models.DecimalField(max_digits=18, decimal_places=6)
    reason = models.CharField(max_length=1000, blank=True)
    user = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)
