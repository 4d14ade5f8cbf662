"""State reasons in the back office."""

from django.contrib import admin

from ocsportal.backoffice.tracked import ConfigurationAdmin
from ocsportal.entities.models import StateReason


@admin.register(StateReason)
class StateReasonAdmin(ConfigurationAdmin):
    """State reasons."""

    list_display = ("name", "code", "state", "charged")
    list_filter = ("state",)
