"""The offers app."""

from django.apps import AppConfig


class OffersConfig(AppConfig):
    """Offers: the catalogue, and what customers, accounts and subscribers have of it."""

    name = "offers"
    verbose_name = "Offers"

    def ready(self) -> None:
        """Enter the operations into their table."""
        from offers import operations, representation  # noqa: F401
