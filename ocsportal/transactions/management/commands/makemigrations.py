"""manage.py makemigrations"""

from django.core.management.commands import makemigrations

from ocsportal.transactions.autodetector import TrackedAutodetector


class Command(makemigrations.Command):
    """Write migrations as Django does; the columns of tracked models change by `ChangeTracked`."""

    autodetector = TrackedAutodetector
