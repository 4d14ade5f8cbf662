"""The journal: one order of commits without a gap, in which nothing comes before what was read already."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import Error, connection, transaction

from customers import operations
from ocsportal.transactions import door, journal, sequencer
from ocsportal.transactions.models import BusinessTransaction, JournalEntry, OutboxMessage
from ocsportal.transactions.sequencer import Sequencer
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from tests.transactions.test_crash import ROOT, database_url, until

at_once = pytest.mark.django_db(transaction=True)


def note(name: str, work: Callable[[], Any] = lambda: None) -> None:
    """Record a Business Transaction of this name, about nothing."""

    def touch() -> Touched:
        work()
        return Touched([])

    door.record(name, system_change("tests"), None, touch)


def names(entries: list[JournalEntry]) -> list[str]:
    return [entry.transaction.operation for entry in entries]


def whole() -> list[int]:
    """Return every position; each closed Business Transaction has one, and nothing waits any more."""
    closed = BusinessTransaction.objects.filter(answer__isnull=False)
    assert set(JournalEntry.objects.values_list("transaction", flat=True)) == set(closed.values_list("pk", flat=True))
    assert not OutboxMessage.objects.exists()
    return list(JournalEntry.objects.order_by("position").values_list("position", flat=True))


@contextmanager
def thread(work: Callable[[], Any]) -> Iterator[None]:
    """Do something beside, on a connection of its own; wait for it at the end, and fail as it failed."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    beside = threading.Thread(target=run)
    beside.start()
    yield
    beside.join(timeout=30)
    assert not beside.is_alive()
    assert not failures, failures


@pytest.fixture
def start() -> int:
    """The newest position, once everything before has one."""
    journal.give_all()
    return journal.latest()


@pytest.mark.django_db
class TestPositions:
    def test_follow_each_other_and_every_business_transaction_has_one(self, start: int) -> None:
        for name in "abc":
            note(name)
        assert (journal.give_positions(), journal.give_positions()) == (3, 0)
        found = journal.after(start, 10)
        assert [entry.position for entry in found] == [start + 1, start + 2, start + 3]
        assert names(found) == ["a", "b", "c"]
        assert whole() == list(range(1, start + 4))

    def test_are_the_order_of_closing(self, start: int) -> None:
        def outer() -> None:
            door.record_nested("inner", system_change("tests"), lambda: Touched([]))

        note("outer", outer)
        journal.give_all()
        assert names(journal.after(start, 10)) == ["inner", "outer"]

    def test_go_on_from_batch_to_batch(self, start: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(journal, "BATCH", 2)
        for name in "abcde":
            note(name)
        assert [journal.give_positions() for _ in range(4)] == [2, 2, 1, 0]
        assert names(journal.after(start, 10)) == list("abcde")
        assert names(journal.after(start + 1, 2)) == list("bc")

    def test_what_is_refused_has_none(self, start: int) -> None:
        with pytest.raises(ZeroDivisionError):
            note("refused", lambda: 1 // 0)
        assert journal.give_all() == 0

    @pytest.mark.parametrize("table", ["transactions_journalentry", "transactions_customerentry"])
    @pytest.mark.parametrize("statement", ["UPDATE {} SET transaction_id = 1", "DELETE FROM {}"])
    def test_are_never_changed(self, table: str, statement: str, change: Any) -> None:
        operations.create_customer(change(), customer_profile="b2c")
        journal.give_all()
        with pytest.raises(Error, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(table))


@at_once
@pytest.mark.postgres
class TestAtOnce:
    def test_one_that_was_open_across_many_others_comes_after_them(self, start: int) -> None:
        begun, end = threading.Event(), threading.Event()

        def wait() -> None:
            begun.set()
            assert end.wait(timeout=30)

        read: list[JournalEntry] = []
        with thread(lambda: note("late", wait)):
            assert begun.wait(timeout=30)
            for number in range(40):
                note(str(number))
                journal.give_all()
                read += journal.after(read[-1].position if read else start, 100)
            assert names(read) == [str(number) for number in range(40)]
            end.set()
        late = BusinessTransaction.objects.get(operation="late")
        assert late.pk < read[0].transaction_id
        note("last")
        journal.give_all()
        read += journal.after(read[-1].position, 100)
        assert names(read) == [*(str(number) for number in range(40)), "late", "last"]
        assert [entry.position for entry in read] == list(range(start + 1, start + 43))

    def test_two_sequencers_four_writers_and_a_reader(self, start: int) -> None:
        """Whatever is committed when, the reader gets each once, and never one before what it had already."""
        writing, giving = threading.Event(), threading.Event()
        pause = random.Random(7)
        read: list[JournalEntry] = []
        given: list[int] = []

        def write(writer: int) -> None:
            for number in range(40):
                note(f"{writer}-{number}", lambda: threading.Event().wait(pause.random() / 100))

        def give() -> None:
            while not giving.is_set():
                given.append(journal.give_positions())

        def listen() -> None:
            while not writing.is_set():
                read.extend(journal.after(read[-1].position if read else start, 7))

        with thread(listen):
            with thread(give), thread(give):
                with (
                    thread(lambda: write(0)),
                    thread(lambda: write(1)),
                    thread(lambda: write(2)),
                    thread(lambda: write(3)),
                ):
                    pass
                until(lambda: not OutboxMessage.objects.exists(), "the positions")
                giving.set()
            until(lambda: len(read) >= 160, "the reader")
            writing.set()
        assert [entry.position for entry in read] == list(range(start + 1, start + 161))
        assert sum(given) == 160
        assert sorted(names(read)) == sorted(f"{writer}-{number}" for writer in range(4) for number in range(40))
        for writer in range(4):
            mine = [name for name in names(read) if name.startswith(f"{writer}-")]
            assert mine == [f"{writer}-{number}" for number in range(40)]
        assert whole() == list(range(1, start + 161))

    def test_a_sequencer_that_dies_half_way_leaves_everything_to_the_next(self, start: int) -> None:
        for name in "abc":
            note(name)
        with suppress(psycopg.OperationalError), psycopg.connect(database_url()) as dying:
            dying.execute("SELECT pg_try_advisory_xact_lock(%s)", [journal.GIVING])
            first = OutboxMessage.objects.earliest("pk").transaction_id
            dying.execute(
                "INSERT INTO transactions_journalentry (position, transaction_id) VALUES (%s, %s)", [start + 1, first]
            )
            # It is at work: nobody else gives positions, nor sees those that it is about to give.
            assert journal.give_positions() == 0
            assert journal.latest() == start
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [dying.info.backend_pid])
        assert journal.give_positions() == 3
        assert names(journal.after(start, 10)) == ["a", "b", "c"]
        assert whole() == list(range(1, start + 4))

    def test_a_second_worker_takes_over_when_the_first_is_killed(self, start: int) -> None:
        first = worker()
        try:
            pid = until(lambda: leader(), "a worker that leads")
            second = worker()
            try:
                note("a")
                until(lambda: journal.latest() == start + 1, "the first position")
                first.send_signal(signal.SIGKILL)
                first.wait(timeout=10)
                note("b")
                until(lambda: journal.latest() == start + 2, "the second position")
                assert until(lambda: leader() not in (None, pid) and leader(), "another worker that leads")
            finally:
                second.terminate()
                assert second.wait(timeout=20) == 0
        finally:
            first.kill()
            first.wait(timeout=10)
        assert names(journal.after(start, 10)) == ["a", "b"]


def worker() -> subprocess.Popen[bytes]:
    """Start a worker, as a service manager would."""
    given = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "ocsportal.settings",
        "EVENTS_URL": "",
    }
    command = [sys.executable, "manage.py", "worker"]
    return subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def leader() -> int | None:
    """Return the backend of the worker that is woken, None where there is none."""
    return holder(journal.LEADING)


