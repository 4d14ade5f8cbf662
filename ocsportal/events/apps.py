"""The events app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """See docs/architecture.md for what belongs on this floor."""

    name = "ocsportal.events"
    label = "events"

    def ready(self) -> None:
        """Enter the operation into the table."""
        from ocsportal.events import operations  # noqa: F401
