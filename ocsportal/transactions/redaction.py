"""Take what is personal out of stored answers, so that replays and events of the past bring nothing back (docs/privacy.md)."""

import json
from collections.abc import Collection

from ocsportal.transactions.given import Checked
from ocsportal.transactions.representation import personal_of
from ocsportal.transactions.touched import Item

IDENTITY = ("refId", "version")


def redacted(answer: str, names: Collection[str] | None) -> str:
    """Return an answer without what is personal of the named entities (by refId), or of all; as it is when there is nothing."""
    items: list[Item] = json.loads(answer)
    found = [item if names is not None and _name(item) not in names else _without(item) for item in items]
    return answer if found == items else json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _name(item: Item) -> str | None:
    name: str | None = item["object"].get("refId")
    return name


def _without(item: Item) -> Item:
    personal = personal_of(item["objectType"])
    told = item["object"]
    if personal is None:
        # Nobody has said what of it is personal.
        return {**item, "object": {name: told[name] for name in IDENTITY if name in told}}
    for path, value in personal.items():
        told = _put(told, path.split("."), value)
    return {**item, "object": told}


def _put(told: Checked, path: list[str], value: object) -> Checked:
    name, *further = path
    if name not in told or (further and not isinstance(told[name], dict)):
        return told
    return told | {name: _put(told[name], further, value) if further else value}
