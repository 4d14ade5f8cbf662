"""The draft's configuration."""

from django.db import models

from ocsportal.entities.identity import make_ref_id


class Item(models.Model):
    """A configured item."""

    ref_id = models.CharField(max_length=14, unique=True, default=make_ref_id)
    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=255)

    class Meta:
        abstract = True


class StateReason(Item):
    """Why something is in a state."""


class Segment(Item):
    """A group of customers, or of subscribers."""


class Profile(Item):
    """What a new customer gets."""

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT)
    state = models.CharField(max_length=12)
    state_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT)


class AccountType(Item):
    """Who pays."""

    payment_responsible = models.BooleanField(default=True)


class Currency(Item):
    """A currency."""


class BillCycle(Item):
    """When bills are made."""


class AccountProfile(Item):
    """What a new account gets."""

    account_type = models.ForeignKey(AccountType, on_delete=models.PROTECT)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT)
    bill_cycle = models.ForeignKey(BillCycle, on_delete=models.PROTECT)
    state = models.CharField(max_length=12)
    state_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT)
    customer_profile = models.ForeignKey(Profile, on_delete=models.PROTECT)


class ResourceType(Item):
    """A kind of number."""


class SubscriberProfile(Item):
    """What a new subscriber gets."""

    segment = models.ForeignKey(Segment, on_delete=models.PROTECT)
    state = models.CharField(max_length=12)
    state_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT)
    account_profile = models.ForeignKey(AccountProfile, on_delete=models.PROTECT, null=True)


class Service(Item):
    """A service that is counted by a balance."""


class Offer(Item):
    """What can be subscribed."""

    priority = models.IntegerField(default=100)


class OfferVersion(models.Model):
    """The values of an offer from a day on."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    valid_from = models.DateTimeField()


class OfferService(models.Model):
    """What a version of an offer grants of a service."""

    version = models.ForeignKey(OfferVersion, on_delete=models.PROTECT, related_name="services")
    service = models.ForeignKey(Service, on_delete=models.PROTECT)
    granted = models.DecimalField(max_digits=18, decimal_places=6)
    units = models.CharField(max_length=10)
    thresholds = models.JSONField(default=list)
