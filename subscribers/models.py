"""Subscribers and their resources: columns, constraints, history."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Account, AccountProfile
from ocsportal.entities.in_use import rests
from ocsportal.entities.models import ConfigurationItem, Entity, Identified, StateReason, rests_on_reasons
from ocsportal.entities.states import FIRST_STATES, State
from ocsportal.transactions.history import PERSONAL, tracked_history
from ocsportal.values.kinds import RESOURCE_KIND_CHOICES
from subscribers import kinds
from subscribers.patterns import LONGEST_VALUE, pattern_fault

# Ten years: no numbering plan keeps a value for longer.
LONGEST_QUARANTINE = 3650

# What people read where a value was erased.
ERASED = "erased"


class SubscriberSegment(ConfigurationItem):
    """A group of subscribers that is served alike."""

    history = tracked_history()


class ResourceType(ConfigurationItem):
    """A kind of resource by which the network knows a subscriber: a number, a SIM, an address."""

    kind = models.CharField(
        max_length=5,
        choices=RESOURCE_KIND_CHOICES,
        default="TEXT",
        help_text="How values are understood, kept in one form and shown. It can't be changed once there are values.",
    )
    primary = models.BooleanField(default=False, help_text="The kind that a subscriber is known by; one at most is.")
    pattern = models.CharField(
        max_length=500, blank=True, help_text="A regular expression that a value, as it is kept, must match as a whole."
    )
    quarantine_days = models.PositiveSmallIntegerField(
        "quarantine in days",
        default=0,
        validators=[MaxValueValidator(LONGEST_QUARANTINE)],
        help_text="For how long a freed value is kept from other subscribers; 0 for not at all.",
    )

    history = tracked_history()

    class Meta(ConfigurationItem.Meta):
        constraints = [
            models.UniqueConstraint(fields=["primary"], condition=Q(primary=True), name="resourcetype_one_primary")
        ]

    def clean(self) -> None:
        """Demand a pattern that can be used on whatever a request sends."""
        if fault := pattern_fault(self.pattern):
            raise ValidationError({"pattern": fault})


class SubscriberProfile(ConfigurationItem):
    """What a new subscriber gets unless the request says otherwise. Changing it later changes no subscriber."""

    segment = models.ForeignKey(SubscriberSegment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, choices=[(s.value, s.label) for s in FIRST_STATES], default=State.ACTIVE)
    state_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT, related_name="+")
    account_profile = models.ForeignKey(
        AccountProfile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Makes the account, and the customer if need be, when a request names none.",
    )

    history = tracked_history()

    def clean(self) -> None:
        """Demand that the reason belongs to the state."""
        reason = StateReason.objects.filter(pk=self.state_reason_id).first()
        if reason and reason.state != self.state:
            raise ValidationError({"state_reason": f"{reason} is a reason for {reason.state}."})


class Subscriber(Entity):
    """Who uses the network under an account, known to it by resources."""

    subordinates: ClassVar[tuple[str, ...]] = ("subscriptions",)
    superiors: ClassVar[tuple[str, ...]] = ("account",)
    cleared: ClassVar[dict[str, object]] = {"live_resources": {}}
    ends: ClassVar[tuple[str, ...]] = ("resources",)
    followed: ClassVar[tuple[str, ...]] = ("account__customer",)

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscribers", db_index=False)
    profile = models.ForeignKey(
        SubscriberProfile, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    segment = models.ForeignKey(
        SubscriberSegment, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    primary_resource_type = models.ForeignKey(
        ResourceType, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    # The live resources by the code of their type, as this version of the subscriber had them. The rows below hold
    # the rules; this keeps them in the subscriber's own history, and out of every list's joins.
    live_resources = models.JSONField(default=dict, blank=True, db_comment=PERSONAL)

    history = tracked_history(
        personal=True,
        excluded_fields=["search_text"],
        no_db_index=[
            "profile", "segment", "state_reason", "plan_reason", "last_plan_reason", "ref_id", "external_id", "account",
            "primary_resource_type",
        ]
    )  # fmt: skip

    class Meta(Entity.Meta):
        indexes = [
            *Entity.Meta.indexes,
            # With the key behind it, so that a list is read in its order (docs/adr/0020-indexes-of-lists.md).
            models.Index(fields=["account", "id"], name="subscriber_account"),
            models.Index(fields=["segment", "id"], name="subscriber_segment", condition=Q(segment__isnull=False)),
        ]

    @property
    def primary_resource(self) -> str | None:
        """The value that the subscriber is known by, such as the phone number."""
        kind = self.primary_resource_type
        return self.live_resources.get(kind.code) if kind else None

    @property
    def number(self) -> str:
        """The primary resource as it is read out, empty when there is none."""
        kind, value = self.primary_resource_type, self.primary_resource
        return kinds.shown(kind, value) if kind and value else ""

    def __str__(self) -> str:
        return self.custom_name or self.number or self.external_id or self.ref_id


class SubscriberResource(Identified):
    """A value by which the network knows a subscriber, from when to when."""

    tree_links: ClassVar[tuple[str, ...]] = ("subscriber",)
    dated: ClassVar[dict[str, tuple[str, ...]]] = {"valid_from": ("valid_from", "valid_to")}

    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="resources", db_index=False)
    resource_type = models.ForeignKey(ResourceType, on_delete=models.PROTECT, related_name="+", db_index=False)
    value = models.CharField(max_length=LONGEST_VALUE, db_comment=PERSONAL)
    valid_from = models.DateTimeField(default=timezone.now)
    # None while it is live.
    valid_to = models.DateTimeField(null=True)

    history = tracked_history(personal=True, no_db_index=["resource_type", "subscriber", "ref_id"])

    class Meta:
        default_permissions = ()
        constraints = [
            # Only the live ones: what is given back may be given out again, and a deactivation gives back.
            models.UniqueConstraint(
                fields=["value", "resource_type"], condition=Q(valid_to=None), name="resource_unique"
            ),
            # The type first: who has one of a rare type is read from it, in the order of subscribers.
            models.UniqueConstraint(
                fields=["resource_type", "subscriber"], condition=Q(valid_to=None), name="resource_one_per_type"
            ),
            # Only an erasure leaves nothing, and it finds none alive.
            models.CheckConstraint(condition=Q(valid_to__isnull=False) | ~Q(value=""), name="resource_live_not_empty"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="resource_ends_after_its_start"
            ),
        ]
        indexes = [
            models.Index(fields=["value", "id"], name="resource_value"),
            models.Index(fields=["subscriber", "id"], name="resource_subscriber"),
            models.Index(fields=["resource_type", "id"], name="resource_type"),
            models.Index(fields=["id"], name="resource_former", condition=Q(valid_to__isnull=False)),
        ]

    @property
    def shown(self) -> str:
        """The value as it is read out."""
        return kinds.shown(self.resource_type, self.value) if self.value else ERASED

    def __str__(self) -> str:
        return f"{self.resource_type.name} {self.shown}"


rests_on_reasons(SubscriberProfile)
rests_on_reasons(Subscriber)
# Values are kept in the canonical form of the kind.
rests(SubscriberResource, ["resource_type"], ResourceType, "kind")
