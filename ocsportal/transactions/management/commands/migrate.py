"""manage.py migrate"""

from django.core.management.commands import migrate

from ocsportal.transactions.autodetector import TrackedAutodetector


class Command(migrate.Command):
    """Migrate as Django does."""

    autodetector = TrackedAutodetector
