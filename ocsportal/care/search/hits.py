"""What a search finds, and how it is told."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from ocsportal.backoffice.reading import portal_reading
from ocsportal.entities.models import Entity
from ocsportal.entities.names import name_part
from ocsportal.entities.store.whole import whole
from ocsportal.values.texts import ID

MOST_HITS = 20


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    title: str
    how: str
    where: str
    state: str
    url: str


def hit(entity: Any, how: str, *where: str | None) -> Hit:
    """Return the hit for an entity: how it was found, and what else tells it from others."""
    name = f"admin:{entity._meta.app_label}_{entity._meta.model_name}_change"
    told = " · ".join(part for part in (*where, entity.external_id) if part)
    return Hit(str(entity), how, told, entity.state, reverse(name, args=[entity.pk]))


def by_id(model: type[Entity], term: str) -> QuerySet[Any]:
    """Return what has this very ID, with what its hit tells; what nobody sees is no part of an ID."""
    term = ID.canonical_or_none(term, portal_reading()) or term
    return whole(model._default_manager.all()).filter(Q(ref_id=term) | Q(external_id=term))


def part(column: str, term: str) -> Q:
    """Return the condition that a name contains a term, or has a word that begins with a short one."""
    return name_part(column, term)
