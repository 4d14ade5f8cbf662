"""manage.py verify_audit"""

from django.core.management.base import BaseCommand, CommandError

from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.verification import findings


class Command(BaseCommand):
    """Prove the audit trail."""

    help = "Prove that every row equals its newest history, that every change is accounted for and that nothing was altered."

    def handle(self, *args: object, **options: object) -> None:
        """Print what is off and fail, or say that all is well."""
        found = list(findings())
        for finding in found:
            self.stdout.write(str(finding))
        if found:
            raise CommandError(f"The audit trail does not hold: {len(found)} findings.")
        count = BusinessTransaction.objects.count()
        self.stdout.write(f"The audit trail holds: {count} Business Transactions, every row and every version checked.")
