"""What this floor draws on the pages of the levels; the admin looks for it here."""

from ocsportal.care.tree import part

__all__ = ["part"]
