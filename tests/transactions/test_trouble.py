"""Whatever a command can't use is told in one plain sentence that names the variable, with exit code 1 and no traceback."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands
from django.test import override_settings

from ocsportal.events.broker import BROKER_ERRORS, Broker, broker_words
from ocsportal.transactions.outage import UNMIGRATED
from tests.events.following import waiting

pytestmark = pytest.mark.once
UNUSABLE = "ocsportal: DATABASE_URL: the database can't be used"
ROOT = Path(__file__).resolve().parents[2]
# Every command of the portal, as it is called; one that is new has to be entered.
CALLS = {
    "load_reference_data": [],
    "load_demo": ["--customers=1"],
    "create_api_client": ["crm", "--group=CRM"],
    "import_customers": [str(ROOT / "docs/samples/import.csv")],
    "export_customers": [os.devnull],
    "worker": [],
    "install_triggers": [],
    "fill_search_texts": [],
    "relay": [],
    "verify_ledger": [],
    "verify_audit": [],
    "audit_head": [],
    "grant_runtime": ["somebody"],
}
ALL = """
import sys, manage
for call in {calls!r}:
    sys.argv = ["manage.py", *call]
    try:
        manage.main()
    except SystemExit as end:
        print("ended:", end.code, flush=True)
"""


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run something as an operator would, in a process of its own."""
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "ocsportal.settings", **environment}
    return subprocess.run(words, cwd=ROOT, env=given, capture_output=True, text=True, timeout=120, check=False)


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py."""
    return run(sys.executable, "manage.py", *words, **environment)


def server(**parts: str) -> str:
    """Return the address of the tests' PostgreSQL, with some parts of it replaced."""
    found = re.fullmatch(r"postgres(?:ql)?://([^@]*)@([^/]*)/(\w+).*", os.environ.get("TEST_DATABASE_URL", ""))
    if not found:
        pytest.skip("needs TEST_DATABASE_URL")
    known = dict(zip(("user", "host", "name"), found.groups(), strict=True)) | parts
    return f"postgres://{known['user']}@{known['host']}/{known['name']}"


def test_every_command_is_tried() -> None:
    ours = {name for name, app in get_commands().items() if (ROOT / app.replace(".", "/")).is_dir()}
    # Django's own commands, to which the portal adds something, tell their troubles as Django does.
    assert ours - {"migrate", "makemigrations"} == CALLS.keys()


@pytest.mark.parametrize(("parts", "words"), [
    ({"host": "127.0.0.1:1"}, r"connection to server at .*port 1 failed: Connection refused"),
    ({"host": "no-such-host.invalid"}, r"failed to resolve host 'no-such-host.invalid': .*"),
    ({"name": "no_such_database"}, r"connection to server at .* failed: FATAL: +database \"no_such_database\" does not exist"),
    ({"user": "no_such_user:wrong"}, r"connection to server at .* failed: FATAL: .*no_such_user.*"),
], ids=["refused", "unknown host", "no database", "wrong user"])  # fmt: skip
def test_no_command_can_use_the_database(parts: dict[str, str], words: str) -> None:
    calls = [[name, *options] for name, options in CALLS.items()]
    done = run(sys.executable, "-c", ALL.format(calls=calls), DATABASE_URL=server(**parts))
    assert done.stderr == ""
    ends = done.stdout.splitlines()
    assert len(ends) == len(CALLS)
    for end in ends:
        assert re.fullmatch(f"ended: ocsportal: DATABASE_URL: the database can't be used: {words}", end), end


@pytest.mark.parametrize(("words", "environment", "said"), [
    (["worker"], {"DATABASE_URL": "sqlite:////{tmp}/new.sqlite3"}, f"ocsportal: {UNMIGRATED}"),
    (["worker"], {"DATABASE_URL": "sqlite:////{tmp}/none/x"}, f"{UNUSABLE}: unable to open database file"),
    (["verify_audit"], {"DATABASE_URL": f"sqlite:///{ROOT}/README.md"}, f"{UNUSABLE}: file is not a database"),
    (["check"], {"LOG_LEVEL": "loud"}, "ocsportal: LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL."),
    (["check"], {"DJANGO_SETTINGS_MODULE": "nothing"}, "ocsportal: DJANGO_SETTINGS_MODULE names no module: 'nothing'."),
    (["create_api_client", "\udcff", "--group=CRM"], {}, "ocsportal: '\\udcff' is not UTF-8."),
], ids=["not migrated", "no folder", "no database", "level", "settings", "bytes"])  # fmt: skip
def test_one_line_and_exit_code_1(words: list[str], environment: dict[str, str], said: str, tmp_path: Path) -> None:
    given = {name: value.replace("/{tmp}", str(tmp_path)) for name, value in environment.items()}
    done = manage(*words, **given)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{said}\n")


