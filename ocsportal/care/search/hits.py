"""What a search finds, and how it is told."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.urls import reverse

from ocsportal.backoffice.reading import portal_reading
from ocsportal.entities.models import Entity
from ocsportal.entities.search.ranking import Rank, Tier
from ocsportal.people.models import User
from ocsportal.values.phones import digits_of
from ocsportal.values.reading import Reading
from ocsportal.values.searching import Asked, asked, matches, search_text
from ocsportal.values.texts import ID
from subscribers import kinds

# From how long a term on it means nothing else when it is the very ID or value of something.
SHORTEST_WHOLE = 6
# From how many digits on what looks like a number is looked for as one, however it is grouped.
SHORTEST_NUMBER = 3
# How far the hits of a level are counted.
COUNTED = 20
BETWEEN = " · "


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    title: str
    how: str
    where: str
    state: str
    url: str
    rank: Rank = Rank.PART

    @property
    def parts(self) -> list[str]:
        """What tells it from others, one by one: each may run in a direction of its own."""
        return self.where.split(BETWEEN) if self.where else []


@dataclass(frozen=True)
class Searched:
    """What somebody typed, and what it asks."""

    term: str
    reading: Reading
    asked: Asked

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the IDs that it may be; what nobody sees is no part of one."""
        return tuple(dict.fromkeys([self.term, ID.canonical_or_none(self.term, self.reading) or self.term]))

    @property
    def whole(self) -> bool:
        """Whether nothing else is meant when something has this very ID or value."""
        return len(self.term) >= SHORTEST_WHOLE and (" " not in self.term or bool(digits_of(self.term)))

    def fits(self, text: str) -> bool:
        """Whether a text has the longest of the terms."""
        return matches(search_text(text), self.asked.terms[:1])


def searched(term: str) -> Searched:
    """Return what a term asks; digits are asked for as they are grouped and as one number."""
    term = term.strip()
    query = asked(term)
    digits = digits_of(term)
    if len(digits) >= SHORTEST_NUMBER:
        forms = tuple(form for form in sorted(kinds.parts(term)) if form.isdigit())
        query = Asked(query.phrases, tuple(tuple(dict.fromkeys((*term, *forms))) for term in query.terms))
    return Searched(term, portal_reading(), query)


@dataclass(frozen=True)
class Source:
    """Where hits of one kind come from: who may see them, where they are looked for, how one is told."""

    slug: str
    title: str
    may: Callable[[User], bool]
    tiers: Callable[[Searched], list[Tier]]
    rows: Callable[[], QuerySet[Any]]
    told: Callable[[Any, Rank, Searched], Hit]


@dataclass(frozen=True)
class Group:
    """The hits of one kind, and how many there are."""

    slug: str
    title: str
    hits: Sequence[Hit]
    number: str = ""
    more: str = ""

    @property
    def rank(self) -> Rank:
        """How well the best one fits."""
        return self.hits[0].rank


def group(slug: str, title: str, hits: Sequence[Hit], found: int, query: Searched) -> Group:
    """Return the hits of a kind that are shown, how many were found, and where the others are."""
    number = f"{COUNTED}+" if found > COUNTED else str(found)
    more = f"{reverse('search', args=[slug])}?{urlencode({'q': query.term})}" if found > len(hits) else ""
    return Group(slug, title, hits, number, more)


def hit(entity: Entity, how: str, rank: Rank, *where: str | None) -> Hit:
    """Return the hit for an entity: how it was found, and what else tells it from others."""
    told = BETWEEN.join(part for part in (*where, entity.external_id) if part)
    return Hit(str(entity), how, told, entity.state, address(entity), rank)


def address(row: Model) -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def found_by(entity: Entity, rank: Rank, query: Searched, others: Iterable[tuple[str, str]] = ()) -> str:
    """Return in words how an entity was found: by ID, by its name, or by which of its other texts."""
    if rank is Rank.ID:
        return "ID, exact"
    if rank is Rank.ALIKE:
        return "spelled alike"
    names = [entity.custom_name, getattr(entity, "contact_name", "")]
    if any(name and set(asked(name).phrases) & set(query.asked.phrases) for name in names):
        return "name, exact"
    if any(query.fits(name) for name in names):
        return "name"
    attributes = ((f"attribute {key}", value) for key, value in entity.custom_attributes.items())
    return next((name for name, text in (*others, *attributes) if text and query.fits(text)), "name")
