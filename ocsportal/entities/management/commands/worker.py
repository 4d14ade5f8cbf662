"""manage.py worker [--once]"""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from pika.exceptions import AMQPError

from ocsportal.entities.due import bring_due_into_force
from ocsportal.transactions.broker import Broker
from ocsportal.transactions.change import present
from ocsportal.transactions.liveness import close_dead_connections
from ocsportal.transactions.outbox import relay

log = structlog.get_logger("ocsportal.worker")
PAUSE_SECONDS = 1.0


class Command(BaseCommand):
    """Bring due plans into force and relay the outbox; several may run side by side."""

    help = "Bring due plans into force and relay the outbox to EVENTS_URL, until stopped or, with --once, until nothing is left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --once."""
        parser.add_argument("--once", action="store_true", help="do what is due now, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until told to stop; whatever is under way is finished first."""
        with Broker(settings.EVENTS_URL) as broker:
            if options["once"]:
                self._once(broker)
            else:
                self._on_and_on(broker)

    def _once(self, broker: Broker) -> None:
        enforced = bring_due_into_force(present())
        try:
            published = self._relay_all(broker)
        except (AMQPError, OSError) as error:  # a host that has no name or no address is no error of the protocol
            raise CommandError(
                f"{enforced} planned changes brought into force, but the broker of EVENTS_URL is away; its events wait."
            ) from error
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
            busy = self._guarded(lambda: bring_due_into_force(present()))
            busy += self._guarded(lambda: self._relay_all(broker))
            broker.keep()
            stop.wait(0 if busy else PAUSE_SECONDS)
        self.stdout.write("Worker: stopped.")

    def _guarded(self, work: Any) -> int:
        """Do a piece of work; whatever fails is logged and tried again at the next turn."""
        try:
            return int(work())
        except Exception:
            log.exception("worker_turn_failed")
            return 0

    def _relay_all(self, broker: Broker) -> int:
        if not settings.EVENTS_URL:
            return 0
        total = 0
        while sent := relay(broker.publish):
            total += sent
        return total
