"""manage.py worker [--once]"""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Sequence

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.events import heads
from ocsportal.events.broker import BROKER_ERRORS, Broker, broker_words
from ocsportal.events.relay import Relay, Turn
from ocsportal.transactions import cursors, journal, seals
from ocsportal.transactions.change import present
from ocsportal.transactions.liveness import close_dead_connections
from ocsportal.transactions.models import OutboxMessage
from ocsportal.transactions.outage import database_words
from ocsportal.transactions.sequencer import Sequencer

log = structlog.get_logger("ocsportal.worker")
PAUSE_SECONDS = 1.0


class Command(BaseCommand):
    """Bring due plans into force, give positions in the journal, relay events; several may run side by side."""

    help = (
        "Bring due plans into force, give what is committed its position in the journal, and relay it to EVENTS_URL, until "
        "stopped or, with --once, until nothing is left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --once."""
        parser.add_argument("--once", action="store_true", help="do what is due now, then stop")

    # What was wrong with database or broker at the last turn: it is logged when it begins, not every second.
    trouble = ""

    def handle(self, *args: object, **options: object) -> None:
        """Work until told to stop; whatever is under way is finished first.

        A database or a broker that is of no use from the start ends the worker, with what is due done as far as may be;
        one that goes away later is waited for.
        """
        # Says at once that the database is away or not migrated, which no turn would mend.
        OutboxMessage.objects.exists()
        with Broker(settings.EVENTS_URL) as broker:
            useless = self._opened(broker)
            relay = Relay(broker.publish, holds=settings.EVENTS_UNROUTED == "hold")
            if options["once"] or useless:
                self._once(relay, useless)
            else:
                self._on_and_on(broker, relay)

    def _opened(self, broker: Broker) -> str:
        """Connect to the broker where one is configured; return why that can't be done, else nothing."""
        if settings.EVENTS_URL:
            try:
                broker.open()
            except BROKER_ERRORS as error:
                return broker_words(error, settings.EVENTS_URL)
        return ""

    def _once(self, relay: Relay, useless: str) -> None:
        enforced = bring_due_into_force(present())
        journal.give_all()
        seals.seal_due(present(), all_of_it=True)
        turn = Turn()
        try:
            if settings.EVENTS_URL and not useless:
                turn = relay.all()
                heads.tell(relay.publish)
        except BROKER_ERRORS as error:
            useless = broker_words(error, settings.EVENTS_URL)
        if useless:
            cursors.hold(cursors.cursor_of(cursors.BROKER), useless, present())
            raise CommandError(
                f"{enforced} planned changes brought into force, but the events for EVENTS_URL wait: {useless}."
            )
        self.stdout.write(f"Worker: {enforced} planned changes brought into force; {self._told(turn)}.")

    def _told(self, turn: Turn) -> str:
        """Return what became of the events, in words."""
        if not settings.EVENTS_URL:
            return "no EVENTS_URL, so events wait in the journal"
        words = [f"{turn.sent} events published"]
        cursor = cursors.cursor_of(cursors.BROKER)
        if turn.passed:
            first = min(first for _, first in cursor.passed.values())
            words.append(f"{turn.passed} passed that no queue takes, which relay --from {first} sends again")
        if turn.held:
            words.append(f"events wait from position {cursor.position + 1} on: {turn.held}")
        return "; ".join(words)

    def _on_and_on(self, broker: Broker, relay: Relay) -> None:
        stop, given = threading.Event(), threading.Event()

        def told(*_: object) -> None:
            stop.set()
            given.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, told)
        sequencer = Sequencer(lambda number: given.set())
        sequencer.start()
        self.stdout.write("Worker: at work; stop it with Ctrl-C or SIGTERM.")
        while not stop.is_set():
            close_old_connections()
            close_dead_connections()
            given.clear()
            busy = self.turn(
                [
                    lambda: bring_due_into_force(present()),
                    lambda: self._relay_all(relay),
                    lambda: len(seals.seal_due(present())),
                    lambda: self._tell_heads(relay),
                ]
            )
            broker.keep()
            if not stop.is_set():
                given.wait(0 if busy else PAUSE_SECONDS)
        sequencer.stop()
        sequencer.join()
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

    def _tell_heads(self, relay: Relay) -> int:
        return heads.tell(relay.publish) if settings.EVENTS_URL else 0

    def _relay_all(self, relay: Relay) -> int:
        if not settings.EVENTS_URL:
            return 0
        try:
            return relay.all().entries
        except BROKER_ERRORS as error:
            # So that /readyz tells of it as well.
            cursors.hold(cursors.cursor_of(cursors.BROKER), broker_words(error, settings.EVENTS_URL), present())
            raise
