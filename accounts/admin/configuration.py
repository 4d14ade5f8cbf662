"""What accounts are configured with, in the back office: types, segments, currencies, bill cycles, profiles."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import AccountProfile, AccountSegment, AccountType, BillCycle, Currency
from ocsportal.backoffice.tracked import ConfigurationAdmin
from ocsportal.entities.models import StateReason
from ocsportal.entities.states import FIRST_STATES


@admin.register(AccountType)
class AccountTypeAdmin(ConfigurationAdmin):
    """Account types."""

    list_display = ("name", "code", "payment_responsible", "description")


@admin.register(AccountSegment)
class AccountSegmentAdmin(ConfigurationAdmin):
    """Account segments."""


@admin.register(Currency)
class CurrencyAdmin(ConfigurationAdmin):
    """Currencies."""

    list_display = ("name", "code", "digits", "primary")


@admin.register(BillCycle)
class BillCycleAdmin(ConfigurationAdmin):
    """Bill cycles."""

    list_display = ("name", "code", "every", "begins", "individual")
    list_filter = ("period", "individual")
    fieldsets = (
        (None, {"fields": ("code", "name", "description")}),
        ("How long a period is", {"fields": ("type", "duration", "period")}),
        (
            "When a period begins",
            {"fields": ("billing_day", "billing_month", "billing_year", "offset_hours", "individual")},
        ),
        ("How it starts", {"fields": ("start_automatically",)}),
    )

    @admin.display(description="every")
    def every(self, cycle: BillCycle) -> str:
        """Return how long a period is: `2 weeks`."""
        unit = cycle.get_period_display().lower()
        return unit.removesuffix("s") if cycle.duration == 1 else f"{cycle.duration} {unit}"

    @admin.display(description="begins")
    def begins(self, cycle: BillCycle) -> str:
        """Return the day, month and hour at which periods begin."""
        parts = [
            f"{word} {value}"
            for word, value in (
                ("day", cycle.billing_day),
                ("month", cycle.billing_month),
                ("year", cycle.billing_year),
            )
            if value is not None
        ]
        if cycle.individual:
            parts.append("the account's own")
        if cycle.offset_hours:
            parts.append(f"{cycle.offset_hours}:00")
        return ", ".join(parts) or "–"


@admin.register(AccountProfile)
class AccountProfileAdmin(ConfigurationAdmin):
    """Account profiles."""

    list_display = ("name", "code", "account_type", "segment", "bill_cycle", "currency", "state", "customer_profile")
    list_select_related = ("account_type", "segment", "bill_cycle", "currency", "customer_profile")
    fieldsets = (
        (None, {"fields": ("code", "name", "description")}),
        ("What the account is", {"fields": ("account_type", "payment_responsible", "segment")}),
        ("How it is billed", {"fields": ("bill_cycle", "currency")}),
        ("How it starts", {"fields": ("state", "state_reason", "customer_profile")}),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: object) -> Any:
        """Offer only the reasons of states that an account can begin in."""
        if db_field.name == "state_reason":
            kwargs["queryset"] = StateReason.objects.filter(state__in=FIRST_STATES)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
