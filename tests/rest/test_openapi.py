"""The description of the interface: complete, with examples that work, and read in a browser without anything from elsewhere."""

import re
from functools import cache
from typing import Any

import pytest
from django.test import Client

from ocsportal.transactions.operation import OPERATIONS
from tests.client import RestClient
from tests.rest.routes import CONFIGURATION, CONFIGURING, READS, WRITES, Route, prepare

pytestmark = pytest.mark.django_db

WRITE_ERRORS = {"400", "401", "403", "409", "412", "413", "415", "429", "503"}
READ_ERRORS = {"400", "401", "403", "404", "429", "503"}
# What runs several operations, and with which problems: neither is about one version, and a batch answers for each.
SEVERAL = {"/v1/casm/orders": WRITE_ERRORS - {"412"}, "/v1/casm/batch": WRITE_ERRORS - {"403", "409", "412"}}
# The reads that take parameters.
ASKING = [route for route in READS if hasattr(route.view, "parameter_class") or hasattr(route.view, "filters")]
# What some refuse beside what all can: a position that is not kept any more, a kind that is not there.
FURTHER = {"/v1/casm/changes": {"410"}, **{f"/v1/casm{path}": {"404"} for path in CONFIGURING}}


@pytest.fixture
def schema() -> Any:
    """The description, as a program gets it."""
    return _schema()


@cache
def _schema() -> Any:
    # Dear to make, and the same for every test.
    answer = Client().get("/v1/schema", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    return answer.json()


def described(schema: Any) -> list[tuple[str, str, Any]]:
    """Return every path, method and description."""
    return [
        (path, method, entry)
        for path, methods in schema["paths"].items()
        for method, entry in methods.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]


def problems_of(entry: Any) -> set[str]:
    """Return the statuses that are described as problems."""
    return {
        status
        for status, answer in entry["responses"].items()
        if list(answer.get("content", {})) == ["application/problem+json"]
    }


@pytest.mark.once
class TestDescription:
    def test_is_openapi_3_1(self, schema: Any) -> None:
        assert schema["openapi"] == "3.1.0"
        assert schema["info"]["version"] == "1"

    def test_needs_no_key(self) -> None:
        assert Client().get("/v1/schema").status_code == 200

    def test_every_operation_exactly_once(self, schema: Any) -> None:
        ids = [entry["operationId"] for _, _, entry in described(schema)]
        assert len(ids) == len(set(ids))
        for name in OPERATIONS:
            assert ids.count(name) == 1

    def test_every_route_and_nothing_else(self, schema: Any) -> None:
        routes = {(f"/v1/casm{route.path}", "post" if route.writes else "get") for route in [*READS, *WRITES]}
        several = {(path, "post") for path in SEVERAL}
        configuration = {(f"/v1/casm{path}", "get") for path in CONFIGURATION}
        configuration |= {(f"/v1/casm{path}", "post") for path in CONFIGURING}
        assert {(path, method) for path, method, _ in described(schema)} == routes | several | configuration

    def test_every_one_is_secured_by_both_headers(self, schema: Any) -> None:
        schemes = schema["components"]["securitySchemes"]
        names = {name: scheme["name"] for name, scheme in schemes.items()}
        for _, _, entry in described(schema):
            (needed,) = entry["security"]
            assert {names[scheme] for scheme in needed} == {"X-Ocs-Io-API-Key", "X-Ocs-Io-Application-Id"}

    def test_every_one_names_its_permission(self, schema: Any) -> None:
        by_path = {f"/v1/casm{route.path}": route.operation.permission for route in [*READS, *WRITES]}
        for path, method, entry in described(schema):
            permission = f"`{by_path[path]}`." if path in by_path else "that of each operation."
            if "/configuration" in path:
                permission = "any that reads." if method == "get" else "that to "
            assert f"Permission: {permission}" in entry["description"]

    def test_every_one_lists_its_errors(self, schema: Any) -> None:
        for path, method, entry in described(schema):
            errors = SEVERAL.get(path, WRITE_ERRORS if method == "post" else READ_ERRORS)
            assert problems_of(entry) == errors | FURTHER.get(path, set())
            assert "200" in entry["responses"]

    @pytest.mark.parametrize("route", WRITES, ids=str)
    def test_every_write_shows_its_example(self, schema: Any, route: Route) -> None:
        body = schema["paths"][f"/v1/casm{route.path}"]["post"]["requestBody"]["content"]["application/json"]
        (example,) = body["examples"].values()
        assert example["value"] == route.example
        assert example["value"]["requestId"]

    @pytest.mark.parametrize("route", ASKING, ids=str)
    def test_every_read_shows_an_example_and_what_its_parameters_mean(self, schema: Any, route: Route) -> None:
        parameters = {one["name"]: one for one in schema["paths"][f"/v1/casm{route.path}"]["get"]["parameters"]}
        assert [one for one in parameters.values() if "examples" in one]
        assert not [name for name, one in parameters.items() if not one.get("description")]
        if "limit" in parameters:
            assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
        if "state" in parameters:
            assert len(parameters["state"]["schema"]["enum"]) == 4
        if "ordering" in parameters:
            assert {"created", "-created"} <= set(parameters["ordering"]["schema"]["enum"])

    def test_bodies_refuse_nothing_that_is_described(self, schema: Any) -> None:
        for route in WRITES:
            body = schema["paths"][f"/v1/casm{route.path}"]["post"]["requestBody"]["content"]["application/json"]
            name = body["schema"]["$ref"].rsplit("/", 1)[-1]
            described_fields = schema["components"]["schemas"][name]
            assert set(route.example) <= set(described_fields["properties"])
            assert set(described_fields["required"]) <= set(route.example)


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_example_works(api: RestClient, route: Route) -> None:
    prepare(api, route)
    answer = api.post(route.path, **route.example)
    assert answer.status_code == 200, answer.content
    assert answer.json()[0]["name"] == route.operation.name
    assert not answer.has_header("X-Ocs-Io-Notice")


class TestDocs:
    @pytest.fixture
    def page(self) -> str:
        """The page."""
        answer = Client().get("/v1/docs")
        assert answer.status_code == 200
        return answer.content.decode()

    def test_takes_nothing_from_elsewhere(self, page: str) -> None:
        assert not re.findall(r'(?:src|href)="(?:https?:)?//[^"]+"', page)

    def test_has_nothing_inline(self, page: str) -> None:
        scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
        assert scripts
        assert all("src=" in attributes and not body.strip() for attributes, body in scripts)
        assert not re.findall(r'\son\w+="', page)

    def test_every_asset_is_there(self, page: str) -> None:
        found = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(found) >= 3
        for address in found:
            assert Client().get(address.replace("&amp;", "&")).status_code == 200, address

    def test_stands_under_the_strict_policy(self) -> None:
        assert Client().get("/v1/docs")["Content-Security-Policy"].startswith("default-src 'self'")

    def test_script_points_to_the_description(self, page: str) -> None:
        (address,) = [a for a in re.findall(r'<script[^>]*src="([^"]+)"', page) if a.startswith(("/v1/docs", "?"))]
        script = Client().get(f"/v1/docs{address.removeprefix('/v1/docs')}").content.decode()
        assert "/v1/schema" in script
        assert not re.findall(r"https?://(?!testserver)", script)
