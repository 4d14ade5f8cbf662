"""Load reference data: each app's `reference.toml`, in the order of the apps; existing codes are left alone."""

import tomllib
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps

from ocsportal.entities.models import ConfigurationItem
from ocsportal.transactions import door
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


def _missing(app: AppConfig, path: Path) -> list[tuple[type[ConfigurationItem], dict[str, Any]]]:
    found = []
    for name, items in tomllib.loads(path.read_text(encoding="utf-8")).items():
        model: Any = app.get_model(name)
        known = set(model._default_manager.values_list("code", flat=True))
        found += [(model, item) for item in items if item["code"] not in known]
    return found


def _resolved(model: type[ConfigurationItem], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the codes of other items replaced by the items."""
    resolved = {}
    for name, value in fields.items():
        related: Any = model._meta.get_field(name).related_model
        resolved[name] = related._default_manager.get(code=value) if related else value
    return resolved
