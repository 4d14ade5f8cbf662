"""The catalogue: services make products, products make offers, offers come in versions (docs/offers.md)."""

from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Prefetch, Q
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.models import Currency
from ocsportal.entities.in_use import rests
from ocsportal.entities.models import ConfigurationItem
from ocsportal.transactions.history import Tracked, tracked_history


class ServiceType(models.TextChoices):
    """What a service does to a bill or a balance."""

    ONE_TIME_FEE = "ONE_TIME_FEE", "One-time fee"
    RECURRENT_FEE = "RECURRENT_FEE", "Recurrent fee"
    ABSOLUTE_DISCOUNT = "ABSOLUTE_DISCOUNT", "Absolute discount"
    PERCENTAGE_DISCOUNT = "PERCENTAGE_DISCOUNT", "Percentage discount"
    ABSOLUTE_BILLING_DISCOUNT = "ABSOLUTE_BILLING_DISCOUNT", "Absolute billing discount"
    PERCENTAGE_BILLING_DISCOUNT = "PERCENTAGE_BILLING_DISCOUNT", "Percentage billing discount"
    BALANCE = "BALANCE", "Balance"
    MONETARY_BALANCE = "MONETARY_BALANCE", "Monetary balance"


IN_USE = "This has subscriptions and can't be changed; create a new version instead."
HAS_VALUES = "Offer versions have values of this type; create another service for another type."
GROWN = (
    "An individual offer of this product has subscriptions, which this would make impossible; create another product."
)
BALANCE_TYPES = (ServiceType.BALANCE, ServiceType.MONETARY_BALANCE)


class UnitsOfMeasurement(models.TextChoices):
    """What a balance that is no money counts."""

    EVENT = "EVENT", "Events"
    SECOND = "SECOND", "Seconds"
    MINUTE = "MINUTE", "Minutes"
    HOUR = "HOUR", "Hours"
    DAY = "DAY", "Days"
    BYTE = "BYTE", "Bytes"
    KILOBYTE = "KILOBYTE", "Kilobytes"
    MEGABYTE = "MEGABYTE", "Megabytes"
    GIGABYTE = "GIGABYTE", "Gigabytes"
    TERABYTE = "TERABYTE", "Terabytes"


def refuse_changes(row: Any, *columns: str) -> None:
    """Raise ValidationError when one of the columns of a row that is in use was given another value.

    The database holds the same by triggers; this says it at the field.
    """
    if not row.pk:
        return
    standing = type(row)._default_manager.filter(pk=row.pk).values(*columns).first()
    changed = [name for name in columns if standing and standing[name] != getattr(row, name)]
    if changed and row.in_use:
        raise ValidationError({name.removesuffix("_id"): IN_USE for name in changed})


class Service(ConfigurationItem):
    """A predefined function that products are put together from. In use, it keeps its type and direction."""

    type = models.CharField(max_length=30, choices=ServiceType.choices)
    balance_deducted = models.BooleanField(
        default=True, help_text="Balances only: counts down from what was granted. Otherwise it counts up from 0."
    )

    history = tracked_history()

    @property
    def in_use(self) -> bool:
        """Whether a subscribed offer has it."""
        links = ProductService.objects.filter(service=self.pk, product__offers__subscriptions__isnull=False)
        return bool(self.pk) and links.exists()

    def clean(self) -> None:
        """Refuse another type or direction for what a subscribed offer has, and another type for what has values."""
        refuse_changes(self, "type", "balance_deducted")
        others = type(self)._default_manager.filter(pk=self.pk).exclude(type=self.type)
        if self.pk and others.exists() and OfferService.objects.filter(service=self.pk).exists():
            raise ValidationError({"type": HAS_VALUES})


class Product(ConfigurationItem):
    """A template of one or more services."""

    history = tracked_history()

    @property
    def in_use(self) -> bool:
        """Whether an offer of it is subscribed."""
        return bool(self.pk) and self.offers.filter(subscriptions__isnull=False).exists()

    @property
    def complete(self) -> bool:
        """Whether an individual offer of it is subscribed: it has no versions' values that a new service could wait for."""
        return bool(self.pk) and self.offers.filter(individual=True, subscriptions__isnull=False).exists()


