"""Configuration of accounts: types, segments, currencies, bill cycles, profiles."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from accounts.periods import cycle_faults
from customers.models import CustomerProfile
from ocsportal.entities.in_use import rests
from ocsportal.entities.models import ConfigurationItem, StateReason, rests_on_reasons
from ocsportal.entities.states import FIRST_STATES, State
from ocsportal.transactions.constraints import name_constraint
from ocsportal.transactions.errors import Fault
from ocsportal.transactions.history import tracked_history

ONE_PRIMARY = "Another currency is the primary one."
name_constraint(
    "currency_one_primary",
    Fault("REQUEST-VALIDATION", "primary", ONE_PRIMARY),
    sqlite="accounts_currency.primary",
)


class AccountType(ConfigurationItem):
    """Whether accounts of this type pay themselves, or are technical and have a payer above them."""

    payment_responsible = models.BooleanField(
        default=True, help_text="Accounts of this type pay themselves. Technical ones have a payer above them."
    )

    history = tracked_history()


class AccountSegment(ConfigurationItem):
    """A group of accounts that is served alike."""

    history = tracked_history()


class Currency(ConfigurationItem):
    """A currency that accounts are kept in; its code is the ISO 4217 one."""

    digits = models.PositiveSmallIntegerField(default=2, help_text="Digits after the point: 2 for EUR, 0 for JPY.")
    primary = models.BooleanField(default=False, help_text="The operator's own currency; one is.")

    history = tracked_history()

    class Meta(ConfigurationItem.Meta):
        verbose_name_plural = "currencies"
        constraints = [
            models.CheckConstraint(condition=Q(digits__lte=6), name="currency_digits"),
            models.UniqueConstraint(fields=["primary"], condition=Q(primary=True), name="currency_one_primary"),
        ]

    def clean(self) -> None:
        """Demand that no other currency is the primary one; the constraint holds it when two are saved at once."""
        if self.primary and Currency.objects.filter(primary=True).exclude(pk=self.pk).exists():
            raise ValidationError({"primary": ONE_PRIMARY})


class CyclePeriod(models.TextChoices):
    """What a bill cycle's duration counts."""

    DAY = "DAY", "Days"
    WEEK = "WEEK", "Weeks"
    MONTH = "MONTH", "Months"
    YEAR = "YEAR", "Years"


class CycleType(models.TextChoices):
    """How a bill cycle's periods are made."""

    PERIODICAL = "PERIODICAL", "Periodical"


class BillCycle(ConfigurationItem):
    """How often an account is billed and on which day (docs/bill-cycles.md)."""

    type = models.CharField(max_length=10, choices=CycleType.choices, default=CycleType.PERIODICAL)
    duration = models.PositiveSmallIntegerField(default=1, help_text="How many periods one bill covers.")
    period = models.CharField(max_length=5, choices=CyclePeriod.choices, default=CyclePeriod.MONTH)
    billing_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Weeks: 1 is Monday, 7 Sunday. Months and years: 1 to 28."
    )
    billing_month = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Years: 1 to 12.")
    billing_year = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Cycles of several years: a year in which one starts."
    )
    start_automatically = models.BooleanField(default=True)
    offset_hours = models.PositiveSmallIntegerField(default=0, help_text="Hours after midnight at which periods begin.")
    individual = models.BooleanField(default=False, help_text="Each account brings its own billing day (month, year).")

    history = tracked_history()

    class Meta(ConfigurationItem.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(duration__gte=1, duration__lte=999), name="billcycle_duration"),
            models.CheckConstraint(condition=Q(offset_hours__lte=23), name="billcycle_offset"),
        ]

    def clean(self) -> None:
        """Demand values that a cycle can have."""
        faults = cycle_faults(
            period=self.period,
            duration=self.duration or 0,
            billing_day=self.billing_day,
            billing_month=self.billing_month,
            billing_year=self.billing_year,
            offset_hours=self.offset_hours or 0,
        )
        if faults:
            raise ValidationError(dict(faults))


class AccountProfile(ConfigurationItem):
    """What a new account gets unless the request says otherwise. Changing it later changes no account."""

    account_type = models.ForeignKey(AccountType, on_delete=models.PROTECT, related_name="+")
    segment = models.ForeignKey(AccountSegment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    bill_cycle = models.ForeignKey(BillCycle, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    currency = models.ForeignKey(
        Currency,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty for technical accounts, which have their payer's.",
    )
    payment_responsible = models.BooleanField(
        null=True, blank=True, help_text="Must agree with the account type; empty is as the type says."
    )
    state = models.CharField(max_length=12, choices=[(s.value, s.label) for s in FIRST_STATES], default=State.ACTIVE)
    state_reason = models.ForeignKey(StateReason, on_delete=models.PROTECT, related_name="+")
    customer_profile = models.ForeignKey(
        CustomerProfile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Makes the customer when a request names none.",
    )

    history = tracked_history()

    def clean(self) -> None:
        """Demand that payment responsibility agrees with the type, and the reason with the state."""
        errors: dict[str, object] = {}
        kind = AccountType.objects.filter(pk=self.account_type_id).first()
        if kind and self.payment_responsible not in (None, kind.payment_responsible):
            errors["payment_responsible"] = f"{kind} says otherwise."
        reason = StateReason.objects.filter(pk=self.state_reason_id).first()
        if reason and reason.state != self.state:
            errors["state_reason"] = f"{reason} is a reason for {reason.state}."
        if errors:
            raise ValidationError(errors)


rests_on_reasons(AccountProfile)
rests(AccountProfile, ["account_type"], AccountType, "payment_responsible", where=Q(payment_responsible__isnull=False))
