"""What became of a group: told from its Business Transactions, each of which says what the group may do after it."""

import json
from itertools import pairwise

from django.contrib.auth.models import Group

from ocsportal.backoffice.history_pages import ON_THE_HISTORY
from ocsportal.entities.versions import Changes, VersionEntry
from ocsportal.transactions.given import Checked
from ocsportal.transactions.models import BusinessTransaction

# Asked for by name, since Business Transactions have an index by operation and none by what they were about.
WRITTEN_BY = ("AddGroup", "ChangeGroup")


def group_versions(group: Group, before: int | None = None) -> list[VersionEntry]:
    """Return the changes of a group before one of them, newest first, each with the permissions that came and went."""
    rows = BusinessTransaction.objects.filter(
        operation__in=WRITTEN_BY, target_kind="group", target_ref_id=str(group.pk)
    ).order_by("-pk")
    count = rows.count()
    newest = count if before is None else min(before - 1, count)
    skipped = count - newest
    # What is told are the answers; one more says what the oldest one changed.
    found: list[BusinessTransaction | None] = [*rows.defer(None)[skipped : skipped + ON_THE_HISTORY + 1], None]
    entries = [
        _entry(entry, former, newest - place)
        for place, (entry, former) in enumerate(pairwise(found))
        if entry is not None
    ]
    return entries[:ON_THE_HISTORY]


def _entry(entry: BusinessTransaction, former: BusinessTransaction | None, version: int) -> VersionEntry:
    return VersionEntry.of(entry, _differences(_told(former), _told(entry)), version=version, at=entry.at)


def _told(entry: BusinessTransaction | None) -> Checked:
    items = json.loads(entry.answer or "[]") if entry else []
    return items[0]["object"] if items else {}


def _differences(before: Checked, after: Checked) -> Changes:
    found: Changes = []
    if before.get("name") != after.get("name"):
        found.append(("name", before.get("name"), after.get("name")))
    # What an older entry does not say is not told as a change.
    if "permissions" in after and ("permissions" in before or not before):
        had, has = set(before.get("permissions", [])), set(after["permissions"])
        found += [("given", None, name) for name in sorted(has - had)]
        found += [("removed", name, None) for name in sorted(had - has)]
    return found
