"""The backoffice app."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    """See docs/architecture.md for what belongs on this floor."""

    name = "ocsportal.backoffice"
    label = "backoffice"
