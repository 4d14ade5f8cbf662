"""A migration waits for no lock longer than others can bear, and comes back for it."""

import threading
import time
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import OperationalError, connection, connections, transaction

from ocsportal.transactions.patience import patiently

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
LOCK = "LOCK TABLE customers_customer IN ACCESS EXCLUSIVE MODE"


def ask(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


def locked() -> str:
    with transaction.atomic():
        ask(LOCK)
        return str(ask("SHOW lock_timeout")[0])


def held_for(seconds: float, began: threading.Event) -> None:
    """Hold the table as a slow reader does, then let go."""
    try:
        with transaction.atomic():
            ask("LOCK TABLE customers_customer IN ACCESS SHARE MODE")
            began.set()
            time.sleep(seconds)
    finally:
        connections.close_all()


def test_a_lock_that_is_held_is_tried_again_until_it_is_free() -> None:
    said: list[str] = []
    began = threading.Event()
    holder = threading.Thread(target=held_for, args=(1.2, began))
    holder.start()
    began.wait()
    started = time.monotonic()
    assert patiently(connection, locked, said.append) == "100ms"
    assert time.monotonic() - started > 1
    holder.join()
    assert said == ["Somebody holds a table; trying again until it is free …"]
    assert ask("SHOW lock_timeout")[0] == "10s"


def test_it_gives_up_and_leaves_other_errors_alone() -> None:
    began = threading.Event()
    holder = threading.Thread(target=held_for, args=(1.5, began))
    holder.start()
    began.wait()
    with pytest.raises(OperationalError, match="lock timeout"):
        patiently(connection, locked, lambda _: None, seconds=0.0)
    holder.join()
    with pytest.raises(ZeroDivisionError):
        patiently(connection, lambda: 1 // 0, lambda _: None)
    assert ask("SHOW lock_timeout")[0] == "10s"


def test_migrate_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(migrate.Command, "handle", lambda *_, **__: seen.append(ask("SHOW lock_timeout")[0]))
    call_command("migrate", verbosity=0)
    assert seen == ["100ms"]
