"""The transactions app: one change, from who ordered it to what it wrote."""

from django.apps import AppConfig
from django.core import checks
from django.core.signals import request_started
from django.db import close_old_connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class TransactionsConfig(AppConfig):
    """Register the SQLite functions that triggers call, and the check that triggers match the models."""

    name = "ocsportal.transactions"
    label = "transactions"
    verbose_name = "Audit"

    def ready(self) -> None:
        """Connect the pieces that Django calls by itself."""
        from ocsportal.transactions import sqlite
        from ocsportal.transactions.checks import check_triggers
        from ocsportal.transactions.liveness import close_dead_connections
        from ocsportal.transactions.triggers import editions, witnesses  # noqa: F401  (the latter declares guards)

        connection_created.connect(sqlite.register_functions, dispatch_uid="ocs-sqlite-functions")
        # Django's own looks at the end of each request and again at the start of the next; between them this one knows
        # more.
        request_started.disconnect(close_old_connections)
        request_started.connect(close_dead_connections, dispatch_uid="ocs-dead-connections")
        post_migrate.connect(editions.install_after_migrate, sender=self, dispatch_uid="ocs-editions")
        checks.register(check_triggers, checks.Tags.database)
