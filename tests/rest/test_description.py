"""The OpenAPI description is made once per process, whoever asks how often, and sent as kept bytes."""

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from ocsportal.rest import description
from tests.client import problem

pytestmark = pytest.mark.once


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Count how often the description is made, beginning with none made."""
    calls: list[int] = []
    original = SchemaGenerator.get_schema

    def counted(self: Any, *args: Any, **options: Any) -> Any:
        calls.append(1)
        return original(self, *args, **options)

    monkeypatch.setattr(SchemaGenerator, "get_schema", counted)
    monkeypatch.setattr(description, "_made", {})
    return calls


def ask(**headers: str) -> Any:
    """Ask for the description with headers (underscores stand for hyphens)."""
    return Client().get("/v1/schema", headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_twenty_strangers_at_once_have_it_made_once(generated: list[int]) -> None:
    with ThreadPoolExecutor(20) as strangers:
        answers = list(strangers.map(lambda number: ask(Accept="application/json"), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert ask(Accept="application/yaml").status_code == 200
    assert len(generated) == 1


def test_both_forms_say_the_same_and_have_tags_of_their_own() -> None:
    import yaml

    told, written = ask(Accept="application/json"), ask()
    assert (told["Content-Type"], written["Content-Type"]) == ("application/json", "application/vnd.oai.openapi")
    assert json.loads(told.content) == yaml.safe_load(written.content)
    assert told["ETag"] != written["ETag"]
    assert told["Vary"] == "Accept, Accept-Encoding"
    assert Client().get("/v1/schema?format=json").content == told.content
    assert Client().get("/v1/schema?format=yaml").content == written.content
    problem(Client().get("/v1/schema?format=xml"), 406, "NOT-ACCEPTABLE")  # type: ignore[arg-type]
    problem(ask(Accept="text/csv"), 406, "NOT-ACCEPTABLE")


def test_whoever_has_it_is_sent_nothing() -> None:
    tag = ask()["ETag"]
    again = ask(If_None_Match=tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert ask(If_None_Match=f"W/{tag}").status_code == 304
    assert ask(If_None_Match='"other"').status_code == 200


def test_it_is_sent_compressed_where_that_is_asked_for() -> None:
    plain, zipped = ask(), ask(Accept_Encoding="gzip, br")
    assert zipped["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.content) == plain.content
    assert len(zipped.content) < len(plain.content) / 4
    assert zipped["ETag"] != plain["ETag"]
    assert ask(Accept_Encoding="gzip", If_None_Match=zipped["ETag"]).status_code == 304


class TestPage:
    @pytest.fixture
    def rendered(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What is rendered, beginning with nothing kept."""
        names: list[str] = []
        genuine = description.render_to_string

        def counted(name: str, context: Any) -> str:
            names.append(name)
            return genuine(name, context)

        monkeypatch.setattr(description, "render_to_string", counted)
        monkeypatch.setattr(description, "_page", {})
        return names

    def test_twenty_strangers_at_once_have_it_rendered_once(self, rendered: list[str]) -> None:
        with ThreadPoolExecutor(20) as strangers:
            answers = list(strangers.map(lambda number: Client().get("/v1/docs"), range(20)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert rendered == ["drf_spectacular/swagger_ui.html", "drf_spectacular/swagger_ui.js"]

    @pytest.mark.parametrize("address", ["/v1/docs", "/v1/docs?script="])
    def test_whoever_has_it_is_sent_nothing(self, address: str) -> None:
        first = Client().get(address)
        again = Client().get(address, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert first["Cache-Control"] == "public, max-age=300"
        zipped = Client().get(address, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(zipped.content) == first.content

    def test_the_page_and_its_script_are_two(self) -> None:
        page, script = Client().get("/v1/docs"), Client().get("/v1/docs?script=")
        assert (page["Content-Type"], script["Content-Type"]) == ("text/html; charset=utf-8", "application/javascript")
        assert page["ETag"] != script["ETag"]
        assert b'<script src="/v1/docs?script="></script>' in page.content
        assert b'"/v1/schema"' in script.content.replace(b"\\u002D", b"-")
        assert Client().get("/v1/docs?lang=%22onload=x").content == page.content
