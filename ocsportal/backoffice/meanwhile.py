"""What somebody else changed of an entity since an agent saw it: field by field, with who it was."""

from dataclasses import dataclass
from typing import Any

from ocsportal.backoffice.words import field_words, value_words
from ocsportal.entities.models import Entity
from ocsportal.entities.versions import version_entries

# How many versions are looked back; what is older still counts, but is told with the ones between.
MOST_VERSIONS = 20


@dataclass(frozen=True)
class Changed:
    """One field that was changed: its name, what an agent saw, and what stands now."""

    field: str
    old: str
    new: str


def changed_since(entity: Entity, seen: str) -> list[Changed]:
    """Return what was changed since the version that `seen` names as an ETag does; nothing for what names none of it."""
    ref_id, _, version = seen.rpartition("-")
    if not isinstance(entity, Entity) or ref_id != entity.ref_id or not version.isdecimal() or len(version) > 9:
        return []
    found: dict[str, list[Any]] = {}
    for entry in reversed(version_entries(entity, MOST_VERSIONS, told_by="name")):
        if entry.version > int(version):
            for field, old, new in entry.changes:
                found.setdefault(field, [old, new])[1] = new
    return [
        Changed(field_words(field), value_words(old), value_words(new))
        for field, (old, new) in found.items()
        if old != new
    ]
