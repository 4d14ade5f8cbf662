"""`python -m tests.drill.stalls [rows]`: change a tracked table of many rows while others write it, and time the longest wait."""

import os
import random
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.drill.restores import ROOT, manage
from tests.faults.cluster import Cluster

MOST = 0.25
WRITERS = 2
MODEL, BEFORE = "customers/models.py", "    contact_name = "
SHOE = "shoe_size = models.PositiveSmallIntegerField(default=0, db_default=0)"
FOOT = "foot = models.PositiveSmallIntegerField(default=0, db_default=0)"
SOLE = 'sole = models.CharField(max_length=9, default="", db_default="")'
# What becomes of a field; another type is another field, which is filled from it.
VERBS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("add", (SHOE,)),
    ("rename", (FOOT,)),
    ("add one of another type", (FOOT, SOLE)),
    ("fill it", ()),
    ("remove the former", (SOLE,)),
)
FILL = """
from django.db import migrations, models
from django.db.models.functions import Cast
from ocsportal.transactions.fill_tracked import FillTracked
class Migration(migrations.Migration):
    atomic = False
    dependencies = [{dependencies}]
    operations = [FillTracked("Customer", "sole", Cast("foot", models.CharField(max_length=9)))]
"""


class Writers:
    """Sessions of the version before, each writing one row after the other."""

    def __init__(self, url: str, keys: list[int]) -> None:
        self.url, self.keys, self.waits = url, keys, [0.0]
        with psycopg.connect(url) as there:
            self.columns = [name for name in columns(there, "customers_customer") if name != "id"]
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
                statement, values = self._statement(chance)
                try:
                    there.execute(statement, values)
                except psycopg.Error as error:
                    self.failed.append(str(error))
                self.waits.append(time.monotonic() - began)
                time.sleep(0.002)

    def _statement(self, chance: random.Random) -> tuple[str, list[Any]]:
        """Return an update, or now and then a new row, with the columns that the version before knows."""
        key = chance.choice(self.keys)
        if chance.random() > 0.1:
            return "UPDATE customers_customer SET custom_name = %s WHERE id = %s", [str(chance.random()), key]
        own = {"ref_id": f"'w{chance.randrange(10**12)}'", "external_id": "NULL"}
        listed, values = (", ".join(names) for names in (self.columns, [own.get(each, each) for each in self.columns]))
        return f"INSERT INTO customers_customer ({listed}) SELECT {values} FROM customers_customer WHERE id = %s", [key]

    def longest(self, since: int) -> float:
        """Return the longest wait of those that began after so many writes."""
        return max(self.waits[since:], default=0.0)

    def stop(self) -> None:
        """Let them end."""
        self.going = False
        for thread in self.threads:
            thread.join()


def columns(there: Any, table: str) -> list[str]:
    """Return the columns of a table, quoted."""
    listed = "SELECT quote_ident(column_name) FROM information_schema.columns WHERE table_name = %s"
    return [row[0] for row in there.execute(listed, [table]).fetchall()]


def fill(url: str, rows: int) -> list[int]:
    """Multiply one customer and its history; return some of the keys."""
    with psycopg.connect(url, autocommit=True) as there:
        there.execute("SET session_replication_role = replica")
        for table, kept in (("customers_customer", "id"), ("customers_historicalcustomer", "history_id")):
            names = [name for name in columns(there, table) if name != kept]
            other = {"ref_id": "'x' || g", "external_id": "NULL", "id": "1000000 + g"}
            into, values = (
                ", ".join(names),
                ", ".join(other.get(name, name) for name in names),
            )
            if kept == "id":
                into, values = f"id, {into}", f"1000000 + g, {values}"
            one = f"(SELECT * FROM {table} ORDER BY {kept} LIMIT 1) one"
            there.execute(f"INSERT INTO {table} ({into}) SELECT {values} FROM {one}, generate_series(1, {rows}) g")
        there.execute("VACUUM ANALYZE customers_customer, customers_historicalcustomer")
    return [1_000_000 + number for number in range(1, min(rows, 5000))]


def write_fill(copy: Path) -> None:
    """Write the migration that fills the new field."""
    newest = [
        (label, max(path.stem for path in (copy / folder / "migrations").glob("0*.py")))
        for label, folder in (("customers", "customers"), ("transactions", "ocsportal/transactions"))
    ]
    name = f"{int(newest[0][1][:4]) + 1:04}_fill_sole.py"
    text = FILL.format(dependencies=", ".join(map(repr, newest)))
    (copy / "customers" / "migrations" / name).write_text(text)


def main(rows: int) -> int:
    """Play it, print the longest wait for each verb; return how many were too long."""
    home, cluster, failed = Path(tempfile.mkdtemp(prefix="ocs-stalls-")), Cluster(), 0
    leave = shutil.ignore_patterns(".git", ".venv", ".env", "*.sqlite3*", "__pycache__", "tests", "docs")
    copy = Path(shutil.copytree(ROOT, home / "copy", ignore=leave))
    try:
        cluster.start()
        manage(cluster.url, "migrate", "-v", "0")
        manage(cluster.url, "load_demo", "--customers", "1")
        writers = Writers(cluster.url, fill(cluster.url, rows))
        try:
            former = BEFORE
            for verb, fields in VERBS:
                if fields:
                    wanted = "".join(f"    {field}\n" for field in fields) + BEFORE
                    (copy / MODEL).write_text((copy / MODEL).read_text().replace(former, wanted, 1))
                    former = wanted
                    manage(cluster.url, "makemigrations", "customers", folder=copy, typed="y\ny\n")
                else:
                    write_fill(copy)
                failed += play(verb, copy, cluster.url, writers)
        finally:
            writers.stop()
        failed += len(writers.failed)
        print(f"      {rows} rows, {len(writers.waits)} writes, {len(writers.failed)} failed {writers.failed[:1]}")
    finally:
        cluster.remove()
        shutil.rmtree(home, ignore_errors=True)
    return failed


def play(verb: str, copy: Path, url: str, writers: Writers) -> bool:
    """Migrate beside the writers, print how long one waited at most; return whether that was too long."""
    time.sleep(1)
    since, began = len(writers.waits), time.monotonic()
    usual = sorted(writers.waits[-500:])[-5]
    manage(url, "migrate", "-v", "0", folder=copy)
    took, longest = time.monotonic() - began, writers.longest(since)
    word = "FAIL" if longest > MOST else "  ok"
    told = f"{longest * 1000:.0f} ms at the longest, {usual * 1000:.0f} ms (p99) before"
    print(f"{word}  {verb}: {told}; {took:.0f} s", flush=True)
    return longest > MOST


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
