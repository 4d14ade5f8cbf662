"""Measure what the worker needs for plans that are due: `python -m tests.bench.due_plans 20000 DEACTIVATED`.

DATABASE_URL names an otherwise unused database with migrations and reference data; with SUSPENDED or DEACTIVATED each
customer has an account and two subscribers below that the plan reaches, with SIMPLE nothing. PostgreSQL only, on this
machine: the server process's CPU is read from /proc.
"""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any


def planned(count: int, state: str) -> None:
    """Make customers whose plans are due, with what is below them, in a few statements."""
    from accounts.models import Account, AccountType, BillCycle, Currency
    from customers.models import Customer
    from ocsportal.entities.models import StateReason
    from ocsportal.transactions import door
    from ocsportal.transactions.change import present
    from ocsportal.transactions.system import system_change
    from ocsportal.transactions.touched import Touched
    from subscribers.models import Subscriber

    begun = present() - timedelta(days=9)
    reasons = {reason.state: reason for reason in StateReason.objects.filter(code__startswith="dflt")}
    target = "SUSPENDED" if state == "SIMPLE" else state
    common = {"state": "ACTIVE", "state_reason": reasons["ACTIVE"], "state_valid_from": begun}
    kept = {
        "account_type": AccountType.objects.filter(payment_responsible=True).first(),
        "currency": Currency.objects.first(),
        "bill_cycle": BillCycle.objects.filter(individual=False).first(),
        "cycle_valid_from": begun,
    }
    plan = {
        "plan_status": "SCHEDULED", "plan_state": target, "plan_reason": reasons[target], "plan_by": "bench",
        "plan_subordinates": state != "SIMPLE", "plan_valid_from": begun + timedelta(days=1),
    }  # fmt: skip

    def work() -> Touched:
        tops = Customer.objects.bulk_create((Customer(**plan, **common) for _ in range(count)), 2000)
        if state != "SIMPLE":
            accounts = Account.objects.bulk_create((Account(customer=top, **kept, **common) for top in tops), 2000)
            Subscriber.objects.bulk_create((Subscriber(account=one, **common) for one in 2 * accounts), 2000)
        return Touched([])

    door.record("MakePlans", system_change("bench"), None, work)


def server_seconds(process: int) -> float:
    """Return the CPU seconds that a server process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Make the plans, settle them, and say what that took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
    import django

    django.setup()
    from django.db import connection

    from ocsportal.entities.life.due import bring_due_into_force
    from ocsportal.transactions.change import present

    count, state = int(sys.argv[1]), sys.argv[2]
    planned(count, state)
    with connection.cursor() as cursor:
        for table in ("customers_customer", "accounts_account", "subscribers_subscriber"):
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("SELECT pg_backend_pid()")
        process = cursor.fetchone()[0]
    longest: list[tuple[float, str]] = []

    def timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            longest.append((time.perf_counter() - begun, str(sql)[:60]))
            longest.sort(reverse=True)
            del longest[3:]

    ours, theirs, begun = time.process_time(), server_seconds(process), time.perf_counter()
    with connection.execute_wrapper(timed):
        settled = bring_due_into_force(present())
    took = time.perf_counter() - begun
    python, database = time.process_time() - ours, server_seconds(process) - theirs
    touched = count * (1 if state == "SIMPLE" else 4)
    print(f"{settled} plans, {touched} entities, {took:.1f} s; CPU: portal {python:.1f} s, server {database:.1f} s")
    print(f"{(python + database) / touched * 1000:.3f} ms of CPU per entity")
    for seconds, sql in longest:
        print(f"{seconds * 1000:.0f} ms: {sql}")


if __name__ == "__main__":
    main()
