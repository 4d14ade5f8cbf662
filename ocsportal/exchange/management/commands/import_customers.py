"""manage.py import_customers FILE.csv [--dry-run] [--encoding NAME] [--report FILE]"""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ocsportal.exchange.batches import Batch, Importer, Unsettled
from ocsportal.exchange.progress import FileProgress
from ocsportal.exchange.reading import FileRefused, Source, look_through
from ocsportal.exchange.report import Report, lines, write_reconciliation
from ocsportal.exchange.tally import Line, Tally, compared

# How many faults are printed; the report has all.
MOST_PRINTED = 100


class Command(BaseCommand):
    """Import customers."""

    help = (
        "Import customers with their accounts, subscribers, resources, subscriptions and balances from a CSV file. "
        "A customer comes whole or not at all; run again, it goes on where it was. The last line is JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, how it is encoded, whether it is only tried, and where refused rows go."""
        parser.add_argument("file", metavar="FILE.csv", type=Path, help="the file, as docs/importing.md describes it")
        parser.add_argument("--dry-run", action="store_true", help="look at every row and make nothing")
        parser.add_argument("--encoding", help="how the file is encoded; UTF-8 unless said otherwise")
        parser.add_argument(
            "--report", metavar="FILE", type=Path, help="where refused rows are written, to be mended and fed again"
        )

    def handle(self, *args: object, **options: Any) -> None:
        """Import, say what was refused and how the file agrees with the database; exit 1 when anything was refused."""
        try:
            self._import(options["file"], options["encoding"], options["report"], options["dry_run"])
        except (FileRefused, Unsettled) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _import(self, path: Path, encoding: str | None, report: Path | None, dry_run: bool) -> None:
        begun = time.monotonic()
        if report is not None and report.resolve() == path.resolve():
            raise CommandError("--report: the report can't take the place of the file.")
        source = look_through(path, encoding)
        run = _Run(self, source, dry_run)
        with ExitStack() as opened:
            writes = opened.enter_context(Report(report, source)) if report is not None else None
            progress = FileProgress(sys.stderr, source.rows, "rows")
            for batch in Importer(source, dry_run=dry_run).run():
                run.take(batch, writes)
                progress.tell(run.rows)
            progress.done()
        agreement = run.compared()
        if report is not None:
            write_reconciliation(report.with_suffix(f".reconciliation{report.suffix}"), agreement)
        run.tell(agreement)
        told = {
            "rows": run.rows,
            "made": (Tally() if dry_run else run.database).made(),
            "refused": run.refused,
            "seconds": round(time.monotonic() - begun, 1),
        }
        self.stdout.write(json.dumps(told, separators=(",", ":")))
        self.stdout.flush()
        if run.refused or not all(agrees for *_, agrees in agreement):
            sys.exit(1)


class _Run:
    """What came of the batches so far."""

    def __init__(self, command: Command, source: Source, dry_run: bool) -> None:
        self.command, self.source, self.dry_run = command, source, dry_run
        self.rows = self.refused = self.again = self.printed = self.customers = 0
        self.file, self.database = Tally(), Tally()

    def take(self, batch: Batch, report: Report | None) -> None:
        """Count a batch, and tell what was refused of it."""
        self.rows += batch.rows
        self.customers += len(batch.givens)
        self.again += len(batch.again)
        self.file.add(batch.file)
        self.database.add(batch.database)
        refused = batch.refused
        self.refused += sum(len(given.rows) for given in refused)
        if report is not None:
            report.add(refused)
        for given in refused:
            for _, _, faults in lines(given):
                for fault in faults:
                    self.printed += 1
                    if self.printed <= MOST_PRINTED:
                        value = f" {fault.value!r}" if fault.value else ""
                        self._say(
                            f"Row {fault.row}, {fault.column or 'whole row'}{value}: {fault.code}: {fault.message}"
                        )

    def compared(self) -> list[Line]:
        """Return the reconciliation; what is only tried is compared with itself."""
        return compared(self.file, self.file if self.dry_run else self.database)

    def tell(self, agreement: Sequence[Line]) -> None:
        """Print the reconciliation, and what else there is to say."""
        if self.printed > MOST_PRINTED:
            self._say(f"… and {self.printed - MOST_PRINTED:,} more faults; --report FILE writes all of them.")
        would = "would be made; nothing was" if self.dry_run else "in the database"
        self._say(f"{'':44}{'in the file':>18}{would:>30}")
        for what, here, there, agrees in agreement:
            self._say(f"{what:44}{here:>18}{there:>30}{'' if agrees else '   DIFFERS'}")
        self._say(
            f"{self.rows:,} rows of {self.customers:,} customers: {self.again:,} customers were imported before, "
            f"{self.refused:,} rows refused."
        )

    def _say(self, line: str) -> None:
        self.command.stdout.write(line)
