"""The audit trail for machines: Business Transactions by who, for whom, what, when, why, newest first, page by page.

Each page looks through so many rows of one index at most, and says where it stopped: what is rare, or not there at all,
costs some pages that are short or empty, and never the whole table (docs/audit.md, over REST).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from ocsportal.events.told import Change, Event, Telling, customer_references
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.representation import instant

# Rows that a page looks through at most; those of which it looks up what they changed; those of one case.
MOST_ROWS, MOST_COMPARED, MOST_OF_A_CASE = 20_000, 500, 10_000
TRANSACTIONS = "transactions_businesstransaction"
MOST_ENTITIES = 5000
OF_CUSTOMER = (
    "EXISTS (SELECT 1 FROM transactions_journalentry j JOIN transactions_customerentry e ON e.position = j.position "
    "WHERE j.transaction_id = b.id AND e.customer_id = %s)"
)
Key = tuple[Any, ...]
# A condition in SQL with its values.
Condition = tuple[str, list[Any]]


@dataclass(frozen=True)
class TrailQuery:
    """What is looked for; what is empty or None does not count. `field` is one that was changed, as histories name it."""

    transaction_id: str = ""
    request_id: str = ""
    customer: int | None = None
    actor: str = ""
    on_behalf_of: str = ""
    operation: str = ""
    channel: str = ""
    field: str = ""
    since: datetime | None = None
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Made:
    """A Business Transaction in the place of an entry of the journal, whether it has a position yet or not."""

    transaction: BusinessTransaction

    @property
    def transaction_id(self) -> int:
        """Its key."""
        return self.transaction.pk

    @property
    def position(self) -> int | None:
        """Its position, None before it has one."""
        entry = getattr(self.transaction, "journal", None)
        return entry.position if entry else None


@dataclass(frozen=True)
class Way:
    """The index by which rows are looked through: what they are taken from, in which order, under which conditions."""

    source: str
    order: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    given: tuple[str, ...] = ()


def page(asked: TrailQuery, before: Key | None, limit: int) -> tuple[list[Event], Key | None]:
    """Return some Business Transactions before a key, newest first, and the key to go on from, None at the end."""
    most = MOST_COMPARED if asked.field else limit
    found, end = _looked_through(asked, before, most)
    rows = _read([key[-1] for key in found])
    if asked.field:
        # Only these are compared; what follows them is looked through with the next page.
        found, end = _few(found, rows, end)
        changed = _with_changed([rows[key[-1]] for key in found], asked.field)
        kept = [key for key in found if key[-1] in changed]
        found, end = (kept[:limit], kept[limit - 1]) if len(kept) > limit else (kept, end)
    references = customer_references([key for row in rows.values() for key in _customers(row)])
    told = [summary(rows[key[-1]], references) for key in found]
    return told, end


def order(asked: TrailQuery) -> tuple[str, ...]:
    """Return what the keys of a list are made of."""
    return _way(asked).order


def summary(row: BusinessTransaction, references: dict[int, Change]) -> Event:
    """Return a Business Transaction without its items as it looks in REST."""
    return {
        "refId": str(row.pk),
        "position": Made(row).position,
        "at": instant(row.at),
        "operation": row.operation,
        "channel": row.channel,
        "actor": row.actor_name,
        "onBehalfOf": row.on_behalf_of or None,
        "reason": row.reason or None,
        "requestId": row.request_id,
        "transactionId": row.transaction_id,
        "notice": row.notice or None,
        "touched": row.touched,
        "customers": [references[key] for key in _customers(row) if key in references],
    }


def one(ref_id: str, after: int, limit: int) -> tuple[Event, int | None] | None:
    """Return a Business Transaction with its items after a number, and the number to go on from; None if there is none."""
    key = int(ref_id) if ref_id.isascii() and ref_id.isdigit() and len(ref_id) < 19 else 0
    row = _read([key]).get(key)
    if row is None:
        return None
    made = Made(row)
    telling = Telling([made])
    items = [item for item in telling.items[key] if item["seqno"] > after]
    told = summary(row, customer_references(_customers(row)))
    told["items"] = [telling.data(made, item) for item in items[:limit]]
    return told, items[limit - 1]["seqno"] if len(items) > limit else None


def _customers(row: BusinessTransaction) -> list[int]:
    keys: list[int] = json.loads(row.customers or "[]")
    return keys


def _read(keys: Sequence[int]) -> dict[int, BusinessTransaction]:
    rows = BusinessTransaction.objects.select_related("journal").defer(None).defer("answer")
    return {row.pk: row for row in rows.filter(pk__in=keys)}


def _few(found: list[Key], rows: dict[int, BusinessTransaction], end: Key | None) -> tuple[list[Key], Key | None]:
    """Return as many as tell of so many entities together, or one, and where the next page begins."""
    touched = 0
    for number, key in enumerate(found):
        touched += rows[key[-1]].touched
        if number and touched > MOST_ENTITIES:
            return found[:number], found[number - 1]
    return found, end


def _with_changed(rows: Sequence[BusinessTransaction], field: str) -> set[int]:
    telling = Telling([Made(row) for row in rows])
    return {row.pk for row in rows if field in telling.changed_fields(row.pk)}


def _way(asked: TrailQuery) -> Way:
    """Return the index that leads to the fewest rows."""
    plain = f"{TRANSACTIONS} b"
    if asked.transaction_id:
        # Taken by themselves, so that no other order is walked to find the few that there are.
        case = f"(SELECT * FROM {TRANSACTIONS} WHERE transaction_id = %s LIMIT {MOST_OF_A_CASE}) b"
        return Way(case, ("b.id",), (), (asked.transaction_id,))
    if asked.request_id:
        mine = f"(SELECT * FROM {TRANSACTIONS} WHERE request_id = %s LIMIT {MOST_OF_A_CASE}) b"
        return Way(mine, ("b.id",), (), (asked.request_id,))
    if asked.customer is not None:
        joined = f"transactions_customerentry e JOIN {TRANSACTIONS} b ON b.id = e.transaction_id"
        return Way(joined, ("e.position", "b.id"), (("e.customer_id = %s", [asked.customer]),))
    if asked.since or asked.until:
        return Way(plain, ("b.at", "b.id"))
    if asked.operation:
        return Way(plain, ("b.id",), (("b.operation = %s", [asked.operation]),))
    if asked.channel and asked.channel != "REST":
        return Way(plain, ("b.id",), (("b.channel <> 'REST'", []), ("b.channel = %s", [asked.channel])))
    return Way(plain, ("b.id",))


def _looked_through(asked: TrailQuery, before: Key | None, most: int) -> tuple[list[Key], Key | None]:
    """Return the keys of so many rows that fit, and where the next page begins, None where nothing is left."""
    way, fits = _way(asked), _further(asked)
    number = MOST_ROWS if fits else most + 1
    inside = [*way.conditions, *_between(asked)]
    if before is not None:
        inside.append((f"({', '.join(way.order)}) < ({_places(before)})", [*before]))
    names = [f"k{place}" for place in range(len(way.order))]
    keys = ", ".join(f"{column} AS {name}" for column, name in zip(way.order, names, strict=True))
    newest = ", ".join(f"{name} DESC" for name in names)
    # Taken as they come from the index, and only then looked at: what is rare would have another index walked for it.
    statement = (
        f"WITH seen AS MATERIALIZED (SELECT {keys}, {_all(fits) or '1 = 1'} AS fits FROM {way.source} "
        f"{'WHERE ' if inside else ''}{_all(inside)} ORDER BY {', '.join(f'{column} DESC' for column in way.order)} "
        f"LIMIT {number}) SELECT * FROM (SELECT 1 AS part, {', '.join(names)} FROM seen WHERE fits ORDER BY {newest} "
        f"LIMIT {most + 1}) f UNION ALL "
        f"SELECT * FROM (SELECT 2, {', '.join(names)} FROM seen ORDER BY {newest} LIMIT 1 OFFSET {number - 1}) l"
    )
    given = [value for values in (_values(fits), way.given, _values(inside)) for value in values]
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows = cursor.fetchall()
    found = [row[1:] for row in rows if row[0] == 1]
    last = next((row[1:] for row in rows if row[0] == 2), None)
    return (found[:most], found[most - 1]) if len(found) > most else (found, last)


def _between(asked: TrailQuery) -> list[Condition]:
    moments = ((">=", asked.since), ("<", asked.until))
    adapt = connection.ops.adapt_datetimefield_value
    return [(f"b.at {sign} %s", [adapt(moment)]) for sign, moment in moments if moment is not None]


def _further(asked: TrailQuery) -> list[Condition]:
    """Return the conditions beside those that lead through an index."""
    columns = {
        "request_id": asked.request_id, "actor_name": asked.actor, "on_behalf_of": asked.on_behalf_of,
        "operation": asked.operation, "channel": asked.channel,
    }  # fmt: skip
    led = " ".join(condition for condition, _ in _way(asked).conditions)
    found: list[Condition] = [
        (f"b.{name} = %s", [value]) for name, value in columns.items() if value and f"b.{name} =" not in led
    ]
    if asked.customer is not None and "e.customer_id" not in led:
        found.append((OF_CUSTOMER, [asked.customer]))
    if asked.reason:
        like = "LIKE" if connection.vendor == "sqlite" else "ILIKE"
        escaped = asked.reason.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        found.append((f"b.reason {like} %s ESCAPE '!'", [f"%{escaped}%"]))
    return found


def _all(conditions: Sequence[Condition]) -> str:
    return " AND ".join(condition for condition, _ in conditions)


def _values(conditions: Sequence[Condition]) -> list[Any]:
    return [value for _, values in conditions for value in values]


def _places(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))
