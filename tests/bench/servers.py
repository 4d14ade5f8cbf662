"""The three servers under test: the same gunicorn with the same workers, each on a free port of 127.0.0.1."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.database import Databases

# As `make run` serves the portal.
GUNICORN = (
    "--workers",
    "2",
    "--worker-class",
    "gthread",
    "--threads",
    "4",
    "--keep-alive",
    "30",
    "--log-level",
    "error",
    "--no-control-socket",
)
APPLICATIONS = {
    "portal": "ocsportal.wsgi:application",
    "floor": "tests.bench.rivals.floor:application",
    "draft": "tests.bench.rivals.draft.wsgi:application",
}
SIDES = tuple(APPLICATIONS)
START_SECONDS = 30


@contextmanager
def servers(found: Databases) -> Iterator[dict[str, int]]:
    """Serve all three; hand over the port of each; stop exactly these processes at the end."""
    running: list[subprocess.Popen[bytes]] = []
    ports = {}
    try:
        for side, application in APPLICATIONS.items():
            ports[side] = _free_port()
            command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{ports[side]}", *GUNICORN]
            running.append(subprocess.Popen(command, env=found.environment(draft=side == "draft")))
        for port, server in zip(ports.values(), running, strict=True):
            _wait(port, server)
        yield ports
    finally:
        for server in running:
            server.terminate()
        for server in running:
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("A server did not start.")
