"""`python -m tests.drill.stalls [rows]`: change a tracked table of many rows while others write it, and time the longest wait."""

import os
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg

from tests.drill.restores import ROOT, manage
from tests.faults.cluster import Cluster

MOST = 0.25
WRITERS = 2
MODEL, BEFORE = "customers/models.py", "    contact_name = "
# What the field becomes, and whether nobody may have to wait for it; a new type writes the table anew.
VERBS = (
    ("add", "shoe_size = models.PositiveSmallIntegerField(default=0)", True),
    ("rename", "foot = models.PositiveSmallIntegerField(default=0)", True),
    ("change the type", "foot = models.PositiveIntegerField(default=0)", False),
    ("remove", "", True),
)


class Writers:
    """Sessions of the version before, each writing one row after the other."""

    def __init__(self, url: str, keys: list[int]) -> None:
        self.url, self.keys, self.waits = url, keys, [0.0]
        self.going = True
        self.failed: list[str] = []
        self.threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def _write(self, number: int) -> None:
        chance = random.Random(number)
        with psycopg.connect(self.url, autocommit=True) as there:
            while self.going:
                began = time.monotonic()
                try:
                    there.execute(
                        "UPDATE customers_customer SET custom_name = %s WHERE id = %s",
                        [str(began), chance.choice(self.keys)],
                    )
                except psycopg.Error as error:
                    self.failed.append(str(error))
                self.waits.append(time.monotonic() - began)
                time.sleep(0.002)

    def longest(self, since: int) -> float:
        """Return the longest wait of those that began after so many writes."""
        return max(self.waits[since:], default=0.0)

    def stop(self) -> None:
        """Let them end."""
        self.going = False
        for thread in self.threads:
            thread.join()


def fill(url: str, rows: int) -> list[int]:
    """Multiply one customer and its history; return some of the keys."""
    with psycopg.connect(url, autocommit=True) as there:
        there.execute("SET session_replication_role = replica")
        for table, kept in (("customers_customer", "id"), ("customers_historicalcustomer", "history_id")):
            listed = "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> %s"
            names = [row[0] for row in there.execute(listed, [table, kept]).fetchall()]
            other = {"ref_id": "'x' || g", "external_id": "NULL", "id": "1000000 + g"}
            into, values = (
                ", ".join(f'"{name}"' for name in names),
                ", ".join(other.get(name, f'"{name}"') for name in names),
            )
            if kept == "id":
                into, values = f"id, {into}", f"1000000 + g, {values}"
            one = f"(SELECT * FROM {table} ORDER BY {kept} LIMIT 1) one"
            there.execute(f"INSERT INTO {table} ({into}) SELECT {values} FROM {one}, generate_series(1, {rows}) g")
        there.execute("VACUUM ANALYZE customers_customer, customers_historicalcustomer")
    return [1_000_000 + number for number in range(1, min(rows, 5000))]


def main(rows: int) -> int:
    """Play it, print the longest wait for each verb; return how many were too long."""
    home, cluster, failed = Path(tempfile.mkdtemp(prefix="ocs-stalls-")), Cluster(), 0
    leave = shutil.ignore_patterns(".git", ".venv", ".env", "*.sqlite3*", "__pycache__", "tests", "docs")
    copy = Path(shutil.copytree(ROOT, home / "copy", ignore=leave))
    try:
        cluster.start()
        manage(cluster.url, "migrate", "-v", "0")
        manage(cluster.url, "load_demo", "--customers", "1")
        keys = fill(cluster.url, rows)
        writers = Writers(cluster.url, keys)
        former = BEFORE
        try:
            for verb, field, demanded in VERBS:
                wanted = f"    {field}\n{BEFORE}" if field else BEFORE
                (copy / MODEL).write_text((copy / MODEL).read_text().replace(former, wanted, 1))
                former = wanted
                manage(cluster.url, "makemigrations", "customers", folder=copy, typed="y\ny\n")
                time.sleep(1)
                since, began = len(writers.waits), time.monotonic()
                usual = sorted(writers.waits[-200:])[-2]
                manage(cluster.url, "migrate", "-v", "0", folder=copy)
                took, longest = time.monotonic() - began, writers.longest(since)
                bad = demanded and longest > MOST
                failed += bad
                word = "FAIL" if bad else "  ok" if demanded else "    "
                print(
                    f"{word}  {verb}: {longest * 1000:.0f} ms at the longest, {usual * 1000:.0f} ms before; {took:.0f} s",
                    flush=True,
                )
        finally:
            writers.stop()
        failed += len(writers.failed)
        print(f"      {rows} rows, {len(writers.waits)} writes, {len(writers.failed)} failed {writers.failed[:1]}")
    finally:
        cluster.remove()
        shutil.rmtree(home, ignore_errors=True)
    return failed


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
