"""Customers: columns, constraints, history."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from ocsportal.entities.models import ConfigurationItem, Entity, StateReason, rests_on_reasons
from ocsportal.entities.states import FIRST_STATES, State
from ocsportal.transactions.history import tracked_history

CONTACT_FIELDS = (
    "name", "email", "phone", "address_line1", "address_line2", "postal_code", "city", "country", "language", "tax_number",
)  # fmt: skip


class CustomerSegment(ConfigurationItem):
    """A group of customers that is served alike, such as business or private."""

    history = tracked_history()


class CustomerProfile(ConfigurationItem):
    """What a new customer gets unless the request says otherwise. Changing it later changes no customer."""

    segment = models.ForeignKey(CustomerSegment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, choices=[(s.value, s.label) for s in FIRST_STATES], default=State.ACTIVE)
    state_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT, related_name="+")

    history = tracked_history()

    def clean(self) -> None:
        """Demand that the reason belongs to the state."""
        reason = StateReason.objects.filter(pk=self.state_reason_id).first()
        if reason and reason.state != self.state:
            raise ValidationError({"state_reason": f"{reason} is a reason for {reason.state}."})


class Customer(Entity):
    """A person or company that owns accounts; it exists even for a private prepaid number."""

    subordinates: ClassVar[tuple[str, ...]] = ("accounts", "subscriptions")
    tree_top: ClassVar[bool] = True
    searched_name: ClassVar[str] = "contact_name"
    searched: ClassVar[tuple[str, ...]] = (
        "contact_email", "contact_phone", "contact_address_line1", "contact_address_line2", "contact_postal_code",
        "contact_city", "contact_tax_number",
    )  # fmt: skip

    profile = models.ForeignKey(CustomerProfile, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    segment = models.ForeignKey(CustomerSegment, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    test_customer = models.BooleanField(default=False)

    contact_name = models.CharField(max_length=255, blank=True)
    contact_email = models.CharField(max_length=254, blank=True)
    contact_phone = models.CharField(max_length=16, blank=True)
    contact_address_line1 = models.CharField(max_length=255, blank=True)
    contact_address_line2 = models.CharField(max_length=255, blank=True)
    contact_postal_code = models.CharField(max_length=20, blank=True)
    contact_city = models.CharField(max_length=100, blank=True)
    contact_country = models.CharField(max_length=2, blank=True)
    contact_language = models.CharField(max_length=35, blank=True)
    contact_tax_number = models.CharField(max_length=60, blank=True)

    history = tracked_history(
        excluded_fields=["search_text"],
        no_db_index=["profile", "segment", "state_reason", "plan_reason", "last_plan_reason", "ref_id", "external_id"],
    )

    class Meta(Entity.Meta):
        indexes = [
            *Entity.Meta.indexes,
            models.Index(fields=["contact_phone"], name="customer_phone", condition=~Q(contact_phone="")),
            # With the key behind it, so that a list is read in its order (docs/adr/0020-indexes-of-lists.md).
            models.Index(fields=["segment", "id"], name="customer_segment", condition=Q(segment__isnull=False)),
            models.Index(fields=["id"], name="customer_test", condition=Q(test_customer=True)),
        ]

    def __str__(self) -> str:
        return self.custom_name or self.contact_name or self.external_id or self.ref_id


rests_on_reasons(CustomerProfile)
rests_on_reasons(Customer)
