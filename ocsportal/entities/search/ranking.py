"""How well rows fit what is searched: tier by tier, each with its condition; ocsportal/entities/search/asking.py asks them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from django.db import connection

from ocsportal.entities.search.conditions import escaped
from ocsportal.values.searching import Asked, part, word

# Behind whatever begins so; and the beginnings of texts, as an index has them.
MOST_DIGITS = 6
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
class Pool:
    """What the two tiers of a level have in common that have to be looked for, and which of them the better tier takes."""

    condition: Condition
    better: Condition


@dataclass(frozen=True)
class Tier:
    """Rows of a table that fit equally well."""

    rank: Rank
    table: str
    condition: Condition
    order: Order = Order()
    # Where they have to be looked for; None where an index leads to the rows one by one in their order.
    pool: Pool | None = None
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


def contains(column: str, text: str) -> Condition:
    """Return the condition that a column has a text somewhere.

    Of a long number some digits are looked up, and the whole of it is compared: each triple of digits stands in a hundredth of
    all numbers, so that few of them lead to few rows, and each further one costs as much again.
    """
    if not text.isdecimal() or len(text) <= MOST_DIGITS:
        return like(column, f"%{escaped(text)}%")
    # As an expression it is no longer what the index has.
    return like(column, f"%{_telling(text)}%") & like(f"({column} || '')", f"%{text}%")


def _telling(digits: str) -> str:
    """Return the digits of a long number that tell most: with the most different triples, the last ones of equals.

    Its beginning is that of many others, and so may be a row of zeros.
    """
    pieces = [digits[place : place + MOST_DIGITS] for place in range(len(digits) - MOST_DIGITS + 1)]
    return max(reversed(pieces), key=lambda piece: len({piece[place : place + 3] for place in range(MOST_DIGITS - 2)}))


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
    return Tier(Rank.ID, table, Condition(f"ref_id IN ({marks}) OR external_id IN ({marks})", (*ids, *ids)))


def by_text(table: str, query: Asked) -> list[Tier]:
    """Return the tiers of what is found by its search text: its name begins so, it has all words, or parts of them."""
    if not query:
        return []
    begins = [in_order_of(START, f" {phrase}"[:LONGEST_START]) for phrase in query.phrases]
    words = every([either([like("search_text", f"%{escaped(word(one))}%") for one in term]) for term in query.terms])
    parts = every([either([contains("search_text", part(one)) for one in term]) for term in query.terms])
    tiers: list[Tier] = []
    before: list[Condition] = []
    for condition, order in begins:
        tiers.append(Tier(Rank.START, table, every([condition, *before]), order))
        before.append(~condition)
    triples = any(all(has_triples(part(one)) for one in term) for term in query.terms)
    # Whatever has the words has them as parts.
    pool = Pool(every([parts, *before]), words)
    tiers.append(Tier(Rank.WORDS, table, every([words, *before]), pool=pool, triples=triples))
    tiers.append(Tier(Rank.PART, table, every([parts, *before, ~words]), pool=pool, triples=triples))
    return tiers


def has_triples(text: str) -> bool:
    """Whether PostgreSQL can look up what contains a text: three letters, two at the end of a word, one at its start."""
    return TRIPLE.search(text) is not None


def in_order_of(expression: str, start: str) -> tuple[Condition, Order]:
    """Return the condition that an expression begins so, and the order of the index that has it, byte by byte."""
    by = f'{expression} COLLATE "C"' if connection.vendor == "postgresql" else expression
    return Condition(f"{by} >= %s AND {by} < %s", (start, start + LAST)), Order(by)
