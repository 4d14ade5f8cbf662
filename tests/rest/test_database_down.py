"""While the database is away: 503 with Retry-After, for programs and people alike; afterwards everything goes on."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

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
    """The server ends the connection between two requests, as a restart does."""
    import psycopg

    assert api.get("/customers").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    settings = connection.settings_dict
    address = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}
    with psycopg.connect(**address) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [backend])
    unavailable(api.post("/customers/create", requestId="cut", customerProfile="b2c"))
    connection.close_if_unusable_or_obsolete()  # what the end of a request does
    again = api.post("/customers/create", requestId="cut", customerProfile="b2c")
    assert again.status_code == 200
    assert not again.has_header("Idempotent-Replay")
