"""Measure the ways to read and to lock one row: `python -m tests.bench.ways_to_read 300`.

DATABASE_URL names a PostgreSQL database with migrations and reference data. Each way reads an account by its ID with
the customer it belongs to, or locks it; they take turns, and the median round of each is told in microseconds of wall
time and of the portal's own CPU. One customer and one account are added. The decision that rests on it:
docs/adr/0021-statements-of-our-own.md.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 9
# What each connection is told; the portal's statements prepare themselves on the default one, which is Django's own.
CONNECTIONS: dict[str, dict[str, Any]] = {
    "bound": {"server_side_binding": True},
    "prepared": {"server_side_binding": True, "prepare_threshold": 0},
}


def an_account() -> str:
    """Make an account of a customer; return its ID."""
    from accounts.models import Account
    from accounts.operations import create_account
    from customers.operations import create_customer
    from ocsportal.entities.identity import Ref
    from ocsportal.transactions.system import system_change

    # What stands from an earlier run is taken as it is.
    if found := Account.objects.filter(customer__external_id="ways").first():
        return str(found.ref_id)
    create_customer(system_change("bench"), external_id="ways", customer_profile="b2c")
    made = create_account(system_change("bench"), customer=Ref(None, "ways"), account_profile="postpaid")
    return str(made.target_ref_id)


def ways(ref_id: str) -> dict[str, Callable[[], Any]]:
    """Return the ways by their names."""
    from accounts.models import Account
    from ocsportal.entities.store.reading import LOCK, fetch_all, fetch_locked
    from ocsportal.entities.store.whole import whole

    related = Account.related()

    def orm(using: str) -> Callable[[], Any]:
        return lambda: Account.objects.using(using).select_related(*related).get(ref_id=ref_id)

    def locked(using: str) -> Callable[[], Any]:
        rows = Account.objects.using(using).select_related(*related)
        return lambda: rows.select_for_update(of=("self",), no_key=True).get(ref_id=ref_id)

    def fewer(using: str) -> Callable[[], Any]:
        return lambda: whole(Account.objects.using(using)).get(ref_id=ref_id)

    names = {"default": "ORM", "bound": "ORM, server_side_binding", "prepared": "ORM, bound and prepared"}
    found = {f"read: {words}": orm(using) for using, words in names.items()}
    # As lists read: what is above is joined, configuration comes from memory.
    found |= {f"read: {words}, fewer joins": fewer(using) for using, words in names.items()}
    found["read: the portal's statement"] = lambda: fetch_all(Account, {"ref_id": ref_id})
    found |= {f"lock: {words}": locked(using) for using, words in names.items()}
    found["lock: the portal's statement"] = lambda: fetch_locked(Account, {"ref_id": ref_id}, LOCK)
    return found


def measured(way: Callable[[], Any], times: int) -> tuple[float, float]:
    """Return the microseconds of wall time and of this process's CPU that one call takes."""
    begun, used = time.perf_counter(), time.process_time()
    for _ in range(times):
        way()
    return (time.perf_counter() - begun) / times * 1e6, (time.process_time() - used) / times * 1e6


def main() -> None:
    """Let the ways take turns; print what the median round of each took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
    from django.conf import settings

    mine = settings.DATABASES["default"]
    for name, options in CONNECTIONS.items():
        settings.DATABASES[name] = {**mine, "OPTIONS": {**mine.get("OPTIONS", {}), **options}}
    import django

    django.setup()
    from django.db import connections, transaction

    times = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    to_be_measured = ways(an_account())
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in to_be_measured}
    for name in ("default", *CONNECTIONS):
        connections[name].ensure_connection()
    for number in range(ROUNDS + 1):
        for name, way in to_be_measured.items():
            # One at a time, since they lock the same row on different connections.
            with transaction.atomic("default"), transaction.atomic("bound"), transaction.atomic("prepared"):
                took = measured(way, times if number else 20)
            if number:
                rounds[name].append(took)
    for name, those in rounds.items():
        wall, cpu = (statistics.median(one[place] for one in those) for place in (0, 1))
        print(f"{name:44} {wall:7.0f} µs, of these {cpu:6.0f} in Python")


if __name__ == "__main__":
    main()
