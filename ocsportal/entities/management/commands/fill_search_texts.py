"""manage.py fill_search_texts [--check] [--anew]"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ocsportal.entities.refilling import Progress, count_stale, refill, stopped

# After how many rows the run says how far it is.
TOLD_EVERY = 100_000


class Command(BaseCommand):
    """Bring the texts that entities are searched by up to the present rules."""

    help = (
        "Make the search text of every row anew and write those that differ, batch by batch while the portal runs; "
        "goes on where an earlier run was stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to write at all, and whether to begin at the first row."""
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a text differs")
        parser.add_argument("--anew", action="store_true", help="begin at the first row, whatever an earlier run did")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, or count; print what was done."""
        if options["check"]:
            self._check()
            return
        start = None if options["anew"] else stopped()
        if start:
            self.stdout.write(
                f"Goes on where a run was stopped: {start.level} {start.behind}, {start.written:,} written."
            )
        self.told = 0
        written = refill(start, self._tell)
        self.stdout.write(
            f"{written:,} search texts written." if written else "All search texts are as they should be."
        )

    def _check(self) -> None:
        stale = count_stale()
        for level, number in stale.items():
            self.stdout.write(f"{level}: {number:,} differ")
        if any(stale.values()):
            raise CommandError("Run manage.py fill_search_texts.")

    def _tell(self, progress: Progress) -> None:
        if progress.behind // TOLD_EVERY != self.told:
            self.told = progress.behind // TOLD_EVERY
            self.stdout.write(
                f"{progress.level}: {progress.behind:,} of {progress.last:,}, {progress.written:,} written"
            )
