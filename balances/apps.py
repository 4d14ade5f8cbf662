"""The balances app."""

from django.apps import AppConfig


class BalancesConfig(AppConfig):
    """Balances: what is left of what was granted, and every change of it in a ledger."""

    name = "balances"
    verbose_name = "Balances"

    def ready(self) -> None:
        """Enter the operations into their table, and let requests remember the limits of adjustments."""
        from balances import erasing, guards, operations, representation  # noqa: F401
        from ocsportal.transactions import edition

        edition.watch("balances_adjustmentlimit")
