"""While the database is away: 503 with Retry-After, for programs and people alike; afterwards everything goes on."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import InternalError, OperationalError, connection

from customers.models import Customer
from ocsportal.transactions.outage import is_deadlock, is_outage
from tests.client import RestClient, problem

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def unreachable(api: RestClient) -> Iterator[None]:
    """Let the portal look for its database at a port where nothing listens."""
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    yield
    connection.close()
    connection.settings_dict["PORT"] = port


def address() -> dict[str, Any]:
    """Return where the tests' database is, for a session beside."""
    settings = connection.settings_dict
    return {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}


def unavailable(answer: Any) -> None:
    """Demand the problem 503 that says when to come back."""
    problem(answer, 503, "SERVICE-UNAVAILABLE")
    assert int(answer["Retry-After"]) > 0


def test_rest(api: RestClient, unreachable: None) -> None:
    unavailable(api.get("/customers"))
    unavailable(api.get("/customers/read", refId="x"))
    unavailable(api.post("/customers/create", customerProfile="b2c"))


def test_pages(api: RestClient, unreachable: None) -> None:
    api.http.cookies["sessionid"] = "x" * 32
    answer = api.http.get("/")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert b"Traceback" not in answer.content


def test_health(api: RestClient, unreachable: None) -> None:
    assert api.http.get("/healthz").status_code == 200
    ready = api.http.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
    assert int(ready["Retry-After"]) > 0


def test_readiness_when_it_is_there(api: RestClient) -> None:
    assert api.http.get("/readyz").json() == {"status": "ready"}


def test_connection_that_was_cut(api: RestClient) -> None:
    """The server ends the connection between two requests, as a restart does: the next one notices and is done."""
    assert api.get("/customers").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    with psycopg.connect(**address()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    again = api.post("/customers/create", requestId="cut", customerProfile="b2c")
    assert again.status_code == 200
    assert not again.has_header("Idempotent-Replay")


def test_write_that_waits_for_somebody_elses_change(api: RestClient) -> None:
    """It gives up in time; reads and pages go on meanwhile, and the retry is done once."""
    api.done("/customers/create", externalId="held", customerProfile="b2c")
    rename = {"requestId": "held", "customer": {"externalId": "held"}, "customName": "Late"}
    with psycopg.connect(**address()) as other:
        other.execute("SELECT 1 FROM customers_customer FOR UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        unavailable(api.post("/customers/update-custom-name", **rename))
        assert api.get("/customers/read", externalId="held").status_code == 200
        assert api.http.get("/admin/login/").status_code == 200
        other.rollback()
    assert Customer.objects.get().custom_name == ""
    assert api.done("/customers/update-custom-name", **rename)["customName"] == "Late"
    assert Customer.history.count() == 2


def test_server_that_became_a_standby(api: RestClient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    unavailable(api.post("/customers/create", requestId="standby", customerProfile="b2c"))
    api.http.cookies["sessionid"] = "x" * 32
    answer = api.http.post("/admin/login/", {"username": "care", "password": "correct-horse-battery"})
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (503, True)
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off")
    assert api.post("/customers/create", requestId="standby", customerProfile="b2c").status_code == 200


def test_deadlock_is_told_in_whatever_language_the_server_speaks() -> None:
    error = OperationalError("Verklemmung entdeckt")
    error.__cause__ = psycopg.errors.DeadlockDetected("Verklemmung entdeckt")
    assert is_deadlock(error)
    error.__cause__ = psycopg.errors.LockNotAvailable("deadlock detected")
    assert not is_deadlock(error)
    assert is_outage(error)
    assert not is_outage(InternalError("a bug"))
