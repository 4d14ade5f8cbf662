"""The rest app."""

from django.apps import AppConfig


class RestConfig(AppConfig):
    """See docs/architecture.md for what belongs on this floor."""

    name = "ocsportal.rest"
    label = "rest"
