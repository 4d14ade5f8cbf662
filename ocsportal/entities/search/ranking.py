"""Find the best hits first: each level is asked tier by tier, and a tier only as far as those before it left room.

All tiers of all levels are one statement. On PostgreSQL no tier looks at a whole table, however common or rare a term is:

* the beginning of a name is read from an index in its order, and ends with the last hit that is wanted;
* a common word is found among the newest rows; only where it is not common enough for that, letter triples are looked up
  (docs/adr/0024-search-text.md).

SQLite is asked the same without that, at the size of a trial.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.db import connection

from ocsportal.entities.search.conditions import escaped
from ocsportal.values.searching import Asked, part, word

# The newest rows that are looked at before an index is asked, and the rows of an index that are put into order.
NEWEST, MOST_ORDERED = 3_000, 5_000
# How many rows more are asked for than are wanted, since one may be found in two ways.
SPARE = 2
# Behind whatever begins so; and the beginnings of texts, as an index has them.
LAST, LONGEST_START = "\U0010ffff", 100
START = f"substr(search_text, 1, {LONGEST_START})"


class Rank(IntEnum):
    """How well something fits what was searched, the best first."""

    ID = 0
    VALUE = 1
    START = 2
    WORDS = 3
    PART = 4
    FORMER = 5
    ALIKE = 6


@dataclass(frozen=True)
class Condition:
    """A condition in SQL with its values; columns are those of one table."""

    sql: str
    values: tuple[Any, ...] = ()

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(f"({self.sql}) AND ({other.sql})", (*self.values, *other.values))

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(f"({self.sql}) OR ({other.sql})", (*self.values, *other.values))

    def __invert__(self) -> "Condition":
        return Condition(f"NOT ({self.sql})", self.values)


@dataclass(frozen=True)
class Order:
    """The order of a tier's rows: by an expression and the key, or by the key alone, the newest first."""

    expression: str = ""


@dataclass(frozen=True)
class Tier:
    """Rows of a table that fit equally well."""

    rank: Rank
    table: str
    condition: Condition
    order: Order = Order()
    # Whether an index leads to the rows one by one in their order, or else they have to be looked for.
    ordered: bool = False


@dataclass(frozen=True)
class Place:
    """Where a page ended: at which tier, and at which row of it."""

    tier: int
    key: int


@dataclass(frozen=True)
class Found:
    """A row that was found, how well it fits, and where the page behind it begins."""

    key: int
    rank: Rank
    place: Place


def like(column: str, pattern: str) -> Condition:
    """Return the condition that a column fits a pattern of LIKE."""
    return Condition(f"{column} LIKE %s ESCAPE '\\'", (pattern,))


