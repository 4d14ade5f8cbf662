"""Load reference data: each app's `reference.toml`, in the order of the apps; existing codes are left alone."""

import tomllib
from pathlib import Path

from django.apps import AppConfig, apps
from django.db.models import Model, UniqueConstraint

from ocsportal.transactions import door
from ocsportal.transactions.columns import column, target
from ocsportal.transactions.models import Channel
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched

FILE = "reference.toml"


def load_reference_data() -> dict[str, int]:
    """Add every configuration item that is missing, in one Business Transaction; return how many of each kind."""
    sources = [(app, path) for app in apps.get_app_configs() if (path := Path(app.path) / FILE).is_file()]
    missing = [found for app, path in sources for found in _missing(app, path)]
    if not missing:
        return {}
    counts: dict[str, int] = {}

    def work() -> Touched:
        made = []
        for model, fields in missing:
            made.append(model._default_manager.create(**_resolved(model, fields)))
            name = str(model._meta.verbose_name)
            counts[name] = counts.get(name, 0) + 1
        return Touched(made)

    change = system_change("load_reference_data", Channel.IMPORT, "Reference data that every installation has")
    door.record("LoadReferenceData", change, None, work)
    return counts


def _missing(app: AppConfig, path: Path) -> list[tuple[type[Model], dict[str, object]]]:
    """Return the rows that are not there; those without a code of their own are told by what makes them unique."""
    found = []
    for name, items in tomllib.loads(path.read_text(encoding="utf-8")).items():
        model: type[Model] = app.get_model(name)
        keys = _keys(model)
        known = set(model._default_manager.values_list(*(lookup for _, lookup in keys)))
        found += [(model, item) for item in items if tuple(_key(item[column]) for column, _ in keys) not in known]
    return found


def _keys(model: type[Model]) -> list[tuple[str, str]]:
    """Return the columns that tell a row, each with where its value is found: a code, or the keys of what it points to."""
    if any(field.name == "code" for field in model._meta.concrete_fields):
        return [("code", "code")]
    unique = next(rule for rule in model._meta.constraints if isinstance(rule, UniqueConstraint))
    keys = []
    for name in unique.fields:
        related = model._meta.get_field(name).related_model
        keys.append((name, "__".join([name, *([_keys(related)[0][1]] if related else [])])))
    return keys


def _key(value: object) -> object:
    """Return what is compared of a value: a code, or the first part of the keys of a row without one."""
    return next(iter(value.values())) if isinstance(value, dict) else value


def _resolved(model: type[Model], fields: dict[str, object]) -> dict[str, object]:
    """Return the fields with the codes of other items, or the keys of other rows, replaced by the rows."""
    resolved = {}
    for name, value in fields.items():
        link = column(model, name)
        related = target(link) if link.is_relation else None
        if related and isinstance(value, dict):
            keys = dict(_keys(related))
            value = related._default_manager.get(**{keys[key]: part for key, part in value.items()})
        elif related:
            value = related._default_manager.get(code=value)
        resolved[name] = value
    return resolved
