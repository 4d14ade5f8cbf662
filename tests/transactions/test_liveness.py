"""Connections that the server closed are noticed before they cost an answer."""

import psycopg
import pytest
from django.db import connection

from ocsportal.transactions.liveness import close_dead_connections
from tests.client import RestClient

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def cut() -> None:
    """Let the server end this thread's connection, and wait until it has."""
    settings = connection.settings_dict
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    with psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=settings["NAME"], autocommit=True
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


def test_reads_writes_pages_and_readiness_after_the_server_came_back(api: RestClient) -> None:
    api.done("/customers/create", externalId="cut", customerProfile="b2c")
    cut()
    assert api.get("/customers/read", externalId="cut").status_code == 200
    cut()
    assert api.post("/customers/create", customerProfile="b2c").status_code == 200
    cut()
    login = {"username": "care", "password": "correct-horse-battery"}
    assert api.http.post("/admin/login/", login).status_code == 302
    cut()
    assert api.http.get("/readyz").status_code == 200


def test_a_good_connection_is_kept_and_asked_nothing(api: RestClient) -> None:
    connection.ensure_connection()
    before = connection.connection
    with connection.execute_wrapper(lambda *_: pytest.fail("the server was asked")):
        close_dead_connections()
    assert connection.connection is before
