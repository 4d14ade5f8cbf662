"""The customers app."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Customers: who is served, from the person at home to the company with ten thousand SIMs."""

    name = "customers"
    verbose_name = "Customers"

    def ready(self) -> None:
        """Enter the operations into their table."""
        from customers import erasing, notes, operations, representation  # noqa: F401
