"""docs/states.md equals the table of transitions; docs/people.md equals the groups."""

import pytest
from django.contrib.auth.models import Group, Permission

from ocsportal.entities.states import FIRST_STATES, TRANSITIONS, State
from ocsportal.people.groups import GROUPS
from ocsportal.transactions.operation import OPERATIONS
from tests.docs.markdown import DOCS, compare, plain, rows_under

pytestmark = pytest.mark.once

PEOPLE = {"user", "apikey", "group"}


def test_table_of_transitions() -> None:
    rows = set(rows_under(("From", "To", "Verb"), DOCS / "states.md"))
    real = {
        (f"`{before}`", f"`{after}`", verb) for before, afters in TRANSITIONS.items() for after, verb in afters.items()
    }
    compare("docs/states.md, transitions", rows, real)


def test_states_and_first_states() -> None:
    assert [plain(row[0]) for row in rows_under(("State", "Means"), DOCS / "states.md")] == State.values
    first = " or ".join(f"`{state}`" for state in FIRST_STATES)
    assert f"A new entity begins as {first}." in (DOCS / "states.md").read_text(encoding="utf-8")


def test_groups() -> None:
    assert [row[0] for row in rows_under(("Group", "For"), DOCS / "people.md")] == list(GROUPS)


def kind_of(permission: Permission) -> str | None:
    """Return the row of docs/people.md that a permission belongs to, None when it is an operation's."""
    app, model = permission.content_type.app_label, permission.content_type.model
    own = {(entry.model._meta.app_label, name) for entry in OPERATIONS.values()
           for name in (entry.codename, *(extra.codename for extra in entry.also))}  # fmt: skip
    if (app, permission.codename) in own:
        return None
    verb = permission.codename.partition("_")[0]
    if model == "businesstransaction":
        return f"{verb} Business Transactions"
    if model in PEOPLE:
        return f"{verb} people"
    return f"{verb} configuration items"


@pytest.mark.django_db
def test_permissions_of_groups_beside_operations() -> None:
    rows = rows_under(("Permissions", *GROUPS), DOCS / "people.md")
    documented = {(row[0], group) for row in rows for group, cell in zip(GROUPS, row[1:], strict=True) if cell == "yes"}
    real = {
        (kind, group.name)
        for group in Group.objects.filter(name__in=GROUPS)
        for permission in group.permissions.select_related("content_type")
        if (kind := kind_of(permission))
    }
    compare("docs/people.md, permissions beside operations (row and group)", documented, real)