def either(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that one of some is met."""
    return Condition(
        " OR ".join(f"({one.sql})" for one in conditions), tuple(v for one in conditions for v in one.values)
    )


def every(conditions: Sequence[Condition]) -> Condition:
    """Return the condition that all of some are met."""
    return Condition(
        " AND ".join(f"({one.sql})" for one in conditions), tuple(v for one in conditions for v in one.values)
    )


def by_id(table: str, *ids: str) -> Tier:
    """Return the tier of what has one of these very IDs."""
    marks = ", ".join(["%s"] * len(ids))
    return Tier(
        Rank.ID, table, Condition(f"ref_id IN ({marks}) OR external_id IN ({marks})", (*ids, *ids)), ordered=True
    )


def by_text(table: str, query: Asked) -> list[Tier]:
    """Return the tiers of what is found by its search text: its name begins so, it has all words, or parts of them."""
    if not query:
        return []
    begins = [in_order_of(START, f" {phrase}"[:LONGEST_START]) for phrase in query.phrases]
    words = every([either([like("search_text", f"%{escaped(word(one))}%") for one in term]) for term in query.terms])
    parts = every([either([like("search_text", f"%{escaped(part(one))}%") for one in term]) for term in query.terms])
    tiers: list[Tier] = []
    before: list[Condition] = []
    for condition, order in begins:
        tiers.append(Tier(Rank.START, table, every([condition, *before]), order, ordered=True))
        before.append(~condition)
    tiers.append(Tier(Rank.WORDS, table, every([words, *before])))
    tiers.append(Tier(Rank.PART, table, every([parts, *before, ~words])))
    return tiers


def in_order_of(expression: str, start: str) -> tuple[Condition, Order]:
    """Return the condition that an expression begins so, and the order of the index that has it, byte by byte."""
    by = f'{expression} COLLATE "C"' if connection.vendor == "postgresql" else expression
    return Condition(f"{by} >= %s AND {by} < %s", (start, start + LAST)), Order(by)


def first_of(levels: Sequence[Sequence[Tier]], most: int, after: Place | None = None) -> list[list[Found]]:
    """Return the best rows of each level, `most` at most, in one statement; `after` continues the page of a single level."""
    parts: list[str] = []
    tables: list[str] = []
    values: list[Any] = []
    for level, tiers in enumerate(levels):
        above: list[str] = []
        for place, tier in enumerate(tiers):
            if after and place < after.tier:
                continue
            name = f"l{level}t{place}"
            # The same row may stand in two tiers, but hardly more than its ID and its name.
            room = Room(most + SPARE, tuple(above))
            sql, given = _rows(tier, name, room, after.key if after and place == after.tier else None)
            parts.append(sql)
            values += given
            above.append(name)
            tables.append(f"SELECT {level} AS level, {place} AS tier, id, n FROM {name}")
    if not tables:
        return [[] for _ in levels]
    statement = f"WITH {', '.join(parts)} {' UNION ALL '.join(tables)} ORDER BY level, tier, n"
    return _read(levels, statement, values, most)


@dataclass(frozen=True)
class Room:
    """How many rows a level takes, and which tiers come first."""

    most: int
    above: tuple[str, ...]

    def left(self, *further: str) -> str:
        """Return the WHERE that lets a tier run only while there is room; PostgreSQL asks it once, before the tier."""
        conditions = list(further)
        if self.above:
            conditions.append(f"{' + '.join(f'(SELECT COUNT(*) FROM {name})' for name in self.above)} < {self.most}")
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _read(levels: Sequence[Sequence[Tier]], statement: str, values: list[Any], most: int) -> list[list[Found]]:
    found: list[dict[int, Found]] = [{} for _ in levels]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for level, tier, key, _ in cursor.fetchall():
            if key not in found[level] and len(found[level]) < most:
                found[level][key] = Found(key, levels[level][tier].rank, Place(tier, key))
    return [list(rows.values()) for rows in found]


def _rows(tier: Tier, name: str, room: Room, after: int | None) -> tuple[str, list[Any]]:
    """Return the common table expressions of a tier, the last one under its name, and their values."""
    ordered, values = _in_order(tier, room.most, after)
    if tier.ordered or connection.vendor != "postgresql":
        return f"{name} AS MATERIALIZED ({_numbered(f'SELECT * FROM ({ordered}) x{room.left()}')})", values
    near, far, walk = f"{name}near", f"{name}far", f"{name}walk"
    older = f" AND id < {int(after)}" if after is not None else ""
    newest = f"SELECT * FROM {tier.table} WHERE true{older} ORDER BY id DESC LIMIT {NEWEST}"
    condition = tier.condition.sql
    first = f"SELECT id FROM ({newest}) w WHERE {condition} ORDER BY id DESC LIMIT {room.most}"
    second = f"SELECT id FROM {tier.table} WHERE ({condition}){older} LIMIT {MOST_ORDERED}"
    short, full = f"(SELECT COUNT(*) FROM {near}) < {room.most}", f"(SELECT COUNT(*) FROM {far}) >= {MOST_ORDERED}"
    best = " UNION ".join(f"SELECT id FROM {part}" for part in (near, far, walk))
    return (
        f"{near} AS MATERIALIZED (SELECT * FROM ({first}) x{room.left()}), "
        f"{far} AS MATERIALIZED (SELECT * FROM ({second}) x{room.left(short)}), "
        # Common among the old rows and rare among the new ones: too many to be put into order, so there is an end to the search.
        f"{walk} AS MATERIALIZED (SELECT * FROM ({ordered}) x WHERE {full}), "
        f"{name} AS MATERIALIZED ({_numbered(f'{best} ORDER BY id DESC LIMIT {room.most}')})",
        values * 3,
    )


def _numbered(sql: str) -> str:
    return f"SELECT id, row_number() OVER () AS n FROM ({sql}) y"


def _in_order(tier: Tier, most: int, after: int | None) -> tuple[str, list[Any]]:
    """Return the rows of a tier in its order, from behind a row on."""
    condition, values = tier.condition.sql, list(tier.condition.values)
    by = tier.order.expression
    if after is not None:
        key = int(after)
        behind = f"({by}, id) > ((SELECT {by} FROM {tier.table} WHERE id = {key}), {key})" if by else f"id < {key}"
        condition = f"({condition}) AND {behind}"
    order = f"{by}, id" if by else "id DESC"
    return f"SELECT id FROM {tier.table} WHERE {condition} ORDER BY {order} LIMIT {most}", values