def holder(lock: int) -> int | None:
    """Return the backend that has a lock in this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [lock],
        )
        found: int | None = cursor.fetchone()[0]
        return found


@at_once
@pytest.mark.postgres
class TestWaking:
    """A sequencer that sleeps is woken by a commit; one that is awake is not told, and can't fall asleep before it."""

    @pytest.fixture
    def ear(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(database_url(), autocommit=True) as other:
            other.execute(f"LISTEN {journal.CHANNEL}")
            yield other

    def test_only_who_sleeps_is_notified(self, ear: psycopg.Connection[Any]) -> None:
        note("awake")
        assert list(ear.notifies(timeout=0.2)) == []
        ear.execute("SELECT pg_advisory_lock(%s)", [journal.ASLEEP])
        note("asleep")
        assert len(list(ear.notifies(timeout=5, stop_after=1))) == 1

    def test_nobody_falls_asleep_before_a_commit_that_told_nobody(self, ear: psycopg.Connection[Any]) -> None:
        begun, end = threading.Event(), threading.Event()

        def inner() -> None:
            door.record_nested("closed", system_change("tests"), lambda: Touched([]))
            begun.set()
            assert end.wait(timeout=30)

        def asleep() -> Any:
            return ear.execute("SELECT pg_try_advisory_lock(%s)", [journal.ASLEEP]).fetchone()

        with thread(lambda: note("outer", inner)):
            assert begun.wait(timeout=30)
            assert asleep() == (False,)
            end.set()
        assert asleep() == (True,)

    def test_a_position_comes_by_being_woken(self, start: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sequencer, "SLEEP_SECONDS", 60.0)
        told: list[int] = []
        mine = Sequencer(told.append)
        mine.start()
        try:
            for number in range(1, 4):
                until(lambda: holder(journal.ASLEEP), "a sequencer that sleeps")
                note(str(number))
                until(lambda number=number: journal.latest() == start + number, "the position")
        finally:
            mine.stop()
            note("wakes it")
            mine.join(timeout=20)
        assert not mine.is_alive()
        assert sum(told) in (3, 4)

    def test_goes_on_after_its_connection_was_cut(self, start: int) -> None:
        mine = Sequencer(lambda number: None)
        mine.start()
        try:
            pid = until(lambda: holder(journal.LEADING), "a sequencer that leads")
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            note("after")
            until(lambda: journal.latest() == start + 1, "the position")
        finally:
            mine.stop()
            mine.join(timeout=20)


@at_once
def test_a_worker_gives_positions_until_it_is_stopped(start: int, run_command: Any) -> None:
    note("a")
    out = run_command("worker", "--once")
    assert out == "Worker: 0 planned changes brought into force; no EVENTS_URL, so events wait in the journal.\n"
    assert names(journal.after(start, 10)) == ["a"]
    call_command("verify_audit")
