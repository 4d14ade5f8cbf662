"""Subscribers in the back office; the admin looks for their pages here."""

from subscribers.admin import configuration, pages

__all__ = ["configuration", "pages"]
