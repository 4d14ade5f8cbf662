"""manage.py grant_runtime ROLE"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ocsportal.transactions import checks
from ocsportal.transactions.runtime_role import NotFit, grant


class Command(BaseCommand):
    """Give a database role what serving the portal takes."""

    help = "Give a database role of PostgreSQL, which owns nothing, what serving the portal takes; again after each migrate."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the role."""
        parser.add_argument(
            "role", metavar="ROLE", help="an existing role that logs in, owns nothing and is no superuser"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Grant it, and say so."""
        if checks.migrations_wait():
            raise CommandError("Migrations wait, which bring tables: run manage.py migrate first.")
        try:
            number = grant(options["role"])
        except NotFit as reason:
            raise CommandError(f"Nothing was granted: {reason}") from reason
        self.stdout.write(f"{options['role']} may serve the portal, on {number} tables, and owns none of them.")
