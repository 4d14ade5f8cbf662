"""manage.py relay [--from POSITION] [--cursor NAME]"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ocsportal.transactions import cursors, journal
from ocsportal.transactions.models import Cursor


class Command(BaseCommand):
    """Say how far a cursor on the journal is, or set it back: replay."""

    help = (
        "Show the position of the broker's cursor in the journal; with --from, move it back, so that the worker sends "
        "everything from there again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the position, and whose cursor it is."""
        parser.add_argument(
            "--from", type=int, dest="start", metavar="POSITION", help="the first position to send again"
        )
        parser.add_argument(
            "--cursor", default=cursors.BROKER, metavar="NAME", help="whose cursor; the broker's if not given"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Set the cursor where that is asked for; print where it stands."""
        name, start = options["cursor"], options["start"]
        known = sorted({cursors.BROKER, *Cursor.objects.values_list("name", flat=True)})
        if name not in known:
            raise CommandError(f"There is no cursor {name!r}; there is {', '.join(known)}.")
        if start is not None and name == cursors.SEALS:
            raise CommandError("What is sealed is never sealed again; --cursor heads tells the heads again.")
        if start is not None:
            self._set(name, start)
        cursor = cursors.cursor_of(name)
        self.stdout.write(f"Cursor {name}: position {cursor.position} of {journal.latest()} is done.")
        for key, (number, first) in sorted(cursor.passed.items()):
            self.stdout.write(f"  {key}: {number} events passed that no queue took, from position {first} on.")
        if cursor.held:
            self.stdout.write(
                f"  It waits at position {cursor.position + 1} since {cursor.held_since:%F %T} UTC: {cursor.held}."
            )

    def _set(self, name: str, start: int) -> None:
        newest = journal.latest()
        if not 1 <= start <= newest + 1:
            raise CommandError(f"POSITION must lie from 1 to {newest + 1}, one beyond the newest.")
        number = cursors.replay(name, start)
        self.stdout.write(f"Set to go on with position {start}: {number} entries of the journal go out again.")
