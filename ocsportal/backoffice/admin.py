"""What of the foundation has pages in the back office; the admin looks for them here."""

from ocsportal.backoffice import reason_pages, transaction_pages

__all__ = ["reason_pages", "transaction_pages"]
