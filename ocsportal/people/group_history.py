"""What became of a group: told from its Business Transactions, each of which says what the group may do after it."""

import json
from itertools import pairwise
from typing import Any

from django.contrib.auth.models import Group

from ocsportal.entities.versions import Changes, VersionEntry
from ocsportal.transactions.models import BusinessTransaction

MOST_SHOWN = 50


def group_versions(group: Group) -> list[VersionEntry]:
    """Return the changes of a group, newest first, each with who, why, and the permissions that came and went."""
    rows = BusinessTransaction.objects.filter(target_kind="group", target_ref_id=str(group.pk)).order_by("-pk")
    rows = rows.defer(None)  # What is told are the answers.
    found: list[Any] = [*rows[: MOST_SHOWN + 1], None]
    return [_entry(entry, former) for entry, former in pairwise(found)][:MOST_SHOWN]


def _entry(entry: BusinessTransaction, former: BusinessTransaction | None) -> VersionEntry:
    return VersionEntry.of(entry, _differences(_told(former), _told(entry)), version=0, at=entry.at)


def _told(entry: BusinessTransaction | None) -> dict[str, object]:
    items = json.loads(entry.answer or "[]") if entry else []
    return items[0]["object"] if items else {}


def _differences(before: dict[str, Any], after: dict[str, Any]) -> Changes:
    found: Changes = []
    if before.get("name") != after.get("name"):
        found.append(("name", before.get("name"), after.get("name")))
    # What an older entry does not say is not told as a change.
    if "permissions" in after and ("permissions" in before or not before):
        had, has = set(before.get("permissions", [])), set(after["permissions"])
        found += [("given", None, name) for name in sorted(has - had)]
        found += [("removed", name, None) for name in sorted(had - has)]
    return found
