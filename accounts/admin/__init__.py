"""Accounts in the back office; the admin looks for their pages here."""

from accounts.admin import configuration, pages

__all__ = ["configuration", "pages"]
