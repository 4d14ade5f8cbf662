"""Measure each kind of search among a million subscribers: `python -m tests.bench.search_at_scale --subscribers 1000000`.

DATABASE_URL names an otherwise unused database with migrations and reference data; it is filled once (tests/bench/populace.py).
Told is what a search takes as the box asks it while somebody types: the whole request through Django, without a socket. *Passed*
is the clock's time, which whoever else uses the machine makes longer; *worked* is the processor's, of this process and of its
session of the database. PostgreSQL on this machine and Linux only.
"""

import argparse
import gc
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SEED = 11
ASKED_FIRST = 3
Drawn = dict[str, Any]
# Each kind of search: what is typed, of a subscriber that is there, or of nobody; None where this one has nothing of the kind.
KINDS: dict[str, Callable[[Drawn], str | None]] = {
    "reference ID": lambda d: d["ref_id"],
    "external ID": lambda d: d["external_id"],
    "number, international": lambda d: f"+{d['msisdn'][:2]} {d['msisdn'][2:5]} {d['msisdn'][5:]}",
    "number, national": lambda d: f"0{d['msisdn'][2:]}",
    "five digits in the middle": lambda d: d["msisdn"][5:10],
    "beginning of a number": lambda d: f"0{d['msisdn'][2:9]}",
    "SIM card": lambda d: d["iccid"],
    "address, whole": lambda d: d["ip"],
    "beginning of an address": lambda d: d["ip"].rsplit(".", 1)[0],
    "former number": lambda d: d["former"],
    "given name, surname": lambda d: d["person"],
    "surname, given name": lambda d: d["person"] and ", ".join(reversed(d["person"].split())),
    "surname": lambda d: d["person"] and d["person"].split()[1],
    "part of a surname": lambda d: d["person"] and d["person"].split()[1][1:6],
    "company": lambda d: d["company"],
    "company, words turned": lambda d: d["company"] and " ".join(reversed(d["company"].split())),
    "company and town": lambda d: d["company"] and f"{d['company']} {d['city']}",
    "company, a part of each word": lambda d: d["company"] and " ".join(word[:4] for word in d["company"].split()[:2]),
    "legal form": lambda d: d["company"] and d["company"].split()[-1],
    "town": lambda d: d["city"],
    "street": lambda d: d["street"].rsplit(" ", 1)[0],
    "street and number": lambda d: d["street"],
    "street, number, town": lambda d: f"{d['street']} {d['city']}",
    "post code and town": lambda d: f"{d['postal_code']} {d['city']}",
    "e-mail address": lambda d: d["email"],
    "part of an e-mail address": lambda d: d["email"].split("@")[0][:-1],
    "phone of a customer": lambda d: d["phone"],
    "tax number": lambda d: d["tax_number"],
    "attribute": lambda d: d["attribute"],
    "cost centre": lambda d: d["centre"],
    "department": lambda d: d["department"],
    "offer": lambda d: "databundle" if d["n"] % 2 else "Data bundle 10",
    "request ID": lambda d: d["request"],
    "one letter": lambda d: "abcdefghijklmnopqrstuvwxyz"[d["n"] % 26],
    "one digit": lambda d: str(d["n"] % 10),
    "one character of another script": lambda d: "佐健さ株大"[d["n"] % 5],
    "two letters": lambda d: (d["person"] or "ol")[:2],
    "nobody's name": lambda d: f"{d['n']}x quetzal",
    "two names that nobody has together": lambda d: d["person"] and f"{d['person']} {d['other'].split()[-1]} zwirner",
    "nobody's number": lambda d: f"0176 99{d['n'] % 10**6:06}",
    "nobody's e-mail address": lambda d: f"quetzal{d['n']}@mail.example",
    "name with a typing error": lambda d: d["person"] and mistyped(d["person"].split()[1]),
    "as somebody types it": lambda d: d["person"] and d["person"][: ASKED_FIRST + d["n"] % 6],
}


def mistyped(word: str) -> str:
    """Return a word with two letters exchanged."""
    return f"{word[0]}{word[2:3]}{word[1:2]}{word[3:]}"


@dataclass
class Took:
    """What the searches of a kind took, each in milliseconds, and what they found."""

    passed: list[float] = field(default_factory=list)
    python: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    statements: int = 0
    found: int = 0
    slowest: str = ""

    def line(self, kind: str) -> str:
        """Return the row of the table."""
        worked = [sum(pair) for pair in zip(self.python, self.database, strict=True)]
        told = [
            f"{statistics.median(self.passed):.1f}", f"{high(self.passed):.1f}", f"{statistics.median(worked):.1f}",
            f"{high(worked):.1f}", f"{statistics.fmean(self.database):.1f}", f"{self.found * 100 // len(self.passed)} %",
        ]  # fmt: skip
        return f"| {kind} | {self.statements} | {' | '.join(told)} |"


def high(values: list[float]) -> float:
    """Return what 99 of a hundred stay within."""
    return sorted(values)[min(len(values) - 1, round(len(values) * 0.99))]


