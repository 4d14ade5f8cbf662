"""A cluster that is filled and backed up, and the ways in which it comes back; each on a cluster of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
CUSTOMERS = 20
Way = Callable[[], Cluster]
WRITE = """
from customers.operations import create_customer
from ocsportal.entities.identity import Ref
from ocsportal.transactions.system import system_change
create_customer(system_change("drill", reason="because"), external_id={name!r}, customer_profile="b2c")
"""
PROVE = """
from django.core.management import call_command
call_command("check", "--database", "default", "--fail-level", "WARNING")
call_command("migrate", "-v", "0")
call_command("verify_audit")
call_command("verify_ledger")
"""
MEND = """
from django.core.management import call_command
call_command("install_triggers")
call_command("verify_audit")
"""
HAS = "SELECT count(*) FROM customers_customer WHERE external_id = %s"
WEAKER = "ALTER TABLE customers_customer DISABLE TRIGGER ocs_u_customers_customer"
NAMED = "ocs_u_customers_customer is missing or switched off"


def manage(url: str, *words: str, fails: bool = False, folder: Path = ROOT, typed: str = "") -> str:
    """Run a management command; return what it printed, raise RuntimeError when it ended otherwise than it should."""
    environment = os.environ | {
        "DATABASE_URL": url, "SECRET_KEY": "only-for-drills-" + "x" * 40, "AUDIT_KEY": "only-for-drills-" + "a" * 40,
        "EVENTS_URL": "", "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=folder, env=environment, input=typed, capture_output=True, text=True
    )
    if (done.returncode != 0) != fails:
        raise RuntimeError(f"{words}: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout + done.stderr


class Drill:
    """The source with its backups: a base backup, the log of all writes since, two dumps, and an accident after them."""

    def __init__(self) -> None:
        self.source = Cluster()
        self.others: list[Cluster] = []
        self.target = ""

    def fill(self) -> str:
        """Fill the source, back it up, and let somebody do harm to it afterwards; return what that took."""
        source, archive = self.source, self.source.home / "archive"
        archive.mkdir()
        os.chown(archive, source.home.stat().st_uid, source.home.stat().st_gid)
        source.configure("archive_mode = on", f"archive_command = 'cp %p {archive}/%f'")
        source.start(synchronous_commit="off")
        manage(source.url, "migrate", "-v", "0")
        manage(source.url, "load_demo", "--customers", str(CUSTOMERS))
        took = {name: self._timed(make) for name, make in self._backups().items()}
        with psycopg.connect(source.url, autocommit=True) as there:
            self.target = str(_one(there, "SELECT clock_timestamp()"))
            time.sleep(0.1)
            there.execute("UPDATE customers_customer SET custom_name = 'harmed'")
            size = _one(there, "SELECT pg_size_pretty(pg_database_size(current_database()))")
            rows = _one(there, "SELECT count(*) FROM transactions_businesstransaction")
            last = _one(there, "SELECT pg_walfile_name(pg_switch_wal())")
            while (_one(there, "SELECT last_archived_wal FROM pg_stat_archiver") or "") < last:
                time.sleep(0.1)
        manage(source.url, "verify_audit", fails=True)
        backups = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in took.items())
        return f"filled: {size}, {rows} Business Transactions; backed up: {backups}; then harmed"

    def ways(self) -> dict[str, Way]:
        """Return the ways of restoring, by name."""
        ways = {
            "pg_dump -Fc | pg_restore": self._from_dump,
            "plain dump | psql": self._from_plain,
            "pg_basebackup": self._from_base,
            "to a point in time by WAL": self._to_a_point,
        }
        for newer in self._newer():
            ways[f"pg_dump -Fc into PostgreSQL {_major(newer)}"] = lambda newer=newer: self._from_dump(newer)  # type: ignore[misc]
        return ways

    def play(self, way: Way) -> str:
        """Restore in a way, and demand that all is proven, can be written, and that a weakened trigger is found."""
        began = time.monotonic()
        cluster = way()
        restored = time.monotonic() - began
        url, began = cluster.url, time.monotonic()
        manage(url, "shell", "-c", PROVE)
        proven = time.monotonic() - began
        with psycopg.connect(url, autocommit=True) as there:
            assert _one(there, HAS, "before-base") == 1, "what was written before the backup is not there"
            late = _one(there, HAS, "after-base")
            assert late == (0 if way == self._from_base else 1), "what was written after the base backup"
            assert _one(there, "SELECT count(*) FROM customers_customer WHERE custom_name = 'harmed'") == 0, (
                "the harm came back"
            )
            manage(url, "shell", "-c", WRITE.format(name="after-restore") + PROVE)
            there.execute(WEAKER)
        assert NAMED in manage(url, "verify_audit", fails=True), "a weakened trigger was not found"
        assert NAMED in manage(url, "shell", "-c", MEND)
        cluster.stop()
        return f"restored in {restored:.1f} s; checked, migrated and proven in {proven:.1f} s; written; weakened, found, mended"

    def remove(self) -> None:
        """Leave nothing behind."""
        for cluster in [self.source, *self.others]:
            cluster.remove()

    def _backups(self) -> dict[str, Callable[[], None]]:
        home, url = self.source.home, self.source.url
        base = ("-D", str(home / "base"), "-d", url, "-c", "fast", "-X", "stream")
        return {
            "one write": lambda: self._write("before-base"),
            "pg_basebackup": lambda: self.source.run("pg_basebackup", *base),
            "another write": lambda: self._write("after-base"),
            "pg_dump -Fc": lambda: self.source.run("pg_dump", "-Fc", "-f", str(home / "dump.fc"), "-d", url),
            "plain pg_dump": lambda: self.source.run("pg_dump", "-f", str(home / "dump.sql"), "-d", url),
        }

    def _write(self, name: str) -> None:
        manage(self.source.url, "shell", "-c", WRITE.format(name=name))

    def _from_dump(self, binaries: Path | None = None) -> Cluster:
        cluster = self._cluster(None, binaries)
        cluster.start()
        cluster.run("pg_restore", "--exit-on-error", "-d", cluster.url, str(self.source.home / "dump.fc"))
        return cluster

    def _from_plain(self) -> Cluster:
        cluster = self._cluster()
        cluster.start()
        words = ("-q", "-v", "ON_ERROR_STOP=1", "-d", cluster.url, "-f", str(self.source.home / "dump.sql"))
        cluster.run("psql", *words)
        return cluster

    def _from_base(self) -> Cluster:
        cluster = self._cluster(self._copy_base)
        cluster.start()
        return cluster

    def _to_a_point(self) -> Cluster:
        cluster = self._cluster(self._copy_base)
        cluster.configure(
            f"restore_command = 'cp {self.source.home}/archive/%f %p'", f"recovery_target_time = '{self.target}'",
            "recovery_target_action = 'promote'",
        )  # fmt: skip
        signal = cluster.home / "data" / "recovery.signal"
        signal.touch()
        os.chown(signal, cluster.home.stat().st_uid, cluster.home.stat().st_gid)
        cluster.start()
        with psycopg.connect(cluster.url, autocommit=True) as there:
            while _one(there, "SELECT pg_is_in_recovery()"):
                time.sleep(0.1)
        return cluster

    def _copy_base(self, cluster: Cluster) -> None:
        words = ["cp", "-a", str(self.source.home / "base"), str(cluster.home / "data")]
        subprocess.run(words, check=True, **cluster.who)  # type: ignore[call-overload]
        cluster.configure("archive_mode = off")

    def _cluster(self, begin: Callable[[Cluster], None] | None = None, binaries: Path | None = None) -> Cluster:
        cluster = Cluster(begin, binaries)
        self.others.append(cluster)
        return cluster

    def _newer(self) -> list[Path]:
        """Return the binaries of newer major versions, where this machine has any."""
        ours = self.source.bin
        named = [Path(place) for place in os.environ.get("NEWER_POSTGRESQL", "").split(":") if place]
        found = [place for place in Path("/usr/lib/postgresql").glob("*/bin") if (place / "initdb").exists()]
        return named + [place for place in sorted(found) if _major(place) > _major(ours)]

    @staticmethod
    def _timed(make: Callable[[], None]) -> float:
        began = time.monotonic()
        make()
        return time.monotonic() - began


def _major(binaries: Path) -> int:
    told = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.split("PostgreSQL) ")[-1].split(".")[0])


def _one(there: Any, query: str, *values: Any) -> Any:
    return there.execute(query, values).fetchone()[0]
