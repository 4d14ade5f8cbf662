"""What subscribers are configured with, in the back office: segments, profiles, resource types."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ocsportal.backoffice.tracked import ConfigurationAdmin
from ocsportal.entities.models import StateReason
from ocsportal.entities.states import FIRST_STATES
from subscribers.models import ResourceType, SubscriberProfile, SubscriberSegment


@admin.register(SubscriberSegment)
class SubscriberSegmentAdmin(ConfigurationAdmin):
    """Subscriber segments."""


@admin.register(ResourceType)
class ResourceTypeAdmin(ConfigurationAdmin):
    """Resource types."""

    list_display = ("name", "code", "kind", "primary", "pattern", "quarantine_days", "description")
    fieldsets = (
        (None, {"fields": ("code", "name", "description")}),
        ("What a value is", {"fields": ("kind", "pattern", "primary")}),
        ("When it is given back", {"fields": ("quarantine_days",)}),
    )


@admin.register(SubscriberProfile)
class SubscriberProfileAdmin(ConfigurationAdmin):
    """Subscriber profiles."""

    list_display = ("name", "code", "segment", "state", "state_reason", "account_profile")
    list_select_related = ("segment", "state_reason", "account_profile")
    fieldsets = (
        (None, {"fields": ("code", "name", "description")}),
        ("What the subscriber is", {"fields": ("segment",)}),
        ("How it starts", {"fields": ("state", "state_reason", "account_profile")}),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: object) -> Any:
        """Offer only the reasons of states that a subscriber can begin in."""
        if db_field.name == "state_reason":
            kwargs["queryset"] = StateReason.objects.filter(state__in=FIRST_STATES)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
