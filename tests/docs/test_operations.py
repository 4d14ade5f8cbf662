"""docs/operations.md, the levels' pages, docs/rest.md, docs/events.md and docs/commands.md say what the code does."""

from typing import Any

import pytest
from django.conf import settings

from ocsportal.events import broker
from ocsportal.people.groups import BACK_OFFICE, CRM, GROUPS, operations_of
from ocsportal.rest.entities import EntityListView, ListParameters
from ocsportal.rest.views import OperationView
from ocsportal.transactions.operation import OPERATIONS, Operation
from tests.docs.markdown import DOCS, called, compare, plain, project_apps, rows_under, ticked, views, written

pytestmark = pytest.mark.once

OPERATION_HEADER = ("Operation", "Route", "Permission", "Who may")
WIRE_ONLY = ("requestId", "transactionId")


def who_may(operation: Operation) -> str:
    return ", ".join(group for group in GROUPS if operation in operations_of(group))


def test_every_operation_has_a_route() -> None:
    assert {view.operation.name for _, view in views()} == set(OPERATIONS)


def test_table_of_operations() -> None:
    real = {
        (f"`{view.operation.name}`", f"`{'POST' if issubclass(view, OperationView) else 'GET'} {path}`",
         f"`{view.operation.permission}`", who_may(view.operation))
        for path, view in views()
    }  # fmt: skip
    compare("docs/operations.md", set(rows_under(OPERATION_HEADER, DOCS / "operations.md")), real)


def test_further_permissions() -> None:
    rows = rows_under(("Permission", "Asked of", "When", "Who may"), DOCS / "operations.md")
    real = {
        (f"`{entry.model._meta.app_label}.{extra.codename}`", f"`{entry.name}`", f"{BACK_OFFICE}, {CRM}")
        for entry in OPERATIONS.values()
        for extra in entry.also
    }
    compare("docs/operations.md, further permissions (without When)", {(row[0], row[1], row[3]) for row in rows}, real)


def body_of(view: Any) -> str:
    fields = view.request_class().fields.items()
    return ", ".join(f"`{name}`{' M' if field.required else ''}" for name, field in fields if name not in WIRE_ONLY)


def test_bodies_of_writes() -> None:
    def canonical(name: str, body: str) -> tuple[str, str]:
        return name, ", ".join(sorted(part.strip() for part in body.split(",")))

    rows = {canonical(row[0], row[1]) for row in rows_under(("Operation", "Body", "Rules"))}
    writes = [view for _, view in views() if issubclass(view, OperationView)]
    real = {canonical(f"`{view.operation.name}`", body_of(view)) for view in writes}
    compare("The table Operation | Body | Rules in a level's page, such as docs/customers.md,", rows, real)


def test_parameters_of_reads() -> None:
    rows = {plain(row[0]): set(ticked(row[1])) for row in rows_under(("Path", "Parameters"))}
    for path, view in views():
        if issubclass(view, EntityListView):
            names = set(ListParameters().fields)
        elif hasattr(view, "parameter_class"):
            names = set(view.parameter_class().fields)
        else:
            continue
        row = written(f"`{path}`", ", ".join(f"`{name}`" for name in sorted(names)))
        assert rows.get(path) == names, f"The table Path | Parameters in a level's page needs the row\n{row}"


@pytest.mark.parametrize(
    ("what", "given"),
    [("Filter", lambda view: view.filters.base_filters), ("Ordering", lambda view: view.orderings)],
)
def test_filters_and_orderings_of_lists(what: str, given: Any) -> None:
    middle = {"Filter": "Keeps", "Ordering": "By"}[what]
    documented = {
        (plain(row[0]), collection.strip())
        for row in rows_under((what, middle, "Lists"), DOCS / "rest.md")
        for collection in row[2].split(",")
    }
    lists = [(path.rsplit("/", 1)[-1], view) for path, view in views() if issubclass(view, EntityListView)]
    real = {(name, collection) for collection, view in lists for name in given(view)}
    compare(f"docs/rest.md, table of {what.lower()}s (name and list)", documented, real)


def test_commands() -> None:
    files = [path for app in project_apps() for path in sorted(_commands(app))]
    rows = {ticked(row[0])[0].split()[0]: row for row in rows_under(("Command", ""), DOCS / "commands.md")}
    missing = [called(path) for path in files if path.stem not in rows]
    assert not missing, f"docs/commands.md lacks rows for {', '.join(missing)}"
    assert set(rows) == {path.stem for path in files}, "docs/commands.md has a command that is not there"


def _commands(app: Any) -> Any:
    from pathlib import Path

    return [path for path in Path(app.path).glob("management/commands/*.py") if path.stem != "__init__"]


def test_events_name_exchange_type_and_headers() -> None:
    page = (DOCS / "events.md").read_text(encoding="utf-8")
    named = (settings.EVENTS_EXCHANGE, settings.EVENTS_SOURCE, broker.CONTENT_TYPE, "io.ocs.casm.")
    headers = ("X-Ocs-Io-transaction-id", "X-Ocs-Io-notification-code", "X-Ocs-Io-notification-payload")
    for word in (*named, *headers):
        assert word in page, f"docs/events.md does not name {word}"
