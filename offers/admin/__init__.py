"""The catalogue and subscriptions in the back office; the admin looks for them here."""

from offers.admin import catalogue, subscriptions

__all__ = ["catalogue", "subscriptions"]
