"""Measure an import beside a bare COPY of the same rows, and beside one operation after the other.

`DATABASE_URL=… python -m tests.bench.importing [--customers N]`, on a migrated PostgreSQL database that is thrown away afterwards.
The floor copies what the import wrote (entities, histories, ledger, Business Transactions) into tables of the same columns and
indexes, without triggers or foreign keys. The sides take turns within one process; told are medians, and what each round gave.
"""

import argparse
import csv
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from accounts.operations import create_account  # noqa: E402
from balances.operations import update_subscription_balances  # noqa: E402
from balances.operations.updating import Adjustment  # noqa: E402
from customers.operations import create_customer  # noqa: E402
from ocsportal.entities.identity import Ref  # noqa: E402
from ocsportal.entities.reference import load_reference_data  # noqa: E402
from ocsportal.entities.states import NewState  # noqa: E402
from ocsportal.entities.store.gathering import Gathered  # noqa: E402
from ocsportal.exchange.batches import Importer  # noqa: E402
from ocsportal.exchange.reading import look_through  # noqa: E402
from ocsportal.transactions.system import system_change  # noqa: E402
from offers.operations import create_subscription_on_subscriber  # noqa: E402
from subscribers.operations import create_subscriber, create_subscriber_resource  # noqa: E402

TABLES = (
    "customers_customer", "accounts_account", "subscribers_subscriber", "subscribers_subscriberresource",
    "offers_subscription", "balances_balance",
)  # fmt: skip
HISTORIES = (
    "customers_historicalcustomer", "accounts_historicalaccount", "subscribers_historicalsubscriber",
    "subscribers_historicalsubscriberresource", "offers_historicalsubscription", "balances_historicalbalance",
)  # fmt: skip
COLUMNS = (
    "customer.externalId", "customer.customerProfile", "customer.customName", "customer.contact.name", "customer.contact.email",
    "customer.contact.phone", "customer.contact.city", "customer.state", "customer.stateReason", "customer.stateValidFrom",
    "account.externalId", "account.accountProfile", "subscriber.externalId", "subscriber.subscriberProfile",
    "subscriber.resource.MSISDN", "subscriber.resource.IMSI", "subscriber.state", "subscriber.stateReason",
    "subscriber.stateValidFrom", "subscription.externalId", "subscription.offer", "subscription.stateValidFrom",
    "balance.data.granted", "balance.data.actual",
)  # fmt: skip
ACTIVE = ("ACTIVE", "dfltActive", "2020-04-01T00:00:00+02:00")


def write_file(path: Path, first: int, count: int) -> None:
    """Write customers with one account, subscriber, number, SIM and subscription with two balances each."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(first, first + count):
            name = f"bench-{number}"
            contact = (f"Erika Muster {number}", f"c{number}@mail.example", f"+49305{number:07}", "Berlin")
            numbers = (f"+4917{number:09}", f"26201{number:010}")
            below = (f"{name}-a", "postpaid", f"{name}-s", "mobile")
            offer = (f"{name}-o", "dataBundle10", ACTIVE[2], "10240", str(number % 10240))
            own = (name, "b2c", f"Customer {number}")
            writer.writerow([*own, *contact, *ACTIVE, *below, *numbers, *ACTIVE, *offer])


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds that a work took, and those that this process worked meanwhile."""
    wall, worked = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - worked


def newest() -> dict[str, int]:
    """Return the last key of each table."""
    keys = dict.fromkeys(TABLES, "id") | dict.fromkeys(HISTORIES, "history_id")
    keys |= {"balances_ledgerentry": "id", "transactions_businesstransaction": "id"}
    with connection.cursor() as cursor:
        found = {}
        for table, key in keys.items():
            cursor.execute(f"SELECT coalesce(max({key}), 0) FROM {table}")
            found[f"{table}.{key}"] = cursor.fetchone()[0]
        return found


