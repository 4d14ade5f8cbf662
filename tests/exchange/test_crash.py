"""An import that is killed goes on where it was; agents work beside it, and two imports beside each other."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from customers.models import Customer
from customers.operations import create_customer, update_customer_custom_name
from ocsportal.entities.identity import Ref
from ocsportal.exchange.batches import Importer
from ocsportal.exchange.reading import look_through
from ocsportal.exchange.told import NAME
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from tests.exchange.files import counts, proven, run, written
from tests.exchange.rows import named, whole

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def started(path: Path) -> "subprocess.Popen[str]":
    """Start the command in a process of its own, on the database of the tests."""
    given = connection.settings_dict
    address = f"postgres://{given['USER']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    script = "import sys, manage; sys.argv = ['manage.py', *sys.argv[1:]]; manage.main()"
    words = [sys.executable, "-c", script, "import_customers", str(path)]
    environment = os.environ | {"TEST_DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.Popen(words, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True)


def test_killed_in_the_middle(tmp_path: Path) -> None:
    """Twice, after some batch was committed; half of the customers have no external ID by which they could be known."""
    rows = []
    for number in range(1, 4001):
        row = whole(number)
        if number % 2:
            row = {name: value for name, value in row.items() if not name.endswith("externalId")}
            row |= named(customer__key=f"k-{number}")
        rows.append(row)
    path = written(tmp_path / "in.csv", *rows)
    for _ in range(2):
        before = Customer.objects.count()
        process = started(path)
        while Customer.objects.count() < before + 500:
            assert process.poll() is None, "It was done before it could be killed."
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        connection.close()
    left = Customer.objects.count()
    assert 1000 <= left < 4000
    outcome = run(path)
    assert (outcome.code, outcome.made) == (0, [4000 - left] * 4)
    assert counts() == [4000, 4000, 4000, 4000, 4000, 8000]
    assert Customer.objects.filter(external_id=None).count() == 2000
    assert BusinessTransaction.objects.filter(operation=NAME).count() == 8
    proven()


def test_agents_work_beside_it(tmp_path: Path) -> None:
    """They write on what stands, and take IDs that the file has: each is one's or the other's, and nobody fails."""
    create_customer(system_change("tests"), external_id="stands", customer_profile="b2c")
    path = written(tmp_path / "in.csv", *(whole(number) for number in range(1, 2001)))
    done, won, renamed, refused = threading.Event(), [], [], set()

    def agent() -> None:
        number = 0
        try:
            while not done.is_set():
                number = number % 2000 + 37
                renamed.append(update_customer_custom_name(
                    system_change("agent"), customer=Ref(external_id="stands"), custom_name=f"Name {len(renamed)}"
                ))  # fmt: skip
                try:
                    create_customer(system_change("agent"), external_id=f"c-{number}", customer_profile="b2c")
                    won.append(number)
                except OperationRefused as refusal:
                    refused.add(refusal.code)
        finally:
            connection.close()

    beside = threading.Thread(target=agent)
    beside.start()
    while not won:
        time.sleep(0.01)
    try:
        outcome = run(path, report=tmp_path / "r.csv")
    finally:
        done.set()
        beside.join()
    taken = [number for number in won if number <= 2000]
    assert len(renamed) > len(won) > 0
    assert refused <= {"EXTERNAL-ID-NOT-UNIQUE"}
    assert outcome.told["refused"] == len(taken)
    assert outcome.made == [2000 - len(taken)] * 4
    assert Customer.objects.count() == 2001 + len(won) - len(taken)
    proven()


def test_two_imports_of_one_file(tmp_path: Path) -> None:
    rows = [whole(number) for number in range(1, 1501)]
    path = written(tmp_path / "in.csv", *({n: v for n, v in row.items() if n != "customer.externalId"} | named(
        customer__key=row["customer.externalId"]) for row in rows))  # fmt: skip
    processes = [started(path), started(path)]
    ended = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], ended
    assert counts() == [1500, 1500, 1500, 1500, 1500, 3000]


def test_what_an_agent_takes_between_looking_and_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch is begun anew, and only the row is refused whose ID is gone."""
    from ocsportal.exchange import batches

    path = written(tmp_path / "in.csv", whole(1), whole(2))
    looked, met = batches.refuse_taken, []

    def beaten(*words: Any) -> None:
        looked(*words)
        if not met:
            thread = threading.Thread(target=_taken_by_an_agent)
            thread.start()
            thread.join()
            met.append(True)

    monkeypatch.setattr(batches, "refuse_taken", beaten)
    found = list(Importer(look_through(path, None)).run())
    faults = [fault for batch in found for given in batch.refused for fault in given.refused]
    assert [(fault.row, fault.column, fault.code) for fault in faults] == [
        (2, "customer.externalId", "EXTERNAL-ID-NOT-UNIQUE")
    ]
    assert counts() == [2, 1, 1, 1, 1, 2]


def _taken_by_an_agent() -> None:
    create_customer(system_change("agent"), external_id="c-1", customer_profile="b2c")
    connection.close()
