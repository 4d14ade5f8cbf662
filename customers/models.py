"""Customers: columns, constraints, history."""

from datetime import datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from ocsportal.entities.models import ConfigurationItem, Entity, Identified, StateReason, rests_on_reasons
from ocsportal.entities.states import FIRST_STATES, State
from ocsportal.transactions.history import PERSONAL, tracked_history

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
    erased_at = models.DateTimeField(null=True, help_text="When all that is personal was taken out, here and below.")

    contact_name = models.CharField(max_length=255, blank=True, db_comment=PERSONAL)
    contact_email = models.CharField(max_length=254, blank=True, db_comment=PERSONAL)
    contact_phone = models.CharField(max_length=16, blank=True, db_comment=PERSONAL)
    contact_address_line1 = models.CharField(max_length=255, blank=True, db_comment=PERSONAL)
    contact_address_line2 = models.CharField(max_length=255, blank=True, db_comment=PERSONAL)
    contact_postal_code = models.CharField(max_length=20, blank=True, db_comment=PERSONAL)
    contact_city = models.CharField(max_length=100, blank=True, db_comment=PERSONAL)
    contact_country = models.CharField(max_length=2, blank=True, db_comment=PERSONAL)
    contact_language = models.CharField(max_length=35, blank=True, db_comment=PERSONAL)
    contact_tax_number = models.CharField(max_length=60, blank=True, db_comment=PERSONAL)

    history = tracked_history(
        personal=True,
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


class CustomerNote(Identified):
    """What an agent wants the next one to know of a customer; an alert stands on top of every page below, too."""

    tree_links: ClassVar[tuple[str, ...]] = ("customer",)

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="notes", db_index=False)
    text = models.TextField(db_comment=PERSONAL)
    alert = models.BooleanField(default=False)
    until = models.DateTimeField(null=True, help_text="From then on it is over; empty for until it is closed.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150, help_text="Copied, so that it outlives a change of the user's name.")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)

    history = tracked_history(personal=True, no_db_index=["customer", "ref_id"])

    class Meta:
        default_permissions = ()
        # Only an erasure leaves nothing, and it closes what is open.
        constraints = [
            models.CheckConstraint(condition=Q(closed_at__isnull=False) | ~Q(text=""), name="note_open_not_empty")
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="note_customer"),
            # What every page below the customer asks for.
            models.Index(fields=["customer"], name="note_alert", condition=Q(alert=True, closed_at=None)),
        ]

    def is_open(self, at: datetime) -> bool:
        """Whether it is neither closed nor over at an instant."""
        return self.closed_at is None and (self.until is None or at < self.until)

    def __str__(self) -> str:
        if not self.text:
            return "erased"
        return self.text if len(self.text) <= 60 else f"{self.text[:60]}…"


rests_on_reasons(CustomerProfile)
rests_on_reasons(Customer)
