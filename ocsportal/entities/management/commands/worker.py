"""manage.py worker [--once]"""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.transactions.broker import BROKER_ERRORS, Broker, broker_words
from ocsportal.transactions.change import present
from ocsportal.transactions.liveness import close_dead_connections
from ocsportal.transactions.models import OutboxMessage
from ocsportal.transactions.outage import database_words
from ocsportal.transactions.outbox import relay

log = structlog.get_logger("ocsportal.worker")
PAUSE_SECONDS = 1.0


class Command(BaseCommand):
    """Bring due plans into force and relay the outbox; several may run side by side."""

    help = "Bring due plans into force and relay the outbox to EVENTS_URL, until stopped or, with --once, until nothing is left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --once."""
        parser.add_argument("--once", action="store_true", help="do what is due now, then stop")

    # What was wrong with database or broker at the last turn: it is logged when it begins, not every second.
    trouble = ""

    def handle(self, *args: object, **options: Any) -> None:
        """Work until told to stop; whatever is under way is finished first.

        A database or a broker that is of no use from the start ends the worker, with what is due done as far as may be; one
        that goes away later is waited for.
        """
        # Says at once that the database is away or not migrated, which no turn would mend.
        OutboxMessage.objects.exists()
        with Broker(settings.EVENTS_URL) as broker:
            useless = self._opened(broker)
            if options["once"] or useless:
                self._once(broker, useless)
            else:
                self._on_and_on(broker)

    def _opened(self, broker: Broker) -> str:
        """Connect to the broker where one is configured; return why that can't be done, else nothing."""
        if settings.EVENTS_URL:
            try:
                broker.open()
            except BROKER_ERRORS as error:
                return broker_words(error, settings.EVENTS_URL)
        return ""

    def _once(self, broker: Broker, useless: str) -> None:
        enforced = bring_due_into_force(present())
        published = 0
        try:
            if not useless:
                published = self._relay_all(broker)
        except BROKER_ERRORS as error:
            useless = broker_words(error, settings.EVENTS_URL)
        if useless:
            raise CommandError(
                f"{enforced} planned changes brought into force, but the broker of EVENTS_URL is away: {useless}. "
                "Its events wait."
            )
        where = f"{published} events published" if settings.EVENTS_URL else "no EVENTS_URL, so the outbox waits"
        self.stdout.write(f"Worker: {enforced} planned changes brought into force; {where}.")

    def _on_and_on(self, broker: Broker) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("Worker: at work; stop it with Ctrl-C or SIGTERM.")
        while not stop.is_set():
            close_old_connections()
            close_dead_connections()
            busy = self.turn([lambda: bring_due_into_force(present()), lambda: self._relay_all(broker)])
            broker.keep()
            stop.wait(0 if busy else PAUSE_SECONDS)
        self.stdout.write("Worker: stopped.")

    def turn(self, pieces: Sequence[Callable[[], int]]) -> int:
        """Do each piece of work once, whatever becomes of the others; return how much was done."""
        known, self.trouble = self.trouble, ""
        done = sum([self._guarded(work, known) for work in pieces])
        if known and not self.trouble:
            log.warning("worker_goes_on")
        return done

    def _guarded(self, work: Callable[[], int], known: str) -> int:
        """Do a piece of work; whatever fails is logged, unless it is known from the turn before, and tried again."""
        try:
            return work()
        except Exception as error:
            words = database_words(error)
            if words is None and isinstance(error, BROKER_ERRORS):
                words = f"EVENTS_URL: {broker_words(error, settings.EVENTS_URL)}"
            if words is None:
                log.exception("worker_turn_failed")
            elif words not in (known, self.trouble):
                log.error("worker_turn_failed", because=words)
            self.trouble = words or self.trouble or type(error).__name__
            return 0

    def _relay_all(self, broker: Broker) -> int:
        if not settings.EVENTS_URL:
            return 0
        total = 0
        while sent := relay(broker.publish):
            total += sent
        return total
