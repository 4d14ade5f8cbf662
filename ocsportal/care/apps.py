"""The care app."""

from django.apps import AppConfig


class CareConfig(AppConfig):
    """See docs/architecture.md for what belongs on this floor."""

    name = "ocsportal.care"
    label = "care"
