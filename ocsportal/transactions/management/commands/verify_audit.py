"""manage.py verify_audit [--heads FILE] [--all] [--json]"""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ocsportal.transactions import chain
from ocsportal.transactions.change import present
from ocsportal.transactions.finding import MOST_NAMED
from ocsportal.transactions.models import BusinessTransaction, Erasure
from ocsportal.transactions.verification import findings


class Command(BaseCommand):
    """Prove the audit trail."""

    help = (
        "Prove that every row equals its newest history, that every change is accounted for and that nothing was altered. "
        "What was proven before with a sealed block is not proven again, unless --all is given."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the heads, whether all is to be proven, and the form of what is printed."""
        parser.add_argument(
            "--heads", metavar="FILE", help="heads that were kept elsewhere, one a line as audit_head prints them"
        )
        parser.add_argument("--all", action="store_true", help="prove everything, also what was proven before")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: object, **options: Any) -> None:
        """Print what is off and fail, or say that all is well."""
        begun = time.monotonic()
        heads = _read(options["heads"]) if options["heads"] else []
        after = 0 if options["all"] else chain.proven_up_to()
        # Before anything is looked at: what is sealed meanwhile was not.
        newest = chain.newest()
        found = list(findings(heads, after))
        count = BusinessTransaction.objects.count()
        if not found and newest:
            chain.note(newest, present())
        if options["json"]:
            told = {
                "holds": not found,
                "findings": [finding.told() for finding in found],
                "transactions": count,
                "after": after,
                "sealed": newest.last if newest else 0,
                "heads": len(heads),
                "erased": Erasure.objects.count(),
                "seconds": round(time.monotonic() - begun, 1),
            }
            self.stdout.write(json.dumps(told, separators=(",", ":"), default=str))
        for finding in found if not options["json"] else ():
            self.stdout.write(str(finding))
        if found:
            raise CommandError(f"The audit trail does not hold: {len(found)} findings.")
        if not options["json"]:
            since = f"what came after position {after}, before which all was proven" if after else "every version"
            agrees = f" {len(heads)} heads agree." if heads else ""
            self.stdout.write(
                f"The audit trail holds: {count} Business Transactions, every row and {since} checked.{agrees}"
            )
            self._tell_of_erasures()

    def _tell_of_erasures(self) -> None:
        """Say which customers were erased by which transactions, the newest ones."""
        rows = Erasure.objects.order_by("-transaction_id").values_list("transaction_id", "transaction__target_ref_id")
        for key, customer in rows[:MOST_NAMED]:
            self.stdout.write(f"Customer {customer}: erased by transaction {key}.")
        if (more := rows.count() - MOST_NAMED) > 0:
            self.stdout.write(f"{more} more were erased before.")


def _read(name: str) -> list[chain.Head]:
    try:
        found = chain.read_heads(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--heads: {name} can't be read as text.") from error
    except ValueError as error:
        raise CommandError(f"--heads: {error}") from error
    if not found:
        raise CommandError(f"--heads: {name} has no heads in it.")
    return found
