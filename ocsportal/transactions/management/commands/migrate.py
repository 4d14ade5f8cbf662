"""manage.py migrate"""

from typing import Any

from django.core.management.commands import migrate

from ocsportal.transactions import checks
from ocsportal.transactions.autodetector import TrackedAutodetector


class Command(migrate.Command):
    """Migrate as Django does; triggers that differ don't stop it, since it or `install_triggers` puts them right."""

    autodetector = TrackedAutodetector

    def check(self, *args: Any, **options: Any) -> None:
        """Check everything, with faults of triggers as warnings."""
        with checks.only_warned():
            super().check(*args, **options)
