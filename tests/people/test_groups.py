"""What each group may do, permission by permission; and that handing out again changes nothing."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission

from ocsportal.people import groups
from ocsportal.registries import Named
from ocsportal.transactions.operation import OPERATIONS, Operation, operation

pytestmark = pytest.mark.django_db

# The documented table, for the operations of customers.
ALL = {entry.codename for entry in OPERATIONS.values() if entry.model._meta.app_label == "customers"}
CUSTOMERS: dict[str, set[str]] = {
    groups.CARE: {
        "read_customer",
        "update_customer_custom_name",
        "update_customer_custom_attributes",
        "update_customer_segment",
        "update_customer_state",
        "create_customer_note",
        "close_customer_note",
    },
    groups.BACK_OFFICE: {*ALL, "deactivate_customer", "plan_customer_state"} - {"erase_customer"},
    groups.DATA_PROTECTION: {"read_customer", "erase_customer"},
    groups.CRM: {*ALL, "deactivate_customer", "plan_customer_state"},
    groups.AUDITOR: {"read_customer"},
    groups.CONFIGURATION: set(),
    groups.ADMINISTRATOR: set(),
}
CONFIGURATION_ITEMS = ("statereason", "customersegment", "customerprofile")
VIEWS = {f"view_{item}" for item in CONFIGURATION_ITEMS}
REST_OF_IT: dict[str, set[str]] = {
    groups.CARE: VIEWS,
    groups.BACK_OFFICE: {*VIEWS, "view_businesstransaction"},
    groups.CRM: set(),
    groups.DATA_PROTECTION: set(),
    groups.AUDITOR: {*VIEWS, "view_businesstransaction", "view_user", "view_apikey", "view_group"},
    groups.CONFIGURATION: {f"{verb}_{item}" for verb in ("add", "change", "view") for item in CONFIGURATION_ITEMS},
    groups.ADMINISTRATOR: {
        *(f"{verb}_{item}" for verb in ("add", "change", "view") for item in ("user", "apikey", "group"))
    },
}


def held(name: str) -> set[str]:
    """Return the codenames of a group's permissions."""
    return set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))


def everything() -> set[tuple[str, str, str]]:
    """Return every permission that every group has."""
    rows = Group.objects.values_list("name", "permissions__content_type__app_label", "permissions__codename")
    return set(rows)


class TestTable:
    def test_groups(self) -> None:
        assert set(Group.objects.values_list("name", flat=True)) == set(groups.GROUPS)
        assert set(groups.GROUPS) == set(CUSTOMERS) == set(REST_OF_IT)

    @pytest.mark.parametrize("name", groups.GROUPS)
    def test_customers(self, name: str) -> None:
        extras = {"deactivate_customer", "plan_customer_state"}
        assert held(name) & (ALL | extras) == CUSTOMERS[name]

    @pytest.mark.parametrize("name", groups.GROUPS)
    def test_beside_operations(self, name: str) -> None:
        others = {entry.codename for entry in OPERATIONS.values()} | {
            extra.codename for entry in OPERATIONS.values() for extra in entry.also
        }
        mine = {codename for codename in held(name) - others if not _of_a_further_level(codename)}
        assert mine == REST_OF_IT[name]

    @pytest.mark.parametrize("name", groups.GROUPS)
    def test_nobody_deletes(self, name: str) -> None:
        assert not [codename for codename in held(name) if codename.startswith("delete_")]

    def test_one_permission_per_operation_named_after_it(self) -> None:
        for name, entry in OPERATIONS.items():
            assert entry.codename.replace("_", "") == name.lower()
            permission = Permission.objects.get(
                codename=entry.codename, content_type__app_label=entry.model._meta.app_label
            )
            assert permission.name.startswith("May ")

    @pytest.mark.parametrize("entry", OPERATIONS.values(), ids=lambda entry: entry.name)
    def test_auditor_reads_all_and_writes_nothing(self, entry: Operation) -> None:
        assert (entry.codename in held(groups.AUDITOR)) is entry.is_read

    @pytest.mark.parametrize("name", [groups.BACK_OFFICE, groups.CRM])
    def test_all_operations(self, name: str) -> None:
        erasing = {"erase_customer"} if name == groups.BACK_OFFICE else set()
        assert {entry.codename for entry in OPERATIONS.values()} - erasing <= held(name)
        assert erasing.isdisjoint(held(name))


def _of_a_further_level(codename: str) -> bool:
    """Whether a configuration permission belongs to a level that has its own tests."""
    verb, _, item = codename.partition("_")
    known = {*CONFIGURATION_ITEMS, "user", "apikey", "group", "businesstransaction"}
    return verb in ("add", "change", "view") and item not in known


class TestSynchronise:
    def test_again_changes_nothing(self) -> None:
        groups.synchronise()
        before = everything(), Permission.objects.count()
        groups.synchronise()
        assert (everything(), Permission.objects.count()) == before

    def test_what_was_taken_away_stays_away(self) -> None:
        care = Group.objects.get(name=groups.CARE)
        care.permissions.remove(Permission.objects.get(codename="update_customer_segment"))
        groups.synchronise()
        assert "update_customer_segment" not in held(groups.CARE)

    @pytest.mark.parametrize("codename", ["deactivate_customer", "add_statereason"])
    def test_what_was_taken_away_from_everybody_stays_away_too(self, codename: str) -> None:
        Permission.objects.get(codename=codename).group_set.clear()
        groups.synchronise()
        assert not [name for name in groups.GROUPS if codename in held(name)]

    def test_what_was_given_stays(self) -> None:
        Group.objects.get(name=groups.CARE).permissions.add(Permission.objects.get(codename="confirm_customer_state"))
        groups.synchronise()
        assert "confirm_customer_state" in held(groups.CARE)

    def test_new_operation_is_handed_out(self) -> None:
        Permission.objects.get(codename="update_customer_segment").delete()
        groups.synchronise()
        assert "update_customer_segment" in held(groups.CARE) & held(groups.BACK_OFFICE) & held(groups.CRM)
        assert "update_customer_segment" not in held(groups.AUDITOR)

    def test_new_configuration_item_is_handed_out_by_the_migration_that_brings_it(self) -> None:
        groups.note_standing()
        old = Permission.objects.get(codename="add_statereason")
        kind = old.content_type
        old.delete()
        Permission.objects.create(codename="add_statereason", name="Can add", content_type=kind)
        groups.synchronise()
        assert [name for name in groups.GROUPS if "add_statereason" in held(name)] == [groups.CONFIGURATION]

    def test_migrating_again_hands_nothing_out(self, run_command: Any) -> None:
        Permission.objects.get(codename="deactivate_customer").group_set.clear()
        before = everything()
        run_command("migrate", verbosity=0)
        assert everything() == before

    def test_missing_group_is_made(self) -> None:
        before = held(groups.AUDITOR)
        Group.objects.get(name=groups.AUDITOR).delete()
        groups.synchronise()
        assert held(groups.AUDITOR) == before

    def test_groups_of_ones_own_are_left_alone(self) -> None:
        Group.objects.create(name="Interns")
        groups.synchronise()
        assert held("Interns") == set()


def test_operation_that_names_no_groups_is_not_for_customer_care(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is called: a name says nothing of who may."""
    monkeypatch.setattr("ocsportal.transactions.operation.OPERATIONS", Named(OPERATIONS))
    made = operation("TransferBalanceOfSubscription", Permission)(_transfer)
    assert [name for name in groups.GROUPS if name in made.groups] == [groups.BACK_OFFICE, groups.CRM]


def _transfer(change: Any) -> Any:
    """Transfer."""
