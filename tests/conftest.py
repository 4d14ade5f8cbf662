"""What every test can ask for: the ground it begins on, a user of each group, a REST client."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase

from ocsportal.people.models import User
from ocsportal.transactions.change import Change
from ocsportal.transactions.models import Channel
from tests import ground, runtime
from tests.asleep import forget
from tests.client import RestClient
from tests.people.makers import make_user

__all__ = ["CHROMIUM", "make_user"]

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this engine or machine has not; CI has a browser, or fails."""
    postgresql = os.environ.get("TEST_ENGINE") == "postgresql"
    for item in items:
        if item.get_closest_marker("postgres") and not postgresql:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))
        if item.get_closest_marker("browser") and not CHROMIUM and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(reason="needs Chromium"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Lay the ground once, for all tests; put it back after each that committed, instead of emptying the database."""
    with django_db_blocker.unblock():
        ground.lay()
        if os.environ.get("TEST_RUNTIME_ROLE"):
            runtime.enter(os.environ["TEST_RUNTIME_ROLE"])
    original = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
    TransactionTestCase._fixture_teardown = ground.put_back  # type: ignore[attr-defined]
    yield
    TransactionTestCase._fixture_teardown = original  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _nothing_remembered(request: pytest.FixtureRequest) -> None:
    """Have whatever counts statements begin with nothing remembered, whichever tests ran before it."""
    if hasattr(request.module, "CaptureQueriesContext"):
        forget()


@pytest.fixture
def care(db: None) -> User:
    """An agent of Customer Care."""
    return User.objects.get(username="care")


@pytest.fixture
def back_office(db: None) -> User:
    """An agent of the Back Office."""
    return User.objects.get(username="backoffice")


@pytest.fixture
def auditor(db: None) -> User:
    """An auditor."""
    return User.objects.get(username="auditor")


@pytest.fixture
def crm(db: None) -> tuple[User, str]:
    """The CRM's service user and its key."""
    return ground.crm()


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
