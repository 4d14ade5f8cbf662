"""A population to search: customers, accounts, subscribers and their values, drawn as the demo draws them, written by SQL.

Names, addresses and numbers are those of ocsportal/care/demo; what a row is searched by is made by the portal's own functions.
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection

from ocsportal.care.demo import names
from ocsportal.care.demo.customers import Life
from ocsportal.care.demo.subscribers import DEVICES
from ocsportal.entities.identity import Ref
from ocsportal.entities.search.field import text_of
from ocsportal.values.searching import stored_text

# The key of the first row of each table; those before it are the examples'.
FIRST = 1_000_000
SEED = 20261127
# With no more subscribers than these, indexes stay while rows are written.
FEW = 200_000
# Subscribers below each customer, in the mean, as the demo makes them.
SUBSCRIBERS_EACH = 3.1
CONTACT = {
    "name": "contact_name", "email": "contact_email", "phone": "contact_phone", "address_line1": "contact_address_line1",
    "postal_code": "contact_postal_code", "city": "contact_city", "country": "contact_country",
    "language": "contact_language", "tax_number": "contact_tax_number",
}  # fmt: skip
OWN = ("id", "external_id", "custom_name", "custom_attributes", "search_text")
TABLES = {
    "customers_customer": (*OWN, "contact_address_line2", *CONTACT.values()),
    "accounts_account": (*OWN, "customer_id"),
    "subscribers_subscriber": (*OWN, "account_id"),
    "subscribers_subscriberresource": ("id", "subscriber_id", "value", "valid_to", "resource_type_id"),
}
FORMER = "2026-11-01T00:00:00+00:00"
PARTS = [name for level in (names.SITES, names.DEPARTMENTS, names.TEAMS) for name in level]
Row = tuple[Any, ...]


@dataclass
class Counts:
    """How many of each there are so far."""

    accounts: int = 0
    subscribers: int = 0
    values: int = 0


def customers(count: int) -> Iterator[tuple[Row, bool]]:
    """Yield the row of each customer, and whether it is a company."""
    for number in range(1, count + 1):
        life = Life({}, random.Random(f"{SEED}:{number}"), Ref(external_id=f"demo-{SEED}-{number:07}"), number)
        drawn = life._identity()
        contact = {column: drawn["contact"][part] or "" for part, column in CONTACT.items()}
        # The demo has ten thousand numbers at each place.
        contact["contact_phone"] += f"{number % 100:02}"
        row: dict[str, Any] = {
            **contact, "contact_address_line2": "", "custom_name": drawn["custom_name"],
            "custom_attributes": drawn["custom_attributes"],
        }  # fmt: skip
        others = ("contact_email", "contact_phone", "contact_address_line1", "contact_postal_code", "contact_city")
        text = text_of(row.__getitem__, "contact_name", (*others, "contact_tax_number"))
        own = (FIRST + number, drawn["external_id"], row["custom_name"], json.dumps(row["custom_attributes"]), text)
        yield (*own, "", *contact.values()), drawn["customer_profile"] == "b2b"


@lru_cache(maxsize=5000)
def _text(name: str, attribute: str) -> str | None:
    return stored_text(name, "", [attribute])


def below(companies: Iterable[tuple[int, bool]], types: dict[str, int], counts: Counts) -> Iterator[tuple[str, Row]]:
    """Yield the rows below each customer, table by table as they come."""
    pick = random.Random(SEED)
    for customer, company in companies:
        root = "Main account" if company else pick.choice(("Mobile", "Home and mobile", "Family"))
        for name in [root, *(pick.sample(PARTS, pick.choice((1, 2, 2, 3))) if company else [])]:
            counts.accounts += 1
            account = FIRST + counts.accounts
            centre = str(pick.randint(1000, 9999)) if company else ""
            attributes = json.dumps({"costCentre": centre} if company else {})
            own = (account, f"a-{counts.accounts:08}", name, attributes, _text(name, centre))
            yield "accounts_account", (*own, FIRST + customer)
            for _ in range(pick.choice((1, 1, 2, 2, 3) if company else (1, 1, 1, 2))):
                yield from _subscriber(pick, account, company, types, counts)


def _subscriber(
    pick: random.Random, account: int, company: bool, types: dict[str, int], counts: Counts
) -> Iterator[tuple[str, Row]]:
    counts.subscribers += 1
    number = counts.subscribers
    device = company and pick.random() < 0.15
    name = pick.choice(DEVICES) if device else pick.choice(names.FIRST_NAMES)
    if company and not device:
        name = f"{name} {pick.choice(names.LAST_NAMES)}"
    how = pick.choice(("courier", "shop", "eSIM"))
    own = (FIRST + number, f"s-{number:08}", name, json.dumps({"deliveredBy": how}), _text(name, how))
    yield "subscribers_subscriber", (*own, account)
    # Each number once, in no order: multiplied with what has no common divisor with how many there are.
    digits = f"{number * 38_792_443 % 10**8:08}"
    if device:
        values = [("ipV4", f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")]
    else:
        values = [("MSISDN", f"49170{digits}"), ("IMSI", f"2620155{digits}"), ("ICCID", f"89490200000{digits}")]
        if company and pick.random() < 0.3:
            values.append(("email", f"s-{number:08}@mail.example"))
        if pick.random() < 0.06:
            values.append(("MSISDN", f"49160{digits}"))
    for kind, value in values:
        counts.values += 1
        former = FORMER if value.startswith("49160") else None
        yield "subscribers_subscriberresource", (FIRST + counts.values, FIRST + number, value, former, types[kind])


def fill(subscribers: int, types: dict[str, int]) -> Counts:
    """Write a population of about so many subscribers; each table has a row of the examples' to be like.

    Of many rows the indexes are made anew afterwards. `types` are the keys of resource types by their codes.
    """
    counts = Counts()
    companies: list[tuple[int, bool]] = []
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '256MB'")
        cursor.execute("UPDATE subscribers_subscriberresource SET valid_from = '2026-01-01'")
        indexes = _without_indexes(cursor) if subscribers > FEW else []
        with _staged(cursor, "customers_customer") as write:
            for number, (row, company) in enumerate(customers(round(subscribers / SUBSCRIBERS_EACH)), start=1):
                write(row)
                companies.append((number, company))
        _enter(cursor, "customers_customer")
        _below(cursor, below(companies, types, counts))
        for statement in indexes:
            cursor.execute(statement)
        cursor.execute("DROP TABLE staged; SET session_replication_role = DEFAULT")
        cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")
    return counts


def _below(cursor: Any, rows: Iterator[tuple[str, Row]]) -> None:
    """Write rows of several tables, some hundred thousand at a time."""
    held: dict[str, list[Row]] = {}
    number = 0
    for number, (table, row) in enumerate(rows, start=1):
        held.setdefault(table, []).append(row)
        if number % 400_000 == 0:
            _flush(cursor, held)
    if number:
        _flush(cursor, held)


def _flush(cursor: Any, held: dict[str, list[Row]]) -> None:
    for table, rows in held.items():
        with _staged(cursor, table) as write:
            for row in rows:
                write(row)
        _enter(cursor, table)
    held.clear()


class _staged:
    """A table beside another one, to which rows can be copied."""

    def __init__(self, cursor: Any, table: str) -> None:
        self.cursor, self.table = cursor, table

    def __enter__(self) -> Any:
        columns = ", ".join(TABLES[self.table])
        self.cursor.execute("DROP TABLE IF EXISTS staged")
        self.cursor.execute(f"CREATE TEMP TABLE staged AS SELECT {columns} FROM {self.table} LIMIT 0")
        self.copy = self.cursor.copy(f"COPY staged ({columns}) FROM STDIN")
        return self.copy.__enter__().write_row

    def __exit__(self, *raised: Any) -> None:
        self.copy.__exit__(*raised)


def _enter(cursor: Any, table: str) -> None:
    """Write what is staged; all other columns are as the first row of the table has them."""
    own = set(TABLES[table])
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    columns = [name for (name,) in cursor.fetchall()]
    letter = table.split("_")[1][0] if table != "subscribers_subscriberresource" else "v"
    made = {"ref_id": f"'{letter}' || lpad(s.id::text, 13, '0')"}
    values = [f's."{name}"' if name in own else made.get(name, f't."{name}"') for name in columns]
    named = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({named}) SELECT {', '.join(values)} FROM staged s, "
        f"(SELECT * FROM {table} ORDER BY id LIMIT 1) t"
    )


def _without_indexes(cursor: Any) -> list[str]:
    """Take away the indexes that no constraint needs; return the statements that make them."""
    cursor.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE i.indrelid = ANY (%s::regclass[]) AND NOT i.indisunique ",
        [list(TABLES)],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in found]
