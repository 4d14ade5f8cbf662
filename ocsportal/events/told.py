"""What is told of the journal's entries: each item as it was answered, and beside it who, why, in whose tree, what changed.

Events and the feed tell the same, so it is made here alone (docs/events.md). However many entries are told together, it
takes the same number of statements: some for each kind of entity among the items.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any, Protocol

from django.apps import apps
from django.db.models import OuterRef, Subquery

from ocsportal.entities.store.sets import among
from ocsportal.entities.versions import differences, flat, whole_versions
from ocsportal.transactions.given import Checked
from ocsportal.transactions.history import Tracked, tracked_models
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.representation import instant, represent_as, type_name
from ocsportal.transactions.touched import Item
from ocsportal.transactions.trees import customer_of_each

# What is told, as JSON.
Event = dict[str, object]
Change = dict[str, object]
Model = type[Any]


class Recorded(Protocol):
    """An entry of the journal, or of a customer's part of it, with its Business Transaction."""

    @property
    def position(self) -> int | None:
        """Its position, None before it has one."""

    @property
    def transaction_id(self) -> int:
        """The key of its Business Transaction."""

    @property
    def transaction(self) -> BusinessTransaction:
        """Its Business Transaction."""


class Telling:
    """Some entries that are told together."""

    def __init__(self, entries: Sequence[Recorded]) -> None:
        self.entries = entries
        keys = among("pk", [entry.transaction_id for entry in entries])
        rows = BusinessTransaction.objects.filter(keys).values_list("pk", "answer", "customers")
        answered = {row[0]: row for row in rows}
        self.items: dict[int, list[Item]] = {}
        self.trees: dict[int, list[int]] = {}
        for entry in entries:
            _, answer, customers = answered[entry.transaction_id]
            self.items[entry.transaction_id] = json.loads(answer or "[]")
            self.trees[entry.transaction_id] = json.loads(customers or "[]")

    def keep(self, types: Collection[str]) -> None:
        """Tell only of these objectTypes; to be said before anything is told."""
        for transaction, items in self.items.items():
            self.items[transaction] = [item for item in items if item["objectType"] in types]

    def data(self, entry: Recorded, item: Item) -> Event:
        """Return what is told of an item of an entry."""
        made = entry.transaction
        return {
            **item,
            "position": entry.position,
            "at": instant(made.at),
            "version": item["object"].get("version"),
            "customer": self._customer(entry, item),
            "actor": made.actor_name,
            "onBehalfOf": made.on_behalf_of or None,
            "reason": made.reason or None,
            "channel": made.channel,
            "requestId": made.request_id,
            "transactionId": made.transaction_id,
            "changes": self._changed(entry, item),
        }

    def changed_fields(self, transaction: int) -> set[object]:
        """Return which fields a Business Transaction changed, of whatever it touched."""
        changes = [made for (_, key, _), made in self._changes.items() if key == transaction]
        return {change["field"] for made in changes for change in made}

    def _changed(self, entry: Recorded, item: Item) -> list[Change]:
        # What an operation tells beside its entities, such as a threshold, changed nothing more.
        if item["name"] != entry.transaction.operation:
            return []
        return self._changes.get((item["objectType"], entry.transaction_id, _name(item["object"])), [])

    def _customer(self, entry: Recorded, item: Item) -> Change | None:
        trees = self.trees[entry.transaction_id]
        key = trees[0] if len(trees) == 1 else self._owners.get((item["objectType"], _name(item["object"])))
        return self._references.get(key) if key else None

    @cached_property
    def _changes(self) -> dict[tuple[str, int, str], list[Change]]:
        """By type, Business Transaction and entity, the fields that were changed."""
        found: dict[tuple[str, int, str], list[Change]] = {}
        told: dict[str, set[int]] = {}
        for transaction, items in self.items.items():
            for item in items:
                told.setdefault(item["objectType"], set()).add(transaction)
        for name, transactions in told.items():
            if model := kinds().get(name):
                for place, changes in changes_of(model, transactions):
                    found[(name, *place)] = changes
        return found

    @cached_property
    def _owners(self) -> dict[tuple[str, str], int]:
        """By type and entity, the customer's key, of what was done in the trees of several at once."""
        wanted: dict[str, set[str]] = {}
        for transaction, items in self.items.items():
            for item in items if len(self.trees[transaction]) > 1 else ():
                wanted.setdefault(item["objectType"], set()).add(_name(item["object"]))
        rows = {
            (name, row.ref_id): row
            for name, names in wanted.items()
            if (model := kinds().get(name)) and hasattr(model, "ref_id")
            for row in model._default_manager.filter(ref_id__in=names)
        }
        owners = customer_of_each(rows.values())
        return {place: owners[row] for place, row in rows.items() if row in owners}

    @cached_property
    def _references(self) -> dict[int, Change]:
        return customer_references({key for trees in self.trees.values() for key in trees})


def customer_references(keys: Iterable[int]) -> dict[int, Change]:
    """Return customers by their keys, as they are called now."""
    top: Model = next(model for model in tracked_models() if model.tree_top)
    rows = top._default_manager.filter(among("pk", set(keys))).values_list("pk", "ref_id", "external_id")
    return {key: {"refId": ref_id, "externalId": external_id} for key, ref_id, external_id in rows}


def kinds() -> dict[str, Model]:
    """Return the tracked models by the objectType that tells of them."""
    return {type_name(model): model for model in apps.get_models() if issubclass(model, Tracked)}


def changes_of(
    model: Model, transactions: Iterable[int], of: Collection[int] | None = None, told_by: str = "code"
) -> Iterable[tuple[tuple[int, str], list[Change]]]:
    """Yield what Business Transactions changed of a model's entities: which one, which entity, each field with old and new.

    Several versions that one of them made of an entity are one change. `of` are the keys of the entities that count, all
    if not given; configuration items are told by their code, or by their name, for people.
    """
    if not hasattr(model, "history"):
        return
    history: Any = model.history.model
    before = history.objects.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id")).order_by("-history_id")
    rows = history.objects.filter(among("transaction_id", transactions))
    if of is not None:
        rows = rows.filter(among("id", of))
    rows = rows.annotate(former=Subquery(before.values("history_id")[:1])).order_by("history_id")
    steps: dict[tuple[int, int], list[Any]] = {}
    known: dict[int, Any] = {}
    for row in whole_versions(model, rows):
        known[row.history_id] = row
        steps.setdefault((row.transaction_id, row.id), []).append(row)
    missing = {made[0].former for made in steps.values()} - known.keys() - {None}
    known |= {
        row.history_id: row for row in whole_versions(model, history.objects.filter(among("history_id", missing)))
    }
    forms: dict[int, dict[str, object]] = {}

    def form(row: Any) -> dict[str, object]:
        if row.history_id not in forms:
            forms[row.history_id] = flat(represent_as(model, row), told_by)
        return forms[row.history_id]

    for (transaction, _), made in steps.items():
        old = known.get(made[0].former)
        changed = differences(form(old) if old else {}, form(made[-1]))
        place = transaction, _name_of(made[-1])
        yield place, [{"field": field, "old": was, "new": now} for field, was, now in changed]


def _name(told: Checked) -> str:
    """Return what names an entity in an item: its refId, or the key of what has none."""
    return str(told.get("refId") or told.get("ref_id") or told.get("id") or "")


def _name_of(row: Any) -> str:
    return str(getattr(row, "ref_id", None) or row.id)
