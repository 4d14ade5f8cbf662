"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts: what is billed, alone or in a tree of departments."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Enter the operations into their table."""
        from accounts import operations, representation  # noqa: F401
