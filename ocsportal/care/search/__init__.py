"""Find anyone and anything, the best first, level by level (docs/portal.md, search).

Each level has a module that says where its own are looked for and how one is told. Two statements ask all of them, and one
more for each kind that was found reads what is shown of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocsportal.care.search import accounts, customers, offers, subscribers, transactions
from ocsportal.care.search.hits import COUNTED, Group, Hit, Searched, Source, group, searched
from ocsportal.entities.search.alike import alike
from ocsportal.entities.search.asking import first_of
from ocsportal.entities.search.ranking import Found, Place, Rank
from ocsportal.entities.values import is_storable
from ocsportal.people.models import User

__all__ = ["Group", "Hit", "Results", "find", "more"]

SOURCES: tuple[Source, ...] = (
    customers.SOURCE, accounts.SOURCE, subscribers.SOURCE, subscribers.RESOURCES, offers.SOURCE, offers.BALANCE,
    transactions.SOURCE,
)  # fmt: skip
# Whose names may be spelled alike when nothing else is found.
NAMED = {customers.SOURCE: customers.TABLE, accounts.SOURCE: accounts.TABLE, subscribers.SOURCE: subscribers.TABLE}
# How many hits of a level are shown at first, and on a page of their own.
SHOWN, ON_A_PAGE = 8, 20
LONGEST_TERM = 255


@dataclass(frozen=True)
class Results:
    """What was found, the level with the best hit first."""

    term: str
    groups: Sequence[Group] = ()

    def __iter__(self) -> Iterator[Hit]:
        return (hit for one in self.groups for hit in one.hits)

    def __bool__(self) -> bool:
        return bool(self.groups)

    @property
    def opens(self) -> str | None:
        """Return where the only hit leads that has the very ID or value; None when there is none, or several."""
        exact = [hit.url for hit in self if hit.rank <= Rank.VALUE]
        return exact[0] if len(exact) == 1 else None


def find(user: User, term: str, shown: int = SHOWN) -> Results:
    """Return what the user may see of what fits the term."""
    if not _can_be_found(term):
        return Results(term.strip())
    query = searched(term)
    asked = [source for source in SOURCES if source.may(user)]
    rows = first_of([source.tiers(query) for source in asked], COUNTED + 1, enough=Rank.VALUE if query.whole else None)
    found = dict(zip(asked, rows, strict=True))
    offered = offers.offers(user, query, shown)
    if not offered and not any(found.values()):
        named = [source for source in asked if source in NAMED]
        found = dict(zip(named, alike([NAMED[source] for source in named], query.asked, shown), strict=True))
    groups = [
        group(source.slug, source.title, _told(source, rows[:shown], query), len(rows), query)
        for source, rows in found.items()
        if rows
    ]
    # The best of each group comes first, and groups with equally good ones in the order of the levels.
    return Results(query.term, sorted([*groups, *([offered] if offered else [])], key=lambda one: one.rank))


def more(user: User, slug: str, term: str, after: Place | None) -> tuple[Group, Place | None] | None:
    """Return a page of one level's hits, and where the next one begins; None for a level that the user may not see."""
    if slug == offers.OFFERS:
        return offers.page(user, searched(term if _can_be_found(term) else ""), after, ON_A_PAGE)
    source = next((source for source in SOURCES if source.slug == slug and source.may(user)), None)
    if source is None:
        return None
    if not _can_be_found(term):
        return Group(slug, source.title, []), None
    query = searched(term)
    [found] = first_of([source.tiers(query)], ON_A_PAGE + 1, after)
    page = found[:ON_A_PAGE]
    follows = page[-1].place if len(found) > ON_A_PAGE else None
    return Group(slug, source.title, _told(source, page, query)), follows


def _can_be_found(term: str) -> bool:
    return bool(term.strip()) and len(term) <= LONGEST_TERM and is_storable(term)


def _told(source: Source, found: list[Found], query: Searched) -> list[Hit]:
    """Return the hits of some rows, in their order; what went meanwhile is left out."""
    rows = {row.pk: row for row in source.rows().filter(pk__in=[one.key for one in found])} if found else {}
    return [source.told(rows[one.key], one.rank, query) for one in found if one.key in rows]
