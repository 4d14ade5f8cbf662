"""manage.py install_triggers"""

from django.core.management.base import BaseCommand, CommandError

from ocsportal.transactions import checks
from ocsportal.transactions.repair import install_triggers


class Command(BaseCommand):
    """Repair the triggers."""

    help = "Reinstall triggers that are missing or different, and record what differed as a Business Transaction."

    def handle(self, *args: object, **options: object) -> None:
        """Print what differed, and fail if something stands that this can't put right."""
        if checks.migrations_wait():
            raise CommandError("Migrations wait, which put triggers up themselves: run manage.py migrate first.")
        for fault in install_triggers():
            self.stdout.write(fault)
        left = checks.trigger_faults()
        if left:
            raise CommandError("Not mended: " + " ".join(left))
        self.stdout.write("All triggers stand as the models need them.")
