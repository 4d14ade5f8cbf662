"""What every test can ask for: reference data, a user of each group, a REST client, and a flush that the triggers allow."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

from ocsportal.entities.reference import load_reference_data
from ocsportal.people import groups
from ocsportal.people.keys import make_client
from ocsportal.people.models import User
from ocsportal.transactions import door
from ocsportal.transactions.change import Change
from ocsportal.transactions.models import Channel
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from tests.client import RestClient
from tests.flush import triggers_asleep

# Whether the reference data of the session's beginning still stands; a flush after a transactional test takes it along.
state = {"whole": True}
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this engine or machine has not; CI has a browser, or fails."""
    import os

    postgresql = os.environ.get("TEST_ENGINE") == "postgresql"
    for item in items:
        if item.get_closest_marker("postgres") and not postgresql:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))
        if item.get_closest_marker("browser") and not CHROMIUM and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(reason="needs Chromium"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Load the reference data once, for all tests; wake the triggers after each flush."""
    with django_db_blocker.unblock():
        load_reference_data()
    original = BaseDatabaseOperations.execute_sql_flush

    def flush(self: BaseDatabaseOperations, statements: list[str]) -> None:
        state["whole"] = False
        with triggers_asleep(self.connection):
            original(self, statements)

    BaseDatabaseOperations.execute_sql_flush = flush  # type: ignore[method-assign]
    yield
    BaseDatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


@pytest.fixture
def flushed_again(transactional_db: None) -> None:
    """Bring the reference data back, which the flush after an earlier transactional test took along."""
    load_reference_data()


@pytest.fixture(autouse=True)
def _reference_data(request: pytest.FixtureRequest) -> None:
    """Have the reference data in every test that uses the database."""
    if {"db", "transactional_db", "live_server"} & set(request.fixturenames) or request.node.get_closest_marker(
        "django_db"
    ):
        request.getfixturevalue("transactional_db" if _is_transactional(request) else "db")
        if not state["whole"]:
            groups.synchronise()
            load_reference_data()


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return bool({"transactional_db", "live_server"} & set(request.fixturenames)) or bool(
        marker and marker.kwargs.get("transaction")
    )


def make_user(login: str, *group_names: str) -> User:
    """Make a person of the groups."""
    user = User(username=login, first_name=login.capitalize(), is_staff=True)
    user.set_password("correct-horse-battery")

    def work() -> Touched:
        user.save()
        user.groups.set(Group.objects.filter(name__in=group_names))
        return Touched([user])

    door.record("AddUser", system_change("tests"), None, work)
    return user


@pytest.fixture
def care(db: None) -> User:
    """An agent of Customer Care."""
    return make_user("care", groups.CARE)


@pytest.fixture
def back_office(db: None) -> User:
    """An agent of the Back Office."""
    return make_user("backoffice", groups.BACK_OFFICE)


@pytest.fixture
def auditor(db: None) -> User:
    """An auditor."""
    return make_user("auditor", groups.AUDITOR)


@pytest.fixture
def crm(db: None) -> tuple[User, str]:
    """The CRM's service user and its key."""
    return make_client("crm", groups.CRM, system_change("tests"))


@pytest.fixture
def api(crm: tuple[User, str]) -> RestClient:
    """REST with the CRM's key."""
    return RestClient(crm[0].application_id or "", crm[1])


@pytest.fixture
def change(back_office: User) -> Any:
    """A maker of changes by the Back Office."""

    def make(**options: Any) -> Change:
        return Change(**{"actor": back_office, "channel": Channel.PORTAL, "reason": "because", **options})

    return make


@contextmanager
def queries_refused() -> Iterator[None]:
    """Let no query through."""

    def refuse(execute: Any, sql: str, *rest: Any) -> None:
        raise AssertionError(f"A query was made: {sql}")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def run_command() -> Any:
    """Run a management command and return what it printed."""
    from io import StringIO

    def run(*words: str, **options: Any) -> str:
        out = StringIO()
        call_command(*words, stdout=out, **options)
        return out.getvalue()

    return run
