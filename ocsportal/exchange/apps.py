"""The exchange app."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """What crosses the border in bulk (docs/importing.md)."""

    name = "ocsportal.exchange"
    label = "exchange"

    def ready(self) -> None:
        """Declare what is told of an import, for whoever describes events."""
        import ocsportal.exchange.told  # noqa: F401