HERE = "127.0.0.1:5672"
BROKERS = {
    "amqp://guest:guest@no-such-host.invalid/": "no host is known by the name 'no-such-host.invalid'",
    "amqp://guest:guest@127.0.0.1:1/": "nothing answers as a broker at 127.0.0.1:1",
    f"amqp://guest:wrong@{HERE}/": f"the broker at {HERE} refuses the user 'guest' or the password",
    f"amqp://guest:guest@{HERE}/no%2Fhost": f"the broker at {HERE} has no virtual host 'no/host', or refuses it to the user",
    f"amqps://guest:guest@{HERE}/": f"no TLS connection to {HERE} comes about: WRONG_VERSION_NUMBER",
}


def needs_broker(url: str) -> None:
    """Skip where the broker itself has to refuse, and there is none."""
    with socket.socket() as probe:
        if HERE in url and probe.connect_ex(("127.0.0.1", 5672)):
            pytest.skip("needs RabbitMQ on 127.0.0.1:5672")


@pytest.mark.django_db
@pytest.mark.parametrize("url", BROKERS)
@pytest.mark.parametrize("options", [["--once"], []], ids=["once", "on and on"])
def test_no_worker_can_use_the_broker(url: str, options: list[str]) -> None:
    """Of what is due as much is done as may be, and the events wait."""
    needs_broker(url)
    before = waiting()
    said = f"0 planned changes brought into force, but the events for EVENTS_URL wait: {BROKERS[url]}."
    with override_settings(EVENTS_URL=url), pytest.raises(CommandError) as caught:
        call_command("worker", *options)
    assert str(caught.value) == said
    assert caught.value.returncode == 1
    assert waiting() == before


def test_what_speaks_something_else_is_no_broker() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"amqp://127.0.0.1:{other.getsockname()[1]}/?connection_attempts=1"
        import threading

        def answer() -> None:
            connection, _ = other.accept()
            connection.recv(8)
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(BROKER_ERRORS) as caught:
            Broker(url).open()
    assert broker_words(caught.value, url).endswith("does not speak AMQP 0-9-1")


@pytest.mark.django_db
def test_a_broker_that_goes_away_later_is_told_once_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from ocsportal.events.management.commands import worker

    told: list[tuple[str, Any]] = []
    log = type("Log", (), {
        "error": lambda self, event, **facts: told.append((event, facts)),
        "warning": lambda self, event, **facts: told.append((event, facts)),
        "exception": lambda self, event, **facts: told.append((event, "a traceback")),
    })  # fmt: skip
    monkeypatch.setattr(worker, "log", log())
    command, url = worker.Command(), "amqp://guest:guest@127.0.0.1:1/"

    def fail() -> int:
        with Broker(url) as broker:
            broker.open()
        return 0

    with override_settings(EVENTS_URL=url):
        for work in (fail, fail, fail, lambda: 3, lambda: 3, fail):
            command.turn([work])
    away = ("worker_turn_failed", {"because": "EVENTS_URL: nothing answers as a broker at 127.0.0.1:1"})
    assert told == [away, ("worker_goes_on", {}), away]
    command.turn([lambda: 1 // 0])
    assert told[-1] == ("worker_turn_failed", "a traceback")


class TestPort:
    def test_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            done = run(".ci/serve", PORT=str(port))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"PORT: port {port} on 127.0.0.1 is taken; try PORT={port % 65535 + 1} make run.\n"

    @pytest.mark.parametrize("port", ["0", "65536", "abc", "-1", "80 80", "99999999999999999999"])
    def test_is_none(self, port: str) -> None:
        done = run(".ci/serve", PORT=port)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"PORT must be a number from 1 to 65535, not '{port}'.\n"


def test_demo_data_say_how_far_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    from io import StringIO

    from ocsportal.care.management.commands import load_demo

    out, now = StringIO(), iter([0.0, 1.0, 2.0, 2.0, 3.0, 4.5, 4.5])
    monkeypatch.setattr(load_demo.time, "monotonic", lambda: next(now))
    told = load_demo.Command(stdout=out)._progress("customers made")
    for number in (1, 2, 3, 1004):
        told(number)
    assert out.getvalue() == "  2 customers made …\n  1,004 customers made …\n"
