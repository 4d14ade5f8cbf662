"""Find the best hits first: each level is asked tier by tier, and a tier only as far as those before it left room.

All tiers of all levels are two statements. On PostgreSQL no tier looks at a whole table, however common or rare a term is:

* the beginning of a name is read from an index in its order, and ends with the last hit that is wanted;
* a common word is found among the newest rows; only where it is not common enough for that, letter triples are looked up
  (docs/adr/0024-search-text.md).

SQLite is asked the same without that, at the size of a trial.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from django.db import connection

from ocsportal.entities.search.conditions import escaped
from ocsportal.values.searching import Asked, part, word

# The newest rows that are looked at before an index is asked, and the rows of an index that are put into order.
NEWEST, MOST_ORDERED = 1_000, 3_000
# How many rows more are asked for than are wanted, since one may be found in two ways.
SPARE = 2
# Behind whatever begins so; and the beginnings of texts, as an index has them.
LAST, LONGEST_START = "\U0010ffff", 100
TRIPLE = re.compile(r"[^\W_]{3}|[^\W_]{2}[\W_]|[\W_][^\W_]")
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
    values: tuple[str, ...] = ()

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
    # Whether there are letter triples to look up; what has none, such as an emoji, is looked for among the newest rows.
    triples: bool = True
    # The columns that the condition asks for.
    reads: str = "search_text"


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
    triples = any(all(has_triples(part(one)) for one in term) for term in query.terms)
    tiers.append(Tier(Rank.WORDS, table, every([words, *before]), triples=triples))
    tiers.append(Tier(Rank.PART, table, every([parts, *before, ~words]), triples=triples))
    return tiers


def has_triples(text: str) -> bool:
    """Whether PostgreSQL can look up what contains a text: three letters, two at the end of a word, one at its start."""
    return TRIPLE.search(text) is not None


def in_order_of(expression: str, start: str) -> tuple[Condition, Order]:
    """Return the condition that an expression begins so, and the order of the index that has it, byte by byte."""
    by = f'{expression} COLLATE "C"' if connection.vendor == "postgresql" else expression
    return Condition(f"{by} >= %s AND {by} < %s", (start, start + LAST)), Order(by)


def first_of(
    levels: Sequence[Sequence[Tier]], most: int, after: Place | None = None, enough: Rank | None = None
) -> list[list[Found]]:
    """Return the best rows of each level, `most` at most, in two statements; `after` continues the page of a single level.

    The first one asks what an index leads to directly; where that finds something of the rank `enough`, or a better one, it is
    all. The second one looks for the rest, in the levels that have room left.
    """
    asked = [Asking(tiers, most, after) for tiers in levels]
    _ask([(level, place) for level, one in enumerate(asked) for place in one.places if one.tiers[place].ordered], asked)
    if enough is None or not any(row.rank <= enough for one in asked for row in one.best()):
        _ask([(level, place) for level, one in enumerate(asked) for place in one.wanted()], asked)
    return [one.best() for one in asked]


class Asking:
    """What is asked of a level, and what was found so far."""

    def __init__(self, tiers: Sequence[Tier], most: int, after: Place | None) -> None:
        self.tiers, self.most, self.after = tiers, most, after
        self.places = [place for place in range(len(tiers)) if after is None or place >= after.tier]
        self.found: dict[int, list[int]] = {}

    def behind(self, place: int) -> int | None:
        """Return behind which row a tier goes on, None when it begins."""
        return self.after.key if self.after and self.after.tier == place else None

    def known(self, place: int) -> int:
        """Return how many rows were found in the tiers before one."""
        return sum(len(keys) for tier, keys in self.found.items() if tier < place)

    def wanted(self) -> list[int]:
        """Return the tiers that have to be looked for, as far as there is room."""
        return [
            place for place in self.places if not self.tiers[place].ordered and self.known(place) < self.most + SPARE
        ]

    def best(self) -> list[Found]:
        """Return the best rows, each once."""
        rows: dict[int, Found] = {}
        for place in sorted(self.found):
            for key in self.found[place]:
                rows.setdefault(key, Found(key, self.tiers[place].rank, Place(place, key)))
        return list(rows.values())[: self.most]


def _ask(places: Sequence[tuple[int, int]], asked: Sequence[Asking]) -> None:
    """Ask tiers, of whatever levels, with one statement, and note what they have."""
    parts: dict[str, str] = {}
    tables: list[str] = []
    values: list[str] = []
    above: dict[int, list[str]] = {}
    for level, place in places:
        one, name = asked[level], f"l{level}t{place}"
        # The same row may stand in two tiers, but hardly more than its ID and its name.
        left = one.most + SPARE - (0 if one.tiers[place].ordered else one.known(place))
        room = Room(one.most + SPARE, left, tuple(above.setdefault(level, [])))
        given = _rows(one.tiers[place], name, room, one.behind(place), f"l{level}", parts)
        values += given
        above[level].append(name)
        tables.append(f"SELECT {level} AS level, {place} AS tier, id, n FROM {name}")
        if f"{name}far" in parts:
            counted = f"FROM {name}far HAVING COUNT(*) >= {MOST_ORDERED}"
            tables.append(f"SELECT {level}, {place}, NULL::bigint, NULL::bigint {counted}")
    if not tables:
        return
    clauses = ", ".join(f"{name} AS MATERIALIZED ({sql})" for name, sql in parts.items())
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {clauses} {' UNION ALL '.join(tables)} ORDER BY level, tier, n", values)
        rows = cursor.fetchall()
    full = {(level, place) for level, place, key, _ in rows if key is None}
    for level, place, key, _ in rows:
        if key is not None and (level, place) not in full:
            asked[level].found.setdefault(place, []).append(key)
    for level, place in full:
        _walk(asked[level], place)


def _walk(one: Asking, place: int) -> None:
    """Read a tier from its newest row on: common among the old rows and rare among the new ones, it has too many to order."""
    sql, values = _in_order(one.tiers[place], one.most + SPARE, one.behind(place))
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        one.found[place] = [key for (key,) in cursor.fetchall()]


@dataclass(frozen=True)
class Room:
    """How many rows a tier takes at most, how many are still wanted, and which tiers of the statement come first."""

    most: int
    left: int
    above: tuple[str, ...]

    def while_left(self, *further: str) -> str:
        """Return the WHERE that lets a tier run only while there is room; PostgreSQL asks it once, before the tier."""
        conditions = list(further)
        if self.above:
            conditions.append(f"{' + '.join(f'(SELECT COUNT(*) FROM {name})' for name in self.above)} < {self.left}")
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _rows(tier: Tier, name: str, room: Room, after: int | None, level: str, parts: dict[str, str]) -> list[str]:
    """Enter the common table expressions of a tier, the last one under its name; return their values in order."""
    if tier.ordered or connection.vendor != "postgresql":
        sql, values = _in_order(tier, room.most, after)
        parts[name] = _numbered(f"SELECT * FROM ({sql}) x{room.while_left()}")
        return values
    older = f" AND id < {int(after)}" if after is not None else ""
    # The newest rows are read once for all tiers of a level.
    window, near, far = f"{level}new{'' if after is None else 'er'}", f"{name}near", f"{name}far"
    parts.setdefault(
        window, f"SELECT id, {tier.reads} FROM {tier.table} WHERE true{older} ORDER BY id DESC LIMIT {NEWEST}"
    )
    first = f"SELECT id FROM {window} WHERE {tier.condition.sql} ORDER BY id DESC LIMIT {room.most}"
    parts[near] = f"SELECT * FROM ({first}) x{room.while_left()}"
    values = list(tier.condition.values)
    if tier.triples:
        second = f"SELECT id FROM {tier.table} WHERE ({tier.condition.sql}){older} LIMIT {MOST_ORDERED}"
        short = f"(SELECT COUNT(*) FROM {near}) < {room.most}"
        parts[far] = f"SELECT * FROM ({second}) x{room.while_left(short)}"
        values *= 2
    best = " UNION ".join(f"SELECT id FROM {part}" for part in (near, far) if part in parts)
    parts[name] = _numbered(f"{best} ORDER BY id DESC LIMIT {room.most}")
    return values


def _numbered(sql: str) -> str:
    return f"SELECT id, row_number() OVER () AS n FROM ({sql}) y"


def _in_order(tier: Tier, most: int, after: int | None) -> tuple[str, list[str]]:
    """Return the rows of a tier in its order, from behind a row on."""
    condition, values = tier.condition.sql, list(tier.condition.values)
    by = tier.order.expression
    if after is not None:
        key = int(after)
        behind = f"({by}, id) > ((SELECT {by} FROM {tier.table} WHERE id = {key}), {key})" if by else f"id < {key}"
        condition = f"({condition}) AND {behind}"
    order = f"{by}, id" if by else "id DESC"
    return f"SELECT id FROM {tier.table} WHERE {condition} ORDER BY {order} LIMIT {most}", values
