"""Time the proof of one long table and take its memory: `python -m tests.bench.proofs 1000000 1`.

It fills an otherwise unused database, which DATABASE_URL names (with migrations and a demo in it), with customers of so
many history rows in all, so many versions each, a thousand rows under each Business Transaction, all of them sealed by
the triggers. Then it proves: the one table, and everything. PostgreSQL only, on this machine: memory is read from /proc.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

# Rows under one Business Transaction.
BLOCK = 1_000
OWN = {
    "ref_id": "'p' || lpad(n::text, 12, '0')",
    "external_id": "'P-' || n",
    "custom_name": "'Somebody ' || n",
    "contact_email": "'somebody' || n || '@example.com'",
}


def fill(rows: int, versions: int) -> None:
    """Enter the customers as copies of the newest one, block by block, and change them until there are as many versions."""
    from django.db import connection

    from customers.models import Customer
    from ocsportal.transactions import door
    from ocsportal.transactions.system import system_change
    from ocsportal.transactions.touched import Touched

    columns = [field.column for field in Customer._meta.concrete_fields if not field.primary_key]
    values = ", ".join(OWN.get(column, f'c."{column}"') for column in columns)
    listed = ", ".join(f'"{column}"' for column in columns)
    keys: list[tuple[int, int]] = []

    def write(statement: str) -> None:
        def work() -> Touched:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                if statement.startswith("INSERT"):
                    found = [row[0] for row in cursor.fetchall()]
                    keys.append((min(found), max(found)))
            return Touched([])

        door.record("FillTable", system_change("bench", reason="many rows are needed"), None, work)

    template = Customer.objects.exclude(contact_city="").order_by("-pk").values_list("pk", flat=True).first()
    stand = Customer.objects.count()
    for first in range(stand, stand + rows // versions, BLOCK):
        last = min(first + BLOCK, stand + rows // versions)
        write(
            f"INSERT INTO customers_customer ({listed}) SELECT {values} FROM customers_customer c, "
            f"generate_series({first + 1}, {last}) n WHERE c.id = {template} RETURNING id"
        )
    for version in range(1, versions):
        for low, high in keys:
            write(f"UPDATE customers_customer SET custom_name = 'v{version} ' || id WHERE id BETWEEN {low} AND {high}")


class Peak:
    """The most memory of its own that a process and the database's sessions had at a time, in MB."""

    def __init__(self, process: int) -> None:
        self.process, self.portal, self.database = process, 0.0, 0.0
        self.going = True
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def _look(self) -> None:
        while self.going:
            self.portal = max(self.portal, _own(self.process))
            found = subprocess.run(["pgrep", "-x", "postgres"], capture_output=True, text=True).stdout.split()
            self.database = max(self.database, sum(_own(int(each)) for each in found))
            time.sleep(0.1)

    def stop(self) -> None:
        """Look no more."""
        self.going = False
        self.thread.join()


def _own(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def table_proof() -> float:
    """Return the seconds that a full proof of the table takes, which has to hold."""
    from django.db import connection

    from customers.models import Customer
    from ocsportal.transactions.finding import prepared
    from ocsportal.transactions.triggers import forms
    from ocsportal.transactions.triggers.generated import tracked_table
    from ocsportal.transactions.verification import table_findings

    history: Any = Customer.history.model
    table = tracked_table(Customer, history)
    began = time.monotonic()
    with prepared():
        found = list(table_findings(table, forms.recorded(connection)[table.history]))
    assert found == [], found
    return time.monotonic() - began


def main() -> None:
    """Fill, prove, and say what it took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
    import django

    django.setup()
    from django.db import connection

    rows, versions = int(sys.argv[1]), int(sys.argv[2])
    if rows:
        began = time.monotonic()
        fill(rows, versions)
        print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(
            "SELECT (SELECT count(*) FROM customers_customer), (SELECT count(*) FROM customers_historicalcustomer)"
        )
        current, history = cursor.fetchone()
    took = sorted(table_proof() for _ in range(3))
    print(f"{current} customers, {history} history rows: {took[1]:.1f} s ({took[0]:.1f} to {took[2]:.1f})", flush=True)
    connection.close()
    began = time.monotonic()
    child = subprocess.Popen([sys.executable, "manage.py", "verify_audit", "--all"])
    peak = Peak(child.pid)
    failed = child.wait()
    peak.stop()
    took_all = time.monotonic() - began
    print(f"everything: {took_all:.1f} s; portal {peak.portal:.0f} MB, database's sessions {peak.database:.0f} MB")
    sys.exit(failed)


if __name__ == "__main__":
    main()
