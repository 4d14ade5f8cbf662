"""A database of the previous release, full and at work, is upgraded: it holds as it stood, and goes on.

`previous/` has one for each engine as a plain dump: five customers with all that hangs on them, some of their journal
relayed and some waiting. `previous/dump.py` makes them anew as a release is cut.
"""

import lzma
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.transactions.copied import ROOT, manage, other_database, server

pytestmark = pytest.mark.django_db
DUMPS = Path(__file__).parent / "previous"
ERASE_ALL_OF = Path(__file__).parent / "erase_all_of.py"
MADE = 464  # Business Transactions in each dump.
HOLDS = r"The audit trail holds: (\d+) Business Transactions"
COUNT = "SELECT operation, count(*) FROM transactions_businesstransaction GROUP BY operation ORDER BY operation"


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[str]:
    """The URL of a database as the previous release left it."""
    script = lzma.decompress((DUMPS / f"{connection.vendor}.sql.xz").read_bytes()).decode()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(tmp_path / "previous.sqlite3")) as there:
            there.executescript(script)
        yield f"sqlite:///{tmp_path}/previous.sqlite3"
        return
    name = f"{connection.settings_dict['NAME']}_previous"
    url = other_database(name)
    with psycopg.connect(url.replace("postgres://", "postgresql://", 1), autocommit=True) as there:
        there.execute(script.encode())
    yield url
    with server() as there:
        there.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def holding(url: str) -> int:
    """Return how many Business Transactions the audit trail holds; everything else is proven beside."""
    manage(ROOT, url, "check", "--database", "default", "--fail-level", "WARNING")
    manage(ROOT, url, "verify_ledger")
    said = re.search(HOLDS, manage(ROOT, url, "verify_audit"))
    assert said
    return int(said[1])


def asked(url: str, query: str) -> list[tuple[object, ...]]:
    """Return what a database answers."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as there:
            return there.execute(query).fetchall()
    with psycopg.connect(url.replace("postgres://", "postgresql://", 1)) as there:
        return there.execute(query.encode()).fetchall()


def test_it_is_upgraded_proven_and_goes_on(restored: str) -> None:
    before = asked(restored, COUNT)
    assert sum(int(str(count)) for _, count in before) == MADE
    manage(ROOT, restored, "migrate", "-v", "0")
    assert "No migrations to apply" in manage(ROOT, restored, "migrate")
    # Groups are given what the release adds, which is recorded.
    handed = ("SynchroniseGroups", 1)
    assert sorted(asked(restored, COUNT)) == sorted([*before, handed])
    assert holding(restored) == MADE + 1
    # It goes on: what waited gets its place after what was relayed, nothing is missed, and more is written.
    manage(ROOT, restored, "load_reference_data")
    manage(ROOT, restored, "worker", "--once")
    ((entries, newest),) = asked(restored, "SELECT count(*), max(position) FROM transactions_journalentry")
    assert entries == newest
    assert asked(restored, "SELECT count(*) FROM transactions_outboxmessage") == [(0,)]
    manage(ROOT, restored, "load_demo", "--customers", "6")
    assert holding(restored) > MADE


def test_what_was_forged_before_the_upgrade_is_found_after_it(restored: str) -> None:
    guard = "transactions_businesstransaction"
    if restored.startswith("sqlite"):
        with closing(sqlite3.connect(restored.removeprefix("sqlite:///"))) as there:
            for (name,) in there.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [guard]
            ):
                there.execute(f"DROP TRIGGER {name}")
            there.execute(f"UPDATE {guard} SET actor_name = 'Somebody Else' WHERE id = 100")
            there.commit()
    else:
        with psycopg.connect(restored.replace("postgres://", "postgresql://", 1)) as there:
            there.execute(f"ALTER TABLE {guard} DISABLE TRIGGER USER".encode())
            there.execute(f"UPDATE {guard} SET actor_name = 'Somebody Else' WHERE id = 100".encode())
            there.execute(f"ALTER TABLE {guard} ENABLE TRIGGER USER".encode())
    manage(ROOT, restored, "migrate", "-v", "0")
    manage(ROOT, restored, "install_triggers")
    said = manage(ROOT, restored, "verify_audit", fails=True)
    assert "Business Transaction that was altered: its digest does not fit" in said
    assert "100" in said


def test_what_no_release_has_left_so_is_told_in_a_plain_word(restored: str) -> None:
    """A migration of today stands there as applied, without those before it."""
    odd = "INSERT INTO django_migrations (app, name, applied) VALUES ('transactions', '0014_erasable', '2026-01-01')"
    if restored.startswith("sqlite"):
        with closing(sqlite3.connect(restored.removeprefix("sqlite:///"))) as there:
            there.execute(odd)
            there.commit()
    else:
        with psycopg.connect(restored.replace("postgres://", "postgresql://", 1)) as there:
            there.execute(odd.encode())
    before = asked(restored, "SELECT count(*) FROM django_migrations")
    said = manage(ROOT, restored, "migrate", "-v", "0", fails=True)
    assert "This database was left between two releases, and nothing was changed" in said
    assert "Traceback" not in said
    assert asked(restored, "SELECT count(*) FROM django_migrations") == before


def dumped(url: str) -> str:
    """Return all that is in a database as text, as a backup would keep it."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as there:
            return "\n".join(there.iterdump())
    return subprocess.run(["pg_dump", url], capture_output=True, check=True, text=True).stdout


def test_a_customer_from_before_is_erased_and_no_dump_has_the_values(restored: str) -> None:
    """Rows that were sealed with their values, and rows that come after, of one tree."""
    manage(ROOT, restored, "migrate", "-v", "0")
    said = manage(ROOT, restored, "shell", "-v", "0", typed=ERASE_ALL_OF.read_text())
    values = re.findall(r"^VALUE (.+)$", said, re.MULTILINE)
    erased = re.search(r"^ERASED (\w+) (\d+)$", said, re.MULTILINE)
    assert erased, said
    assert len(values) > 10
    assert int(re.findall(r"^SEALED (\d+)$", said, re.MULTILINE)[0]) > MADE
    holding(restored)
    told = manage(ROOT, restored, "verify_audit", "--all")
    assert f"Customer {erased[1]}: erased by transaction {erased[2]}." in told
    entered = "SELECT count(*) FROM transactions_erasedrow WHERE digest <> ''"
    assert asked(restored, entered) != [(0,)]
    assert asked(restored, entered.replace("<>", "=")) == [(0,)]
    everything = dumped(restored)
    assert [value for value in values if value in everything] == []
