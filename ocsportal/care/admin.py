"""What this floor draws on the pages of the levels; the admin looks for it here."""

from ocsportal.care.timeline import part as timeline
from ocsportal.care.tree import part as tree

__all__ = ["timeline", "tree"]
