"""Find the best hits first: each level is asked tier by tier, and a tier only as far as those before it left room.

All tiers of all levels are two statements. On PostgreSQL no tier looks at a whole table, however common or rare a term is:

* the beginning of a name is read from an index in its order, and ends with the last hit that is wanted;
* a common word is found among the newest rows; only where it is not common enough for that, letter triples are looked up, once
  for both tiers that they lead to (docs/adr/0024-search-text.md).

SQLite is asked the same without that, at the size of a trial.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from ocsportal.entities.search.ranking import Found, Place, Rank, Tier

# The newest rows that are looked at before an index is asked, and the rows of an index that are put into order.
NEWEST, MOST_ORDERED = 1_000, 3_000
# How many of the newest rows have to fit for the next ones to be read before an index is asked, and how many those are.
OFTEN, NEXT = 5, 6_000
# How many rows more are asked for than are wanted, since one may be found in two ways.
SPARE = 2


def first_of(
    levels: Sequence[Sequence[Tier]], most: int, after: Place | None = None, enough: Rank | None = None
) -> list[list[Found]]:
    """Return the best rows of each level, `most` at most, in two statements; `after` continues the page of a single level.

    The first one asks what an index leads to directly; where that finds something of the rank `enough`, or a better one, it is
    all. The second one looks for the rest, in the levels that have room left.
    """
    asked = [Asking(level, tiers, most, after) for level, tiers in enumerate(levels)]
    _ask(asked, [one.directly() for one in asked])
    if enough is None or not any(row.rank <= enough for one in asked for row in one.best()):
        _ask(asked, [one.looked_for() for one in asked])
    return [one.best() for one in asked]


@dataclass
class Part:
    """A level's part of a statement: its common table expressions with their values, by name.

    Those of `told` have the rows of a tier, those of `full` what a tier was found in, which may be more than can be put into order.
    """

    level: int
    tables: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    told: dict[int, str] = field(default_factory=dict)
    full: dict[int, str] = field(default_factory=dict)

    def add(self, name: str, sql: str, values: Iterable[str] = ()) -> str:
        """Enter an expression; return how later ones call it."""
        called = f"l{self.level}{name}"
        self.tables[called] = (sql, tuple(values))
        return called

    def tell(self, tier: int, sql: str, values: Iterable[str] = ()) -> None:
        """Enter the expression that has the rows of a tier, in their order."""
        numbered = f"SELECT id, row_number() OVER () AS n FROM ({sql}) y"
        self.told[tier] = self.add(f"t{tier}", numbered, values)

    def while_room(self, room: int, *further: str) -> str:
        """Return the WHERE that lets a tier run only while those before it left room; PostgreSQL asks it once, before the tier."""
        conditions = list(further)
        if self.told:
            conditions.append(f"{count(*self.told.values())} < {room}")
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def count(*rows: str) -> str:
    """Return the expression of how many rows there are in all."""
    return " + ".join(f"(SELECT COUNT(*) FROM {name})" for name in rows)


class Asking:
    """What is asked of a level, and what was found so far."""

    def __init__(self, level: int, tiers: Sequence[Tier], most: int, after: Place | None) -> None:
        self.level, self.tiers, self.most, self.after = level, tiers, most, after
        self.places = [place for place in range(len(tiers)) if after is None or place >= after.tier]
        self.found: dict[int, list[int]] = {}

    @property
    def room(self) -> int:
        """How many rows are asked for at most."""
        return self.most + SPARE

    def behind(self, place: int) -> int | None:
        """Return behind which row a tier goes on, None when it begins."""
        return self.after.key if self.after and self.after.tier == place else None

    def known(self, place: int) -> int:
        """Return how many rows were found in the tiers before one."""
        return sum(len(keys) for tier, keys in self.found.items() if tier < place)

    def best(self) -> list[Found]:
        """Return the best rows, each once."""
        rows: dict[int, Found] = {}
        for place in sorted(self.found):
            for key in self.found[place]:
                rows.setdefault(key, Found(key, self.tiers[place].rank, Place(place, key)))
        return list(rows.values())[: self.most]

    def directly(self) -> Part:
        """Ask the tiers to whose rows an index leads in their order, one after the other while there is room."""
        return self._in_turn([place for place in self.places if self.tiers[place].pool is None])

    def looked_for(self) -> Part:
        """Ask the others, as far as there is room."""
        places = [place for place in self.places if self.tiers[place].pool and self.known(place) < self.room]
        if connection.vendor != "postgresql":
            return self._in_turn(places)
        if len(places) == 2 and self.after is None:
            return self._together(places[0], places[1])
        part = Part(self.level)
        for place in places:
            self._alone(part, place)
        return part

    def _in_turn(self, places: Sequence[int]) -> Part:
        part = Part(self.level)
        for place in places:
            sql, values = in_order(self.tiers[place], self.room, self.behind(place))
            part.tell(place, f"SELECT * FROM ({sql}) x{part.while_room(self.room)}", values)
        return part

    def _together(self, first: int, second: int) -> Part:
        """Ask both tiers of a pool: the newest rows, then all of it, and all of the better tier where that is too much."""
        tier, part, left = self.tiers[first], Part(self.level), self.room - self.known(first)
        assert tier.pool is not None
        pool, better = tier.pool.condition, tier.pool.better
        wanted = Wanted(tier, f"id, ({better.sql}) AS better", pool.sql, (*better.values, *pool.values))
        found = _newest(part, "", wanted, left)
        best = [f"SELECT id FROM {rows} WHERE better" for rows in found]
        if tier.triples:
            sql = f"SELECT {wanted.columns} FROM {tier.table} WHERE {pool.sql} LIMIT {MOST_ORDERED}"
            far = part.add("far", f"SELECT * FROM ({sql}) x WHERE {count(*found)} < {left}", wanted.values)
            few = f"{count(*found)} >= {left} AND {count(*[f'{rows} WHERE better' for rows in found])} < {left}"
            sql = f"SELECT id FROM {tier.table} WHERE {tier.condition.sql} LIMIT {MOST_ORDERED}"
            gate = f"{count(far)} >= {MOST_ORDERED} OR ({few})"
            own = part.add("own", f"SELECT * FROM ({sql}) x WHERE {gate}", tier.condition.values)
            best += [f"SELECT id FROM {far} WHERE better", f"SELECT id FROM {own}"]
            found.append(far)
            part.full = {first: own, second: far}
        newest = f"ORDER BY id DESC LIMIT {self.room}"
        part.tell(first, f"{' UNION '.join(best)} {newest}")
        part.tell(second, f"{' UNION '.join(f'SELECT id FROM {rows} WHERE NOT better' for rows in found)} {newest}")
        return part

    def _alone(self, part: Part, place: int) -> None:
        """Ask one tier: its newest rows, or those behind where a page ended, then all of it."""
        tier, after = self.tiers[place], self.behind(place)
        older = f" AND id < {int(after)}" if after is not None else ""
        wanted = Wanted(tier, "id", tier.condition.sql, tier.condition.values, older, part.while_room(self.room))
        found = _newest(part, str(place), wanted, self.room)
        if tier.triples:
            sql = f"SELECT id FROM {tier.table} WHERE ({tier.condition.sql}){older} LIMIT {MOST_ORDERED}"
            gate = part.while_room(self.room, f"{count(*found)} < {self.room}")
            part.full[place] = part.add(f"far{place}", f"SELECT * FROM ({sql}) x{gate}", tier.condition.values)
            found.append(part.full[place])
        rows = " UNION ".join(f"SELECT id FROM {name}" for name in found)
        part.tell(place, f"{rows} ORDER BY id DESC LIMIT {self.room}")

    def walk(self, places: set[int]) -> None:
        """Read tiers that have too many rows to be put into order from their newest row on, while there is room."""
        for place in sorted(places):
            if self.known(place) < self.room:
                tier, after = self.tiers[place], self.behind(place)
                older = f" WHERE id < {int(after)}" if after is not None else ""
                # OFFSET keeps PostgreSQL from looking all of them up to sort them.
                rows = f"SELECT id, {tier.reads} FROM {tier.table}{older} ORDER BY id DESC OFFSET 0"
                with connection.cursor() as cursor:
                    cursor.execute(
                        f"SELECT id FROM ({rows}) x WHERE {tier.condition.sql} LIMIT {self.room}", tier.condition.values
                    )
                    self.found[place] = [key for (key,) in cursor.fetchall()]


@dataclass(frozen=True)
class Wanted:
    """What is looked for among the newest rows: which columns of which rows, behind which one, and under which gate."""

    tier: Tier
    columns: str
    condition: str
    values: tuple[str, ...]
    older: str = ""
    gate: str = ""


def _newest(part: Part, suffix: str, wanted: Wanted, left: int) -> list[str]:
    """Ask the newest rows, and some more where the first ones have enough of it; return the expressions."""
    tier, older = wanted.tier, wanted.older
    rows = f"SELECT id, {tier.reads} FROM {tier.table} WHERE true{older}"
    new = part.add(f"new{suffix}", f"{rows} ORDER BY id DESC LIMIT {NEWEST}")
    sql = f"SELECT {wanted.columns} FROM {new} WHERE {wanted.condition}"
    near = part.add(f"near{suffix}", f"SELECT * FROM ({sql}) x{wanted.gate}", wanted.values)
    # Where one of two hundred fits, reading on is cheaper than to look up and sort thousands.
    next_ones = f"{rows} AND id < (SELECT MIN(id) FROM {new}) ORDER BY id DESC LIMIT {NEXT}"
    sql = f"SELECT {wanted.columns} FROM ({next_ones}) n WHERE {wanted.condition} LIMIT {left}"
    gate = f"{count(near)} BETWEEN {OFTEN} AND {left - 1}"
    return [near, part.add(f"next{suffix}", f"SELECT * FROM ({sql}) x WHERE {gate}", wanted.values)]


def in_order(tier: Tier, most: int, after: int | None) -> tuple[str, list[str]]:
    """Return the statement of a tier's rows in its order, from behind a row on, and its values."""
    condition, values = tier.condition.sql, list(tier.condition.values)
    by = tier.order.expression
    if after is not None:
        key = int(after)
        behind = f"({by}, id) > ((SELECT {by} FROM {tier.table} WHERE id = {key}), {key})" if by else f"id < {key}"
        condition = f"({condition}) AND {behind}"
    order = f"{by}, id" if by else "id DESC"
    return f"SELECT id FROM {tier.table} WHERE {condition} ORDER BY {order} LIMIT {most}", values


