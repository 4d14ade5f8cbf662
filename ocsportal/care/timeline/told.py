"""Tell the entries of a timeline as people do: what was done to whom, what changed, why.

It takes some statements for each level, however many entries there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from ocsportal.backoffice.drawn import Fact
from ocsportal.backoffice.entity import EntityAdmin
from ocsportal.backoffice.links import address_of
from ocsportal.backoffice.words import briefly
from ocsportal.care.tree.rows import names
from ocsportal.entities.models import Entity, Identified
from ocsportal.entities.store.remembering import with_configuration
from ocsportal.entities.versions import VersionEntry
from ocsportal.events.told import changes_of
from ocsportal.transactions.history import tracked_models
from ocsportal.transactions.models import BusinessTransaction
from offers.models import Subscription
from subscribers.models import Subscriber

# A change of more fields than this is told in short; the first version of something has more to say.
MOST_TOLD = 12


# Whose it is, for what has no name that tells.
OWNED = {
    "subscription": ("subscriber", "account"),
    "balance": ("subscription__subscriber", "subscription__account"),
}


@dataclass(frozen=True)
class Told:
    """One entry: the version that it made, of whom, how many it reached below, and where to read all of it."""

    entry: VersionEntry
    title: str
    url: str
    row: str
    below: int
    whole: str


def told(request: HttpRequest, entries: Sequence[BusinessTransaction], root: Entity) -> list[Told]:
    """Return the entries as the page tells them."""
    targets = _targets(entries)
    changes = dict(_changes(entries, targets))
    may = request.user.has_perm("transactions.view_businesstransaction")
    found = []
    for entry in entries:
        entity = targets.get((entry.target_kind, entry.target_ref_id))
        version = VersionEntry.of(
            entry, changes.get(entry.pk, [])[:MOST_TOLD], version=entry.target_version or 0, at=entry.at
        )
        found.append(
            Told(
                entry=_as_told(entity, briefly(version)),
                title="" if entity is None or entity == root else _title(entity),
                url=address_of(entity) if isinstance(entity, Entity) else "",
                row=f"{entry.target_kind}-{entity.pk}" if isinstance(entity, Entity) else "",
                below=max(entry.touched - 1, 0) if entry.operation.endswith("State") else 0,
                whole=reverse("admin:transactions_businesstransaction_change", args=[entry.pk]) if may else "",
            )
        )
    return found


def _models() -> dict[str, type[Identified]]:
    return {str(model._meta.model_name): model for model in tracked_models() if issubclass(model, Identified)}


def _targets(entries: Iterable[BusinessTransaction]) -> dict[tuple[str, str], Identified]:
    """Return what the entries are about, by kind and refId; one statement for each kind."""
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        wanted.setdefault(entry.target_kind, set()).add(entry.target_ref_id)
    models = _models()
    return {
        (kind, row.ref_id): row
        for kind, ref_ids in wanted.items()
        if kind in models
        for row in with_configuration(_with_owners(kind, models[kind]._default_manager.filter(ref_id__in=ref_ids)))
    }


def _with_owners(kind: str, rows: QuerySet[Identified]) -> QuerySet[Identified]:
    # Without names it would join whatever there is.
    return rows.select_related(*OWNED[kind]) if kind in OWNED else rows


def _changes(
    entries: Iterable[BusinessTransaction], targets: dict[tuple[str, str], Identified]
) -> Iterator[tuple[int, list[Fact]]]:
    """Yield by the key of the Business Transaction what it changed of its target; what it reached below is not read."""
    by_kind: dict[str, list[BusinessTransaction]] = {}
    for entry in entries:
        if (entry.target_kind, entry.target_ref_id) in targets:
            by_kind.setdefault(entry.target_kind, []).append(entry)
    models = _models()
    for kind, those in by_kind.items():
        about = {entry.pk: entry.target_ref_id for entry in those}
        keys = {targets[kind, ref_id].pk for ref_id in about.values()}
        for (transaction, ref_id), changes in changes_of(models[kind], about, keys, "name"):
            if about.get(transaction) == ref_id:
                yield transaction, [(str(one["field"]), one["old"], one["new"]) for one in changes]


def _as_told(entity: Model | None, version: VersionEntry) -> VersionEntry:
    """Return a version as the people of its level tell it."""
    level = admin.site._registry.get(type(entity)) if entity is not None else None
    return level.told([version])[0] if isinstance(level, EntityAdmin) else version


def _title(entity: Identified) -> str:
    """Return what an entity is called, and whose it is where that is not the customer: `Data bundle 10 GB of +49 …`."""
    words = names(entity)[0] if isinstance(entity, Subscription | Subscriber) else str(entity)
    subscription = getattr(entity, "subscription", entity)
    if not isinstance(subscription, Subscription) or subscription.customer_id is not None:
        return words
    return f"{words} of {names(subscription.owner)[0]}"
