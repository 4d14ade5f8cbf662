"""What Django itself refuses looks like every other problem under /v1/, and is a page elsewhere."""

import pytest
from django.test import Client

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
