"""The subscribers app."""

from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    """Subscribers: who uses the network, and the numbers and SIMs it knows them by."""

    name = "subscribers"
    verbose_name = "Subscribers"

    def ready(self) -> None:
        """Enter the operations into their table."""
        from subscribers import operations, representation  # noqa: F401
