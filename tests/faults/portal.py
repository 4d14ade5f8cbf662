"""The portal as it is run: gunicorn with two processes, on the cluster's database."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.cluster import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def said_when(self) -> bool:
        """Whether it is a refusal for the moment that says when to come back."""
        return self.status == 503 and int(self.headers.get("Retry-After", "0")) > 0


class Portal:
    """The server's processes, and one way to ask them."""

    def __init__(self, url: str, threads: int = 4) -> None:
        self.environment = os.environ | {
            "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "ocsportal.settings", "ALLOWED_HOSTS": "127.0.0.1",
            "SECRET_KEY": "only-for-faults-" + "x" * 40, "AUDIT_KEY": "only-for-faults-" + "a" * 40,
            "EVENTS_URL": "", "RATE_LIMIT": "",
        }  # fmt: skip
        self.threads = threads
        self.port = free_port()
        self.key: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *words: str) -> str:
        """Run a management command; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def prepare(self) -> None:
        """Do what docs/operating.md asks before a start, and make a key."""
        self.manage("migrate", "-v", "0")
        self.manage("collectstatic", "--noinput", "-v", "0")
        self.manage("load_reference_data")
        made = json.loads(self.manage("create_api_client", "faults", "--group", "CRM").splitlines()[-1])
        self.key = {"X-Ocs-Io-Application-Id": made["application_id"], "X-Ocs-Io-API-Key": made["api_key"]}

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        command = [
            sys.executable, "-m", "gunicorn", "ocsportal.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2",
            "--threads", str(self.threads), "--log-level", "critical",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.until_it_answers()

    def until_it_answers(self, path: str = "/healthz") -> float:
        """Wait until it answers 200; return how many seconds that took."""
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE:
            try:
                if self.ask("GET", path).status == 200:
                    return time.monotonic() - began
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        raise AssertionError(f"{path} did not answer")

    def workers(self) -> list[int]:
        """Return the process IDs of the server's workers."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children]

    def kill(self) -> None:
        """Kill the whole server, as a power cut would."""
        if self.process is None or self.process.poll() is not None:
            return
        for one in [self.process.pid, *self.workers()]:
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    def stop(self) -> None:
        """Stop it as a service manager does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE)

    def ask(self, method: str, path: str, body: Any = None, patience: float = PATIENCE, cookie: str = "") -> Answer:
        """Send one request on a connection of its own; raise OSError or HTTPException when the connection breaks."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            data = json.dumps(body) if body is not None else None
            whose = {"Cookie": cookie} if cookie else self.key
            line.request(method, path, data, whose | {"Content-Type": "application/json"})
            answer = line.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            line.close()
