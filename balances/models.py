"""Balances, their ledger, and how much agents may move: columns, constraints, history."""

from typing import ClassVar

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from accounts.models import Currency
from balances.fields import ExactDecimal
from ocsportal.entities.in_use import rests
from ocsportal.entities.models import Identified
from ocsportal.people.models import User
from ocsportal.transactions.history import Tracked, tracked_history
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Service, Subscription, UnitsOfMeasurement


class Balance(Identified):
    """What a subscription has left of a service, or has used of it. It equals the sum of its ledger entries, always."""

    tree_links: ClassVar[tuple[str, ...]] = ("subscription",)
    dated: ClassVar[dict[str, tuple[str, ...]]] = {"valid_from": ()}

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="balances", db_index=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Exactly one of the two: what it counts, or the money it is in.
    units = models.CharField(max_length=10, choices=UnitsOfMeasurement.choices, blank=True)
    currency = models.ForeignKey(Currency, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    granted = ExactDecimal()
    actual = ExactDecimal()
    # True: counts down from what was granted. False: counts up from 0.
    deducted = models.BooleanField(default=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    thresholds = models.JSONField(default=list, blank=True)
    reject_when_exhausted = models.BooleanField(default=False)
    entries = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    history = tracked_history(no_db_index=["subscription", "service", "currency", "ref_id"])

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["subscription", "service"], name="balance_once_per_service"),
            models.CheckConstraint(condition=Q(actual__gte=0), name="balance_not_negative"),
            models.CheckConstraint(
                condition=Q(units="", currency__isnull=False) | (~Q(units="") & Q(currency=None)),
                name="balance_units_or_currency",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="balance_validity"
            ),
        ]
        # What a subscription has is found by the constraint; why the instant is indexed:
        # docs/adr/0020-indexes-of-lists.md.
        indexes = [
            models.Index(fields=["service", "id"], name="balance_service"),
            models.Index(fields=["changed_at", "id"], name="balance_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.service} of {self.subscription}"

    @property
    def unit(self) -> str:
        """What the balance is counted in: the currency's code, or the units."""
        return self.currency.code if self.currency else self.units


class LedgerEntry(models.Model):
    """One change of a balance's actual value. Never changed, never deleted: triggers refuse both, erasing the reason apart."""

    tree_links: ClassVar[tuple[str, ...]] = ("balance",)

    balance = models.ForeignKey(Balance, on_delete=models.PROTECT, related_name="ledger", db_index=False)
    number = models.PositiveIntegerField()
    amount = ExactDecimal()
    before = ExactDecimal()
    after = ExactDecimal()
    operation = models.CharField(max_length=60)
    reason = models.CharField(max_length=1000, blank=True)
    # What is bound to the Business Transaction in the reason's place; the salt goes with the reason.
    reason_digest = models.CharField(max_length=64, null=True)
    salt = models.CharField(max_length=32, null=True)
    actor_name = models.CharField(max_length=150)
    at = models.DateTimeField()
    transaction = models.ForeignKey(
        BusinessTransaction, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["balance", "number"], name="ledgerentry_number"),
            models.CheckConstraint(condition=Q(after=F("before") + F("amount")), name="ledgerentry_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.balance}, entry {self.number}"

    @property
    def why(self) -> str:
        """The reason as people read it; of entries from before that was noted nobody can tell whether it was erased."""
        if self.reason_digest is not None and self.salt is None:
            return "erased"
        return self.reason or "–"


class AdjustmentLimit(Tracked):
    """How much the agents of a group may move in one currency or unit, or in every other one that has no limit of its own.

    A group without any has no limits; a group with some may move nothing in a unit that none of them is for.
    """

    OTHERS: ClassVar[str] = "*"

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")
    unit = models.CharField(
        max_length=60,
        help_text="A currency or a unit; or every other one, without which the group may move nothing of what it has no "
        "limit for.",
    )
    per_adjustment = ExactDecimal(null=True, blank=True, help_text="The most at once. Empty: unlimited.")
    per_day = ExactDecimal(null=True, blank=True, help_text="The most per agent and day. Empty: unlimited.")

    history = tracked_history()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "unit"], name="adjustmentlimit_once")]
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return f"{self.group}, {self.unit_words}"

    @property
    def unit_words(self) -> str:
        """What it is a limit of."""
        return "every other unit" if self.unit == self.OTHERS else self.unit

    def clean(self) -> None:
        """Demand a unit that balances can be counted in, and amounts that can be kept to."""
        known = self.unit == self.OTHERS or self.unit in UnitsOfMeasurement.values
        if not known and not Currency.objects.filter(code=self.unit).exists():
            raise ValidationError({"unit": "Neither a configured currency nor a unit of measurement."})
        limits = {"per_adjustment": self.per_adjustment, "per_day": self.per_day}
        if wrong := [name for name, most in limits.items() if most is not None and most < 0]:
            raise ValidationError(dict.fromkeys(wrong, "Must be at least 0."))


class AmountMoved(models.Model):
    """How much a Business Transaction moved in a unit, of an actor whose groups have limits; what a day's limit adds up.

    Never changed, never deleted: triggers refuse both. It is no history: what was done is in the ledger and with the
    subscriptions.
    """

    transaction = models.ForeignKey(
        BusinessTransaction, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    unit = models.CharField(max_length=60)
    amount = ExactDecimal()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["actor", "unit", "at"], name="amountmoved_day")]

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


rests(Balance, ["currency"], Currency, "digits")
