"""From names of REST and codes to words that people say."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import Group
from django.utils import timezone

from ocsportal.backoffice.drawn import Fact
from ocsportal.entities.life.plans import deed_of
from ocsportal.entities.models import Entity
from ocsportal.entities.states import PLANS, State
from ocsportal.entities.versions import VersionEntry
from ocsportal.transactions.operation import OPERATIONS

INSTANT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}[+-]\d{2}:\d{2}$")
PARTS = {
    "lastPlan": "last plan",
    "contact": "",
    "preferences": "",
}
# What every level has one of its own of: on its page its name goes without saying.
OF_A_LEVEL = re.compile(r"[a-z]+(Segment|Profile)")
# Said better than word by word.
KNOWN = {
    "customName": "Name",
    "externalId": "External ID",
    "customAttributes": "Attributes",
    "refId": "ID",
    "validFrom": "From",
    "stateValidFrom": "Since",
    "stateReason": "Reason",
    "subordinateUpdated": "Reaches below",
}
VERSION_WORDS = {"+": "Created", "~": "Changed", "-": "Removed"}


def cause(entity: Entity) -> str:
    """Return why an entity is in its state; empty where being active needs no reason."""
    imposed = entity.state_imposed_by.partition(":")[0]
    if imposed:
        return f"through {imposed}"
    return "" if entity.state_reason.code == "dfltActive" else str(entity.state_reason.name)


# Why a plan was refused when it was due, and the way out, by the code of the refusal.
REFUSALS = {
    "CASM-STATE-TRANSITION": (
        "{entity} is {state} by now, and {planned} can't follow that.",
        "Dismiss it, or change the state first and then try again.",
    ),
    "CASM-STATE-VALID-FROM": (
        "The state that {entity} is in began after the planned date.",
        "Try again to do it as of now, or plan it anew for a later date.",
    ),
    "CASM-SUBORDINATES-LIVE": (
        "Something below {entity} is still live.",
        "Try again with everything below, or deactivate that first.",
    ),
}


def refused_because(entity: Entity) -> str:
    """Return why what was planned for an entity was refused when it was due, and what can be done about it."""
    if entity.last_plan_code not in REFUSALS or not entity.plan_state:
        return str(entity.last_plan_message)
    why, way_out = REFUSALS[entity.last_plan_code]
    words = {
        "entity": entity,
        "state": State(entity.state).label.lower(),
        "planned": State(entity.plan_state).label.lower(),
    }
    return f"{why.format(**words)} {way_out}"


def briefly(entry: VersionEntry) -> VersionEntry:
    """Return a version without what it keeps of a plan that it ended: on an entity's page its name and reason say that."""
    return replace(entry, changes=[change for change in entry.changes if not change[0].startswith("lastPlan")])


def plan_words(state: str) -> str:
    """Return what a planned change of state is called: `Suspension`."""
    return PLANS.get(State(state), state) if state in State.values else state


def field_words(field: str) -> str:
    """Return the words for a field."""
    head, _, tail = field.partition(".")
    if tail:
        # An ID stays an ID in the middle of the words.
        words = " ".join(word for word in (_part(head), _words(tail).lower()) if word)
        words = re.sub(r"\bid\b", "ID", words)
        return words[:1].upper() + words[1:]
    return _words(field)


def _part(head: str) -> str:
    if re.match("planned[A-Z]", head):
        return "planned"
    return PARTS.get(head, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", head).lower() if head[:1].islower() else head)


def _words(name: str) -> str:
    if name in KNOWN:
        return KNOWN[name]
    if of_a_level := OF_A_LEVEL.fullmatch(name):
        return of_a_level[1]
    # What is words already, such as the name of a resource type.
    if " " in name or name.isupper():
        return name
    words = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name).replace("_", " ").lower()
    return words[:1].upper() + words[1:]


def value_words(value: object) -> str:
    """Return the words for a value; a dash where there is none."""
    if value in (None, "", {}, []):
        return "–"
    if value is True:
        return "yes"
    if value is False:
        return "no"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {inner}" for key, inner in value.items())
    if isinstance(value, list):
        return ("; " if isinstance(value[0], dict) else ", ").join(value_words(inner) for inner in value)
    if isinstance(value, str) and value in State.values:
        return str(State(value).label)
    if isinstance(value, str) and INSTANT.match(value):
        return f"{timezone.localtime(datetime.fromisoformat(value)):%d %b %Y %H:%M}"
    return str(value)


def version_words(operation: str, changes: list[Fact]) -> str:
    """Return what a version did: `Suspended`, `Deactivation planned`, `Name changed`."""
    changed = {field: new for field, _, new in changes}
    deed = OPERATIONS[operation].did(changed) if operation in OPERATIONS else deed_of(operation, changed)
    if deed:
        return deed
    if operation.startswith("Create"):
        return "Created"
    if changed.get("state"):
        before = {field: old for field, old, _ in changes}.get("state")
        if changed["state"] == State.ACTIVE:
            return "Resumed" if before == State.SUSPENDED else "Activated"
        return value_words(changed["state"])
    if changed.get("plannedState.state"):
        return f"{plan_words(str(changed['plannedState.state']))} planned"
    if "stateReason" in changed:
        return "Reason changed"
    if len(changed) == 1:
        return f"{field_words(next(iter(changed)))} changed"
    return operation_words(operation) if operation else "Changed"


def operation_words(name: str) -> str:
    """Return an operation's name in words: `UpdateCustomerState` is `Update customer state`."""
    return _words(name)


def did_words(name: str) -> str:
    """Return what an operation did, in a word or two, by its name alone: `State changed`, `Plan confirmed`."""
    entry = OPERATIONS.get(name)
    if entry is None:
        return operation_words(name)
    if isinstance(entry.deed, str) and entry.deed:
        return entry.deed
    if name.startswith("Create"):
        return "Created"
    what = name.removeprefix("Update").removeprefix(entry.model.__name__)
    return f"{_words(what)} changed" if name.startswith("Update") and what else operation_words(name)


def who_can(permission: str, do: str) -> str:
    """Return which groups have a permission, in words: `Back Office and CRM can cancel it.`"""
    app, _, codename = permission.partition(".")
    having = Group.objects.filter(permissions__content_type__app_label=app, permissions__codename=codename)
    names = list(having.order_by("name").values_list("name", flat=True).distinct())
    if not names:
        return f"No group can {do}."
    return f"{' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))} can {do}."


def choose(choices: Iterable[tuple[str, str]], words: str = "Choose …") -> list[tuple[str, str]]:
    """Return choices of which none is made beforehand."""
    return [("", words), *choices]
