"""A form carries what it was read from, so that saving it undoes nothing that somebody else saved in between.

The page keeps what stood when it was drawn. A save compares that, under the row's lock, with what stands now. Where it
differs nothing is saved: the page says what was changed since and by whom, keeps what was typed, and takes the others'
changes over wherever the person had left a field alone. Saving once more then applies just what the person changed.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model
from django.forms import ModelForm
from django.http import QueryDict

from ocsportal.transactions.change import present
from ocsportal.transactions.columns import column, target
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.given import Checked
from ocsportal.transactions.models import BusinessTransaction

SEEN = "_seen"
# No business of the form: a login between opening and saving it is no change.
UNSEEN = {"id", "version", "password", "last_login", "last_used_at"}
STALE = "Nothing was saved, because it was changed after you opened this page."


class Outdated(OperationRefused):
    """What the form was read from has changed."""

    def __init__(self, changes: list[str], by: str) -> None:
        super().__init__("PRECONDITION-FAILED", STALE)
        self.changes, self.by = changes, by


def seen(row: Model, parts: Sequence[Model] = ()) -> str:
    """Return what stands of a row, with the rows that its page shows below it, as the form's hidden field keeps it."""
    return json.dumps({"at": present(), **_stands(row, parts)}, cls=DjangoJSONEncoder)


def refuse_outdated(row: Model, given: str, parts: Sequence[Model] = ()) -> None:
    """Raise Outdated when what the form was read from is not what stands; the row must be locked.

    A form without the field (a program's own) accepts whatever stands, like a request without If-Match.
    """
    before = read(given)
    now = json.loads(json.dumps(_stands(row, parts), cls=DjangoJSONEncoder))
    if before and any(before.get(part) != now[part] for part in now):
        raise Outdated(_differences(row, before, now), _by(row, before.get("at", "")))


def read(given: str) -> Checked:
    """Read the hidden field; nothing for what can't be one."""
    try:
        found = json.loads(given)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("fields"), dict) else {}


def merged(data: QueryDict, form: type[ModelForm], given: str, row: Model) -> QueryDict:
    """Return what was typed, with what others changed meanwhile in the fields that were left alone."""
    before, now = read(given)["fields"], json.loads(json.dumps(_stands(row, ())["fields"], cls=DjangoJSONEncoder))
    result = data.copy()
    for name, field in form.base_fields.items():
        if name not in now or before.get(name) == now[name]:
            continue
        was, stands = before.get(name), now[name]
        if isinstance(stands, list) and isinstance(was, list):
            typed, old, new = set(data.getlist(name)), {str(each) for each in was}, {str(each) for each in stands}
            result.setlist(name, sorted((typed | (new - old)) - (old - new)))
        elif isinstance(stands, bool):
            if (name in data) == was:
                result.pop(name, None)
                result.update({name: "on"} if stands else {})
        elif field.widget.value_from_datadict(data, {}, name) in (str(was if was is not None else ""), was):
            result[name] = "" if stands is None else str(stands)
    return result


def _stands(row: Model, parts: Sequence[Model]) -> Checked:
    fields = {f.name: getattr(row, f.attname) for f in row._meta.concrete_fields if f.name not in UNSEEN}
    for link in row._meta.many_to_many:
        fields[link.name] = sorted(getattr(row, link.name).values_list("pk", flat=True))
    rows = {f"{type(part)._meta.verbose_name} {part}": getattr(part, "version", 0) for part in parts}
    return {"fields": fields, "rows": rows}


def _differences(row: Model, before: Checked, now: Checked) -> list[str]:
    found = []
    for name, stands in now["fields"].items():
        was = before["fields"].get(name)
        if was == stands:
            continue
        field = column(row, name)
        label = str(field.verbose_name)
        label = label[:1].upper() + label[1:]
        if isinstance(stands, list):
            had, has = set(was or []), set(stands)
            found += [f"{label}: {told} was added" for told in _named(field, has - had)]
            found += [f"{label}: {told} was removed" for told in _named(field, had - has)]
        else:
            found.append(f"{label}: {_told(field, was)} → {_told(field, stands)}")
    old: dict[str, int] = before.get("rows") or {}
    new: dict[str, int] = now["rows"]
    found += [f"{name} was {'changed' if name in old else 'added'}" for name in new if old.get(name) != new[name]]
    return found + [f"{name} was removed" for name in old if name not in new]


def _named(field: Field, keys: set[int]) -> list[str]:
    return sorted(str(each) for each in target(field)._default_manager.filter(pk__in=keys))


def _told(field: Field, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.is_relation and value is not None:
        return next(iter(_named(field, {value})), str(value))
    words = dict(field.flatchoices).get(value, value)
    return "nothing" if words in (None, "") else str(words)


def _by(row: Model, since: str) -> str:
    """Return who changed it last, found among what was recorded since the page was drawn."""
    try:
        at = datetime.fromisoformat(since)
    except (TypeError, ValueError):
        return ""
    rows = BusinessTransaction.objects.filter(at__gte=at, target_kind=row._meta.model_name, target_ref_id=_target(row))
    entry = rows.order_by("-id").first()
    return "" if entry is None else f"{entry.actor_name}{f' ({entry.reason})' if entry.reason else ''}"


def _target(row: Model) -> str:
    return str(getattr(row, "ref_id", row.pk))
