"""manage.py migrate"""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.exceptions import InconsistentMigrationHistory

from ocsportal.transactions import checks
from ocsportal.transactions.autodetector import TrackedAutodetector
from ocsportal.transactions.patience import patiently


class Command(migrate.Command):
    """Migrate as Django does, with patience for locks; triggers that differ don't stop it, since they can be put right."""

    autodetector = TrackedAutodetector

    def check(self, *args: Any, **options: Any) -> None:
        """Check everything, with faults of triggers as warnings."""
        with checks.only_warned():
            super().check(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; where a lock can't be had at once, go on from the migration that wanted it.

        Raise CommandError for a database that no release has left so.
        """
        run = super().handle
        try:
            patiently(connections[options["database"]], lambda: run(*args, **options), self.stderr.write)
        except InconsistentMigrationHistory as error:
            raise CommandError(
                f"This database was left between two releases, and nothing was changed: {error} "
                "Migrate a backup of a release."
            ) from error
