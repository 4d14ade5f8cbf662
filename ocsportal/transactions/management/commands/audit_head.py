"""manage.py audit_head"""

import json

from django.core.management.base import BaseCommand, CommandError

from ocsportal.transactions import seals
from ocsportal.transactions.models import Seal


class Command(BaseCommand):
    """Print the newest head of the chain of seals."""

    help = "Print the newest seal as one line of JSON, to be kept where nobody who has this database can change it."

    def handle(self, *args: object, **options: object) -> None:
        """Print it; fail when nothing is sealed yet."""
        newest = Seal.objects.last()
        if newest is None:
            raise CommandError("Nothing is sealed yet: a running worker does it, or manage.py worker --once.")
        self.stdout.write(json.dumps(seals.told(newest), separators=(",", ":")))