def _ask(asked: Sequence[Asking], parts: Sequence[Part]) -> None:
    """Ask tiers, of whatever levels, with one statement, and note what they have."""
    tables = {name: expression for part in parts for name, expression in part.tables.items()}
    if not tables:
        return
    clauses = ", ".join(f"{name} AS MATERIALIZED ({sql})" for name, (sql, _) in tables.items())
    told = " UNION ALL ".join(_told(part) for part in parts if part.told)
    with connection.cursor() as cursor:
        values = [value for _, given in tables.values() for value in given]
        cursor.execute(f"WITH {clauses} {told} ORDER BY level, tier, n", values)
        rows = cursor.fetchall()
    full = {(level, tier) for level, tier, key, _ in rows if key is None}
    for level, tier, key, _ in rows:
        if key is not None and (level, tier) not in full:
            asked[level].found.setdefault(tier, []).append(key)
    for level, one in enumerate(asked):
        one.walk({tier for of, tier in full if of == level})


def _told(part: Part) -> str:
    """Return what a level's part of a statement tells: keys by tiers in their order, and none where a tier is full."""
    rows = [f"SELECT {part.level} AS level, {tier} AS tier, id, n FROM {name}" for tier, name in part.told.items()]
    rows += [
        f"SELECT {part.level}, {tier}, NULL::bigint, NULL::bigint FROM {name} HAVING COUNT(*) >= {MOST_ORDERED}"
        for tier, name in part.full.items()
    ]
    return " UNION ALL ".join(rows)
