"""The groups that every installation has, and what each may do (docs/people.md).

Permissions of operations come from the table of operations, where each says its groups. A group that already stands is
only given what is new since the last migration, so that what an administrator took away stays away.
"""

from collections.abc import Iterable

from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from ocsportal.transactions import door
from ocsportal.transactions.groups import (
    ADMINISTRATOR,
    AUDITOR,
    BACK_OFFICE,
    CARE,
    CONFIGURATION,
    CRM,
    DATA_PROTECTION,
    GROUPS,
)
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.operation import OPERATIONS, Operation
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import ToldItem, Touched

__all__ = [
    "ADMINISTRATOR",
    "AUDITOR",
    "BACK_OFFICE",
    "CARE",
    "CONFIGURATION",
    "CRM",
    "DATA_PROTECTION",
    "GROUPS",
    "operations_of",
]

APPS_WITH_CONFIGURATION = ("entities", "customers", "accounts", "subscribers", "offers", "balances")


def operations_of(group: str) -> list[Operation]:
    """Return the operations that a group starts with, as they say themselves."""
    return [entry for entry in OPERATIONS.values() if group in entry.groups]


# By database, the permissions that stood before the migration under way.
_standing: dict[str, set[int]] = {}


def note_standing(sender: AppConfig | None = None, using: str = "default", **kwargs: object) -> None:
    """Remember which permissions stand before a migration, so that afterwards only those that it added are handed out."""
    if sender is not None and sender.label != _migrated_apps()[0]:
        return
    is_new = Permission._meta.db_table not in connections[using].introspection.table_names()
    _standing[using] = set() if is_new else set(Permission.objects.using(using).values_list("pk", flat=True))


def _migrated_apps() -> list[str]:
    return [app.label for app in apps.get_app_configs() if app.models_module]


def synchronise(sender: AppConfig | None = None, using: str = "default", **kwargs: object) -> None:
    """Make the permissions and groups that are missing; runs after each app's migrations and is quick when all is there."""
    # Django makes its own permissions app by app; ours can be handed out when the last app is through.
    if sender is not None and sender.label != _migrated_apps()[-1]:
        return
    fresh = _make_permissions()
    standing = _standing.pop(using, None)
    if standing is not None:
        fresh |= set(Permission.objects.exclude(pk__in=standing))
    groups = {group.name: group for group in Group.objects.filter(name__in=GROUPS)}
    due: dict[str, list[Permission]] = {}
    for name in GROUPS:
        mine = [permission for permission in _permissions_of(name) if name not in groups or permission in fresh]
        if mine or name not in groups:
            due[name] = mine
    if due and _recorded(using):
        door.record("SynchroniseGroups", system_change("migrate"), None, lambda: _hand_out(groups, due))
    elif due:
        _hand_out(groups, due)


def _recorded(using: str) -> bool:
    """Whether the database can record it: in the midst of the migrations it may not yet."""
    needed = {field.column for field in BusinessTransaction._meta.concrete_fields}
    with connections[using].cursor() as cursor:
        found = connections[using].introspection.get_table_description(cursor, BusinessTransaction._meta.db_table)
    return needed <= {column.name for column in found} and not connections[using].in_atomic_block


def _hand_out(groups: dict[str, Group], due: dict[str, list[Permission]]) -> Touched:
    for name, permissions in due.items():
        group = groups.get(name) or Group.objects.create(name=name)
        group.permissions.add(*permissions)
    item: ToldItem = {
        "name": "SynchroniseGroups",
        "object": {
            name: sorted(permission.codename for permission in permissions) for name, permissions in due.items()
        },
        "objectType": "io.ocs.pbs.core.model.Groups",
    }
    return Touched([], extra_items=[item])


def _make_permissions() -> set[Permission]:
    fresh = set()
    known = set(Permission.objects.values_list("content_type__app_label", "codename"))
    for entry in OPERATIONS.values():
        titles = {entry.codename: f"May {entry.title.lower()}", **{extra.codename: extra.title for extra in entry.also}}
        for codename, title in titles.items():
            if (entry.model._meta.app_label, codename) not in known:
                kind = ContentType.objects.get_for_model(entry.model)
                known.add((entry.model._meta.app_label, codename))
                fresh.add(Permission.objects.create(content_type=kind, codename=codename, name=title))
                # Several operations may need the same one for certain fields.
                known.add((entry.model._meta.app_label, codename))
    return fresh


def _permissions_of(group: str) -> Iterable[Permission]:
    yield from _operation_permissions(group)
    django = Permission.objects.select_related("content_type")
    configuration = django.filter(content_type__app_label__in=APPS_WITH_CONFIGURATION)
    configuration = configuration.exclude(codename__contains="historical")
    if group == CONFIGURATION:
        yield from configuration.filter(codename__regex=r"^(add|change|view)_")
    elif group == ADMINISTRATOR:
        yield from django.filter(content_type__app_label="people", content_type__model__in=["user", "apikey"])
        yield from django.filter(content_type__app_label="auth", content_type__model="group").exclude(
            codename="delete_group"
        )
    elif group in (AUDITOR, BACK_OFFICE, CARE):
        yield from configuration.filter(codename__startswith="view_")
    if group == AUDITOR:
        yield from django.filter(
            content_type__app_label__in=("people", "auth"), codename__regex=r"^view_(user|apikey|group)$"
        )
    if group in (AUDITOR, BACK_OFFICE):
        yield from django.filter(codename="view_businesstransaction")


def _operation_permissions(group: str) -> list[Permission]:
    wanted = {(entry.model._meta.app_label, entry.codename) for entry in operations_of(group)}
    wanted |= {
        (entry.model._meta.app_label, extra.codename)
        for entry in OPERATIONS.values()
        for extra in entry.also
        if group in extra.groups
    }
    found = Permission.objects.select_related("content_type").filter(codename__in=[codename for _, codename in wanted])
    return [permission for permission in found if (permission.content_type.app_label, permission.codename) in wanted]
