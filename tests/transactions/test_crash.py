"""A server that dies, or loses its database, in the middle of a request: the retry does it once, and nothing is half done."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from customers.models import Customer
from ocsportal.transactions.models import BusinessTransaction, OutboxMessage
from tests.client import CASM, RestClient

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0
BODY = {"requestId": "crash-1", "externalId": "one", "customerProfile": "b2b", "customName": "Crash & Sons"}


def database_url() -> str:
    """Return the address of the database that the tests run on, whichever worker's it is."""
    return urlsplit(os.environ["TEST_DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait until something is so; return it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


class Server:
    """The portal under gunicorn, as in production, with one worker process."""

    def __init__(self, headers: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.headers = headers
        environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "ocsportal.settings"}
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "ocsportal.wsgi",
            "--bind",
            f"127.0.0.1:{self.port}",
            "--workers",
            "1",
        ]
        command += [
            "--worker-class",
            "gthread",
            "--threads",
            "4",
            "--graceful-timeout",
            "1",
            "--keep-alive",
            "1",
            "--log-level",
            "critical",
        ]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self.answers, "the server")

    def answers(self) -> bool:
        try:
            return self.request("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, bytes, dict[str, str]]:
        """Send one request; raise OSError or HTTPException when the connection breaks."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            data = json.dumps(body) if body is not None else None
            line.request(method, path, data, self.headers | {"Content-Type": "application/json"})
            answer = line.getresponse()
            return answer.status, answer.read(), dict(answer.getheaders())
        finally:
            line.close()

    def worker(self) -> int:
        """Return the process ID of the worker."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def server(transactional_db: None, api: RestClient) -> Iterator[Server]:
    """A running server, stopped before the database is flushed."""
    made = Server(api.headers)
    yield made
    made.stop()


@contextmanager
def held_up(table: str) -> Iterator[psycopg.Connection]:
    """Hold every write on a table up, so that a request is surely under way: its Business Transaction is inserted."""
    with psycopg.connect(database_url()) as other:
        other.execute(f'LOCK TABLE "{table}" IN SHARE MODE')
        yield other
        other.rollback()


def waiting() -> list[int]:
    """Return the sessions that wait for the lock with an INSERT of a customer in hand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
            "AND query LIKE 'INSERT INTO \"customers_customer\"%%'",
            [],
        )
        return [row[0] for row in cursor.fetchall()]


class Flight(threading.Thread):
    """A request on its way; what came of it is an answer or a broken connection."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.answer: tuple[int, bytes, dict[str, str]] | None = None
        self.broken: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self.server.request("POST", f"{CASM}/customers/create", BODY)
        except (OSError, http.client.HTTPException) as error:
            self.broken = error


def retried(server: Server) -> None:
    """Send the request again until it is answered, then once more; it is done once, and answered alike."""
    status, first, headers = until(lambda: _attempt(server), "an answer to the retry")
    assert (status, "Idempotent-Replay" in headers) == (200, False)
    assert json.loads(first)[0]["object"]["externalId"] == "one"
    status, again, headers = server.request("POST", f"{CASM}/customers/create", BODY)
    assert (status, headers["Idempotent-Replay"], again) == (200, "true", first)
    entry = BusinessTransaction.objects.get(request_id="crash-1")
    assert (entry.operation, entry.answer.encode()) == ("CreateCustomer", first)
    assert Customer.objects.count() == Customer.history.count() == 1
    assert Customer.history.get().transaction_id == entry.pk
    assert OutboxMessage.objects.filter(transaction=entry).count() == 1
    call_command("verify_audit")


def _attempt(server: Server) -> Any:
    try:
        answer = server.request("POST", f"{CASM}/customers/create", BODY)
    except (OSError, http.client.HTTPException):
        return None
    return answer if answer[0] == 200 else None


def test_worker_process_killed_while_requests_are_under_way(server: Server) -> None:
    interrupted = 0
    for _ in range(2):
        with held_up("customers_customer"):
            flight = Flight(server)
            until(waiting, "the request to reach the database")
            os.kill(server.worker(), signal.SIGKILL)
            flight.join(PATIENCE)
            assert flight.answer is None
            interrupted += flight.broken is not None
        assert Customer.objects.count() == 0
        until(server.answers, "the next worker")
    assert interrupted == 2
    retried(server)


def test_database_session_killed_while_a_request_is_under_way(server: Server) -> None:
    interrupted = 0
    with held_up("customers_customer") as other:
        flight = Flight(server)
        for session in until(waiting, "the request to reach the database"):
            other.execute("SELECT pg_terminate_backend(%s)", [session])
            interrupted += 1
        flight.join(PATIENCE)
    assert interrupted == 1
    assert flight.answer is not None
    status, body, headers = flight.answer
    assert (status, json.loads(body)["code"], headers["Content-Type"]) == (
        503,
        "SERVICE-UNAVAILABLE",
        "application/problem+json",
    )
    assert int(headers["Retry-After"]) > 0
    assert Customer.objects.count() == Customer.history.count() == 0
    assert BusinessTransaction.objects.filter(request_id="crash-1").count() == 0
    retried(server)


def test_retry_while_the_first_one_is_still_under_way(server: Server) -> None:
    with held_up("customers_customer"):
        flights = [Flight(server) for _ in range(3)]
        until(waiting, "the request to reach the database")
        assert len(waiting()) == 1  # the others wait for its Business Transaction
    for flight in flights:
        flight.join(PATIENCE)
    answers = [flight.answer for flight in flights if flight.answer]
    assert [status for status, _, _ in answers] == [200] * 3
    assert len({body for _, body, _ in answers}) == 1
    assert sum("Idempotent-Replay" in headers for _, _, headers in answers) == 2
    assert Customer.objects.count() == Customer.history.count() == 1
    call_command("verify_audit")
