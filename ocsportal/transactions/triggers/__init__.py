"""The triggers that write history and keep the audit trail append-only, generated from the models' metadata."""

from ocsportal.transactions.triggers.generated import expected, install, installed, tracked_table

__all__ = ["expected", "install", "installed", "tracked_table"]