def drawn(count: int) -> Iterator[Drawn]:
    """Yield subscribers with what is above and below them, spread over all of them."""
    from django.db import connection

    from tests.bench.populace import FIRST

    sql = """
        SELECT s.ref_id, s.external_id, a.custom_name AS department, a.custom_attributes->>'costCentre' AS centre,
          c.custom_name AS name, c.contact_city AS city, c.contact_address_line1 AS street,
          c.contact_postal_code AS postal_code, c.contact_email AS email, c.contact_phone AS phone,
          NULLIF(c.contact_tax_number, '') AS tax_number, c.custom_attributes->>'accountManager' AS attribute,
          s.custom_name AS user, (SELECT json_object_agg(t.code || CASE WHEN r.valid_to IS NULL THEN '' ELSE '-' END, r.value)
            FROM subscribers_subscriberresource r JOIN subscribers_resourcetype t ON t.id = r.resource_type_id
            WHERE r.subscriber_id = s.id) AS values
        FROM subscribers_subscriber s JOIN accounts_account a ON a.id = s.account_id
        JOIN customers_customer c ON c.id = a.customer_id WHERE s.id = %s"""
    chance = random.Random(SEED)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT MAX(id), (SELECT MAX(id) FROM transactions_businesstransaction) FROM subscribers_subscriber"
        )
        last, _ = cursor.fetchone()
        for number in range(count):
            cursor.execute(sql, [chance.randint(FIRST + 1, last)])
            row: Drawn = dict(zip([one.name for one in cursor.description], cursor.fetchone(), strict=True))
            yield _row(row, number, chance)


def _row(row: Drawn, number: int, chance: random.Random) -> Drawn:
    from ocsportal.care.demo import names

    values = row["values"] or {}
    company = row["name"] if row["attribute"] or row["centre"] else None
    person = row["name"] if not company else row["user"] if " " in row["user"] else None
    low = chance.randrange(2**24)
    digits = f"{chance.randrange(10**8):08}"
    return {
        **row, "n": number, "company": company, "person": person, "other": chance.choice(names.LAST_NAMES),
        "msisdn": values.get("MSISDN", f"49170{digits}"), "iccid": values.get("ICCID", f"89490200000{digits}"),
        "ip": values.get("ipV4", f"10.{low >> 16 & 15}.{low >> 8 & 255}.{low & 255}"), "former": values.get("MSISDN-"),
        "request": f"bench-{number}",
    }  # fmt: skip


class Asking:
    """Somebody at the box, and the clocks beside it."""

    def __init__(self) -> None:
        from django.db import connection
        from django.test import Client

        from ocsportal.people.models import User

        self.client = Client()
        user = User.objects.filter(username="bench").first()
        if user is None:
            user = User(username="bench", is_staff=True, is_superuser=True)
            user.save()
        self.client.force_login(user, backend="ocsportal.people.permissions.OneQueryBackend")
        connection.ensure_connection()
        self.session = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")

    def _worked(self) -> int:
        return int(self.session.read_text().split()[0])

    def ask(self, term: str, took: Took) -> None:
        """Search once and note what it took."""
        own, theirs, clock = time.process_time_ns(), self._worked(), time.perf_counter_ns()
        answer = self.client.get("/", {"q": term, "part": "hits"}, headers={"host": "127.0.0.1"})
        passed = (time.perf_counter_ns() - clock) / 1e6
        own, theirs = time.process_time_ns() - own, self._worked() - theirs
        assert answer.status_code == 200, answer.status_code
        took.passed.append(passed)
        took.python.append(own / 1e6)
        took.database.append(theirs / 1e6)
        took.found += b'class="hit"' in answer.content
        if passed == max(took.passed):
            took.slowest = term

    def statements(self, term: str) -> list[str]:
        """Return the statements of the search itself."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        from ocsportal.care import search
        from ocsportal.care.views import LIVE
        from ocsportal.people.models import User

        user = User.objects.get(username="bench")
        with CaptureQueriesContext(connection) as captured:
            search.find(user, term, LIVE)
        return [query["sql"] for query in captured]


def measure(kinds: list[str], each: int) -> Iterator[tuple[str, Took]]:
    """Yield what each kind of search took."""
    rows = list(drawn(each * 3))
    asking = Asking()
    for kind in kinds:
        terms = [term for row in rows if (term := KINDS[kind](row))][:each]
        took = Took()
        for term in terms[:ASKED_FIRST]:
            asking.ask(term, Took())
        took.statements = max(len(asking.statements(term)) for term in terms[:: max(1, len(terms) // 10)])
        gc.collect()
        gc.freeze()
        for term in terms:
            asking.ask(term, took)
        yield kind, took


def populate(subscribers: int) -> None:
    """Fill the database, unless it is filled."""
    from django.db import connection

    from customers.models import Customer
    from ocsportal.transactions.system import system_change
    from subscribers.models import ResourceType
    from subscribers.operations import create_subscriber
    from tests.bench.populace import FIRST, fill

    if Customer.objects.filter(pk__gt=FIRST).exists():
        return
    change = system_change("bench")
    create_subscriber(
        change, external_id="example", subscriber_profile="prepaidMobile", primary_resource_type="MSISDN",
        primary_resource="4915055512345",
    )  # fmt: skip
    begun = time.perf_counter()
    counts = fill(subscribers, dict(ResourceType.objects.values_list("code", "pk")))
    print(f"filled in {time.perf_counter() - begun:.0f} s: {counts}", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        print(cursor.fetchone()[0])


def main() -> None:
    """Fill, measure, and print a table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
    import django

    django.setup()
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--subscribers", type=int, default=1_000_000)
    asked.add_argument("--each", type=int, default=200, help="searches of each kind")
    asked.add_argument("--only", action="append", choices=list(KINDS), help="a kind; may be repeated")
    given = asked.parse_args()
    populate(given.subscribers)
    print("| | statements | passed, p50 | p99 | worked, p50 | p99 | of it database, mean | found |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for kind, took in measure(given.only or list(KINDS), given.each):
        load = Path("/proc/loadavg").read_text().split()[0]
        print(took.line(kind), f"<!-- load {load}, slowest {took.slowest!r} -->", flush=True)


if __name__ == "__main__":
    main()
