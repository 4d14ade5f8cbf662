"""The offers app."""

from django.apps import AppConfig

# What belongs to the catalogue beside its items of configuration, which are watched already.
CATALOGUE = ("offers_productservice", "offers_offerversion", "offers_offerservice")


class OffersConfig(AppConfig):
    """Offers: the catalogue, and what customers, accounts and subscribers have of it."""

    name = "offers"
    verbose_name = "Offers"

    def ready(self) -> None:
        """Enter the operations into their table, and let requests remember the catalogue."""
        from ocsportal.transactions import edition
        from offers import guards, operations, representation  # noqa: F401

        for table in CATALOGUE:
            edition.watch(table)
