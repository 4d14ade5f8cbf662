"""manage.py export_customers FILE.csv"""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.models import Customer
from ocsportal.exchange.exporting import export
from ocsportal.exchange.progress import FileProgress


class Command(BaseCommand):
    """Export customers."""

    help = "Export all customers with everything below them to a CSV file that import_customers reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument(
            "file", metavar="FILE.csv", type=Path, help="the file to write; one that stands is replaced"
        )

    def handle(self, *args: object, **options: Any) -> None:
        """Write the file and say how much is in it; the last line is JSON."""
        path, begun = options["file"], time.monotonic()
        progress = FileProgress(sys.stderr, Customer.objects.count(), "customers")
        try:
            told = export(path, progress.tell)
        except OSError as error:
            raise CommandError(f"{path} can't be written: {error.strerror or error}.") from error
        progress.done()
        if told["erased"]:
            self.stdout.write(f"{told['erased']:,} customers are erased, and not in the file.")
        self.stdout.write(f"{told['rows']:,} rows of {told['customers']:,} customers written to {path}.")
        self.stdout.write(json.dumps(told | {"seconds": round(time.monotonic() - begun, 1)}, separators=(",", ":")))
