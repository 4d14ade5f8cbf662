"""What the log tells: the request's ID, where it broke, and nothing about anybody."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from logging.config import dictConfig
from typing import Any

import psycopg
import pytest
import structlog
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.utils.log import DEFAULT_LOGGING

from ocsportal import logs

pytestmark = pytest.mark.once
SECRETS = ("maria", "49170", "Nordwind", "cust-1")


@pytest.fixture
def lines(settings: Any) -> Iterator[Any]:
    """Log as an installation does, and read it back as JSON."""
    stream = StringIO()
    dictConfig(logs.configure(debug=False))
    logging.getLogger().handlers[0].setStream(stream)  # type: ignore[attr-defined]
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    dictConfig(DEFAULT_LOGGING)
    dictConfig(settings.LOGGING)


def nobody_in(found: list[dict[str, Any]]) -> None:
    """Demand that no line has any of the values that the tests send."""
    assert found
    text = json.dumps(found, ensure_ascii=False)
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.django_db
def test_a_refused_request_is_told_by_its_path(lines: Any) -> None:
    for path in (
        "/v1/casm/customers?email=maria@example.com&phone=%2B49170123&nonsense=Nordwind",
        "/v1/casm/customers/maria@example.com?name=Nordwind",
        "/nothing/49170123456?q=maria",
    ):
        assert Client().get(path, headers={"X-Request-ID": "trace-1"}).status_code in (401, 404)
    found = lines()
    nobody_in(found)
    assert [line["request"] for line in found] == [
        "GET /v1/casm/customers",
        "GET /v1/casm/customers/…",
        "GET /nothing/…",
    ]
    assert {line["request_id"] for line in found} == {"trace-1"}


def test_a_library_s_traceback_is_kept_without_what_it_quotes(lines: Any) -> None:
    try:
        int(SECRETS[0])
    except ValueError:
        logging.getLogger("somebody.elses").exception("Can't read 'Nordwind' of maria@example.com, +491701234567")
    (line,) = lines()
    nobody_in([line])
    assert "test_logs.py" in line["exception"]
    assert line["exception"].endswith("ValueError")


def test_a_database_s_error_is_told_by_state_and_constraint(lines: Any) -> None:
    class Diagnosed(psycopg.errors.UniqueViolation):
        """As the server words it."""

        diag: Any = type("Diag", (), {
            "sqlstate": "23505", "table_name": "customers_customer", "column_name": None, "constraint_name": "unique_external",
        })  # fmt: skip

    words = "duplicate key\nDETAIL:  Key (external_id)=(cust-1) already exists."
    try:
        try:
            raise Diagnosed(words)
        except Diagnosed as cause:
            raise IntegrityError(words) from cause
    except IntegrityError:
        structlog.get_logger("ocsportal.worker").exception("plan_failed", model="customers.Customer")
    (line,) = lines()
    nobody_in([line])
    assert line["exception"].endswith("IntegrityError: SQLSTATE 23505 customers_customer unique_external")
    assert "led to" in line["exception"]


def test_what_a_connection_says_and_what_code_says_is_kept() -> None:
    for error, words in (
        (OperationalError("connection refused"), "connection refused"),
        (AttributeError("no attribute 'code'"), "no attribute 'code'"),
    ):
        assert logs.told((type(error), error, None)).endswith(words)


def test_the_level_is_what_lines_begin_at() -> None:
    def levels(level: str) -> dict[str, str]:
        made = logs.configure(debug=False, level=level)
        return {
            name: made["loggers"][name]["level"] for name in ("ocsportal", "django_structlog", "django.db.backends")
        }

    assert levels("DEBUG") == {"ocsportal": "DEBUG", "django_structlog": "INFO", "django.db.backends": "WARNING"}
    assert levels("INFO") == {"ocsportal": "INFO", "django_structlog": "WARNING", "django.db.backends": "WARNING"}
    for name in ("ERROR", "CRITICAL"):
        made = logs.configure(debug=False, level=name)
        assert {made["root"]["level"], *(logger["level"] for logger in made["loggers"].values())} <= {name, "CRITICAL"}
    logs.configure(debug=False)


@pytest.mark.parametrize(("words", "args", "told"), [
    ("Invalid request from ip=10.0.0.5: Invalid HTTP request line: 'GET /?q=maria\\' \"Nordwind 49170'", (),
     "Invalid request from ip=10.0.0.5: Invalid HTTP request line: …"),
    ("Error handling request %s", ("/v1/casm/customers?email=maria@example.com",), "Error handling request …"),
    ("Worker (pid:%s) was sent %s!", (12, "SIGTERM"), "Worker (pid:12) was sent SIGTERM!"),
])  # fmt: skip
def test_gunicorn_quotes_no_request(words: str, args: tuple[Any, ...], told: str) -> None:
    import runpy

    discreet = runpy.run_path("gunicorn.conf.py")["discreet"]
    try:
        raise ValueError(SECRETS[3])
    except ValueError as error:
        record = logging.LogRecord("gunicorn.error", 40, "", 0, words, args, (type(error), error, error.__traceback__))
    assert discreet(record)
    line = logging.Formatter().format(record)
    assert line.startswith(f"{told}\nTraceback")
    assert [secret for secret in SECRETS if secret in line] == []