def floor(before: dict[str, int], folder: Path) -> tuple[float, int]:
    """Copy what was written since into bare tables; return the seconds of that and how many rows it was."""
    rows, seconds = 0, 0.0
    with connection.cursor() as cursor:
        for place, last in before.items():
            table, key = place.split(".")
            cursor.execute(f"CREATE TABLE IF NOT EXISTS floor_{table} (LIKE {table} INCLUDING ALL)")
            held = folder / table
            with (
                held.open("wb") as file,
                cursor.copy(f"COPY (SELECT * FROM {table} WHERE {key} > {last}) TO STDOUT") as out,
            ):
                for chunk in out:
                    file.write(chunk)
            begun = time.perf_counter()
            with held.open("rb") as file, cursor.copy(f"COPY floor_{table} FROM STDIN") as copy:
                while chunk := file.read(1 << 18):
                    copy.write(chunk)
            seconds += time.perf_counter() - begun
            rows += cursor.rowcount
    return seconds, rows


def by_operations(first: int, count: int) -> None:
    """Make the same customers with one operation after the other, each in a transaction of its own."""
    change = lambda: system_change("bench")  # noqa: E731
    state = NewState(state="ACTIVE", state_reason="dfltActive")
    for number in range(first, first + count):
        name = f"bench-{number}"
        contact = {"name": f"Erika Muster {number}", "email": f"c{number}@mail.example", "phone": f"+49305{number:07}"}
        create_customer(
            change(), external_id=name, customer_profile="b2c", custom_name=f"Customer {number}", contact=contact
        )
        create_account(change(), customer=Ref(external_id=name), external_id=f"{name}-a", account_profile="postpaid")
        subscriber = Ref(external_id=f"{name}-s")
        create_subscriber(
            change(), account=Ref(external_id=f"{name}-a"), external_id=f"{name}-s", subscriber_profile="mobile",
            primary_resource_type="MSISDN", primary_resource=f"+4917{number:09}",
        )  # fmt: skip
        create_subscriber_resource(change(), subscriber=subscriber, resource_type="IMSI", resource=f"26201{number:010}")
        create_subscription_on_subscriber(
            change(), subscriber=subscriber, external_id=f"{name}-o", offer="dataBundle10", state=state
        )
        items = [Adjustment(service="data", balance=str(number % 10240))]
        update_subscription_balances(change(), subscription=Ref(external_id=f"{name}-o"), balances=items)


def main() -> None:
    """Run the bench and print what it found."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.importing")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--alone", type=int, default=200, help="how many customers are made by operations")
    asked = parser.parse_args()
    load_reference_data()
    first = int(time.time()) % 100_000 * 1000
    writing = [0.0]
    write = Gathered.write

    def timed_write(rows: Gathered) -> None:
        writing[0] += timed(lambda: write(rows))[0]

    Gathered.write = timed_write  # type: ignore[method-assign]
    count = asked.customers // asked.rounds
    ratios, slower = [], []
    print(f"load {os.getloadavg()[0]:.1f}, {asked.rounds} rounds of {count:,} customers")
    with TemporaryDirectory() as folder:
        for number in range(asked.rounds):
            path, before = Path(folder) / "in.csv", newest()
            write_file(path, first + number * count, count)
            writing[0] = 0.0
            refused: list[int] = []
            took, worked = timed(
                lambda path=path, refused=refused: refused.extend(  # type: ignore[misc]
                    len(batch.refused) for batch in Importer(look_through(path, None)).run()
                )
            )
            assert sum(refused) == 0
            bare, rows = floor(before, Path(folder))
            alone, _ = timed(lambda number=number: by_operations(first + 10**8 + number * asked.alone, asked.alone))  # type: ignore[misc]
            ratios.append(bare / took)
            slower.append(alone / asked.alone / (took / count))
            print(
                f"import {took:.1f} s ({count / took:,.0f} customers a second; Python {worked:.1f} s, COPY with triggers "
                f"{writing[0]:.1f} s), bare COPY of the {rows:,} rows {bare:.1f} s: {ratios[-1]:.2f} of it; "
                f"by operations {alone / asked.alone * 1000:.1f} ms a customer: {slower[-1]:.0f} times as fast"
            )
    print(
        f"median: {statistics.median(ratios):.2f} of bare COPY, {statistics.median(slower):.0f} times as fast as operations"
    )


if __name__ == "__main__":
    sys.exit(main())
