"""manage.py load_demo [--customers N] [--seed S]"""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ocsportal.care import demo
from ocsportal.care.demo.people import PEOPLE
from ocsportal.entities.reference import load_reference_data

PROGRESS_SECONDS = 2.0


class Command(BaseCommand):
    """Load demo data."""

    help = "Load realistic demo data through the operations; existing data is left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many customers, and which set of them."""
        parser.add_argument("--customers", type=int, default=60, help="how many customers (default 60)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same customers")

    def handle(self, *args: object, **options: Any) -> None:
        """Load, and say what was made and who may log in."""
        if not 0 <= options["customers"] <= 1_000_000:
            raise CommandError("--customers must be from 0 to 1000000.")
        load_reference_data()
        people = demo.load_people()
        told = self._progress("customers made")
        made = demo.load_customers(people, options["customers"], options["seed"], told)
        self.stdout.write(f"Demo data: {made} customers made, {options['customers'] - made} were there already.")
        subscriptions = demo.load_subscriptions(people, options["seed"], self._progress("subscriptions made"))
        self.stdout.write(f"Subscriptions: {subscriptions} made.")
        self.stdout.write(f"Demo logins, password {demo.PASSWORD!r} unless it was changed:")
        for person in PEOPLE:
            self.stdout.write(f"  {person.login:8} {person.first_name} {person.last_name}, {person.group}")

    def _progress(self, what: str) -> Callable[[int], None]:
        """Return what says every two seconds how many there are; a short run says nothing."""
        last = time.monotonic()

        def told(made: int) -> None:
            nonlocal last
            if time.monotonic() - last >= PROGRESS_SECONDS:
                last = time.monotonic()
                self.stdout.write(f"  {made:,} {what} …")
                self.stdout.flush()

        return told
