"""Every statement that a side sends for one request, as libpq itself saw it leave: transaction control included."""

import importlib
import io
import re
import tempfile
from typing import Any

import psycopg
from psycopg.pq import Trace

from tests.bench import stopwatch
from tests.bench.servers import APPLICATIONS

CONTROL = ("BEGIN", "COMMIT")


def trace(side: str, requests: list[str]) -> list[str]:
    """Answer the requests one after the other in this process; return the statements of the last one."""
    with tempfile.TemporaryFile() as log:
        _trace_connections(log)
        module, _, name = APPLICATIONS[side].partition(":")
        application = getattr(importlib.import_module(module), name)
        for request in requests:
            log.seek(0, io.SEEK_END)
            start = log.tell()
            _answer(application, request)
        log.seek(0)
        # Statements prepared during the warm-up are sent by name; their text stands further up.
        prepared: dict[str, str] = {}
        _statements(log.read(start).decode("utf-8", "replace"), prepared)
        return _statements(log.read().decode("utf-8", "replace"), prepared)


def trace_timed(function: str, size: int) -> list[str]:
    """Do a timed work; return the statements of the part that counts."""
    module, _, name = function.partition(":")
    with tempfile.TemporaryFile() as log:
        _trace_connections(log)
        marks: list[int] = []
        stopwatch.WATCHERS.append(lambda: marks.append(log.seek(0, io.SEEK_END)))
        getattr(importlib.import_module(module), name)(size)
        start, end = marks
        log.seek(0)
        prepared: dict[str, str] = {}
        _statements(log.read(start).decode("utf-8", "replace"), prepared)
        return _statements(log.read(end - start).decode("utf-8", "replace"), prepared)


def _trace_connections(log: Any) -> None:
    original = psycopg.Connection.connect

    def connect(*arguments: Any, **options: Any) -> psycopg.Connection[Any]:
        made = original(*arguments, **options)
        made.pgconn.trace(log.fileno())
        made.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        return made

    psycopg.Connection.connect = psycopg.connect = connect  # type: ignore[method-assign, assignment]


def _statements(log: str, prepared: dict[str, str]) -> list[str]:
    """Return the statements in a trace, in order. A statement is a Query, or a Bind of something parsed."""
    found = []
    # A message starts at the beginning of a line, but the SQL in it may have lines of its own.
    for message in re.split(r"\n(?=[FB]\t\d+\t)", log):
        kind = message.split("\t", 3)[2] if message.startswith("F\t") else ""
        if kind == "Query":
            found.append(message.split('"', 1)[1].rsplit('"', 1)[0])
        elif kind == "Parse":
            name, text = message.split('"', 1)[1].split('" "', 1)
            prepared[name] = text.rsplit('"', 1)[0]
        elif kind == "Bind":
            name = re.findall(r'"([^"]*)"', message)[1]
            found.append(prepared[name])
    return [" ".join(statement.split()) for statement in found]


def _answer(application: Any, request: str) -> None:
    head, _, body = request.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.input": io.BytesIO(body.encode()), "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(), "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    for line in lines:
        name, _, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{key}"] = value
    answered: list[str] = []
    answer = application(environ, lambda status, headers: answered.append(status))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if not answered[0].startswith("20"):
        raise SystemExit(f"{answered[0]}: {content[:500]!r}")


def without_control(statements: list[str]) -> list[str]:
    """Return the statements that are no BEGIN and no COMMIT."""
    return [statement for statement in statements if statement not in CONTROL]
