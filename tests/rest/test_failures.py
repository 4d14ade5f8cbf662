"""What Django itself refuses looks like every other problem under /v1/, and is a page elsewhere."""

from pathlib import Path

import pytest
from django.db import OperationalError, ProgrammingError
from django.test import Client

from ocsportal.assets import AssetStorage
from ocsportal.transactions.outage import database_words
from tests.client import problem


@pytest.mark.django_db
def test_unknown_path_is_a_complete_problem() -> None:
    body = problem(Client().get("/v1/casm/nothing"), 404, "NOT-FOUND")  # type: ignore[arg-type]
    assert sorted(body) == ["code", "detail", "errors", "parameter", "status", "title", "type"]
    assert body["type"] == "urn:ocsportal:error:NOT-FOUND"
    assert body["errors"] == [{"code": "NOT-FOUND", "parameter": None, "message": "Not found"}]


@pytest.mark.django_db
def test_unknown_page_is_a_page() -> None:
    answer = Client().get("/nothing")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_pages_find_their_files_where_nothing_was_collected(tmp_path: Path) -> None:
    assert AssetStorage(location=tmp_path, base_url="/static/").stored_name("ocs/theme.js") == "ocs/theme.js"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            OperationalError("connection refused\nIs it running?"),
            "DATABASE_URL: the database can't be used: connection refused",
        ),
        (
            OperationalError("no such table: people_user"),
            "The database is not migrated; run `manage.py migrate` first.",
        ),
        (ProgrammingError("syntax error"), None),
    ],
)
def test_a_command_says_in_one_line_what_is_wrong_with_the_database(error: Exception, words: str | None) -> None:
    assert database_words(error) == words  # type: ignore[arg-type]