class ProductService(Tracked):
    """A service of a product."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="product_services")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")

    history = tracked_history()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "service"], name="productservice_once")]

    def __str__(self) -> str:
        return f"{self.product}: {self.service}"

    def clean(self) -> None:
        """Refuse a further service for the product of an individual offer that is subscribed."""
        if self.pk is None and self.product_id and self.product.complete:
            raise ValidationError(GROWN)


class Offer(ConfigurationItem):
    """A product with commercial values; only offers are subscribed."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="offers")
    individual = models.BooleanField(
        default=False, help_text="The commercial values come with each subscription instead of from a version."
    )
    priority = models.IntegerField(default=100, help_text="Lower numbers come first.")

    history = tracked_history()

    @property
    def in_use(self) -> bool:
        """Whether it is, or was ever, subscribed."""
        return bool(self.pk) and self.subscriptions.exists()

    # A page asks for them more than once; an offer that is remembered goes with the edition that it was read at.
    @cached_property
    def services(self) -> list[Service]:
        """The services of its product, in the order they were put together."""
        links = self.product.product_services.select_related("service").order_by("pk")
        return [link.service for link in links]

    def clean(self) -> None:
        """Refuse another product or kind for an offer that is subscribed."""
        refuse_changes(self, "product_id", "individual")


class OfferVersion(Tracked):
    """The commercial values of an offer within a time; a change of values is a new version."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_to = models.DateTimeField(null=True, blank=True, help_text="Empty: no end.")
    currency = models.ForeignKey(
        Currency,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty for offers without money, which fit any payer.",
    )

    # Loaded with a version that is to be remembered, by one statement: every subscription of it tells these values.
    kept_with: ClassVar[tuple[Prefetch, ...]]

    history = tracked_history()

    class Meta:
        ordering = ["offer", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "number"], name="offerversion_number"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="offerversion_validity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer}, version {self.number}"

    @property
    def in_use(self) -> bool:
        """Whether it is, or was ever, subscribed."""
        return bool(self.pk) and self.subscriptions.exists()

    def clean(self) -> None:
        """Demand an end after the start, and leave what is subscribed as it was."""
        refuse_changes(self, "offer_id", "number", "valid_from", "currency_id")
        if self.valid_to and self.valid_from and self.valid_to <= self.valid_from:
            raise ValidationError({"valid_to": "Must be after the start."})

    # A version is remembered with its services until anything of the catalogue changes, so each process looks once.
    @cached_property
    def rows(self) -> list["OfferService"]:
        """Its services with their values, in the order they were put together."""
        known = "services" in getattr(self, "_prefetched_objects_cache", {})
        return list(self.services.all() if known else self.services.select_related("service").order_by("pk"))

    @cached_property
    def service_values(self) -> dict[str, dict[str, object]]:
        """The values of its services, by the services' codes."""
        return {row.service.code: row.values for row in self.rows if isinstance(row.values, dict)}

    def covers(self, at: datetime) -> bool:
        """Whether the version may be subscribed at an instant."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


class OfferService(Tracked):
    """A service of an offer's version with its commercial values, by the names of its type's attributes."""

    version_of = models.ForeignKey(OfferVersion, on_delete=models.PROTECT, related_name="services")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    values = models.JSONField(default=dict, blank=True)

    history = tracked_history()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version_of", "service"], name="offerservice_once")]

    def __str__(self) -> str:
        return f"{self.version_of}: {self.service}"

    def clean(self) -> None:
        """Leave the values of a subscribed version as they were."""
        if self.version_of_id and self.version_of.in_use:
            raise ValidationError(IN_USE)


OfferVersion.kept_with = (Prefetch("services", OfferService.objects.select_related("service").order_by("pk")),)
rests(OfferVersion, ["currency"], Currency, "digits")
