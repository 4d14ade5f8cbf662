"""Prove every balance against its ledger."""

from django.core.management.base import BaseCommand, CommandError

from balances import ledger
from balances.models import Balance


class Command(BaseCommand):
    """Prove that every balance equals the sum of its entries, and that each entry begins where the one before ended."""

    help = "Check every balance against its ledger entries; list mismatches and exit with 1."

    def handle(self, *args: object, **options: object) -> None:
        """Look at all balances and list those that are off."""
        wrong = [
            f"Balance {balance.ref_id} ({balance.service.code} of subscription {balance.subscription.ref_id}) "
            f"is {balance.actual}; its entries say {balance.total}."  # type: ignore[attr-defined]
            for balance in ledger.off()
        ]
        for line in wrong:
            self.stdout.write(line)
        if wrong:
            raise CommandError(f"{len(wrong)} of {Balance.objects.count()} balances do not match their entries.")
        self.stdout.write(f"All {Balance.objects.count()} balances equal the sum of their entries.")
