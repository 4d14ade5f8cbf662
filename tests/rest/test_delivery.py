"""How answers travel: not at all when they are had already, compressed when they are large, as short as was asked for."""

import gzip
import json
from typing import Any

import pytest

from ocsportal.rest.delivery import minimal
from ocsportal.rest.entities import EntityListView
from tests.client import CASM, RestClient, problem
from tests.rest.routes import READS, Route, prepare

pytestmark = pytest.mark.django_db
READ = "/customers/read"


def get(api: RestClient, path: str, headers: dict[str, str] | None = None, **parameters: str) -> Any:
    """Get a path with headers."""
    return api.http.get(CASM + path, parameters, headers={**api.headers, **(headers or {})})


class TestUnchanged:
    @pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other-1", {tag}', "*"])
    def test_version_that_the_client_has_is_not_sent_again(
        self, api: RestClient, customer: dict[str, Any], form: str
    ) -> None:
        tag = get(api, READ, externalId="cust-1")["ETag"]
        again = get(api, READ, {"If-None-Match": form.format(tag=tag)}, externalId="cust-1")
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert again["Cache-Control"] == "private, no-cache"
        assert "Content-Type" not in again

    def test_newer_version_is_sent(self, api: RestClient, customer: dict[str, Any]) -> None:
        tag = get(api, READ, externalId="cust-1")["ETag"]
        api.done("/customers/update-custom-name", customer={"externalId": "cust-1"}, customName="Other")
        read = get(api, READ, {"If-None-Match": tag}, externalId="cust-1")
        assert (read.status_code, json.loads(read.content)["customName"]) == (200, "Other")

    def test_version_says_nothing_of_what_hangs_on_the_entity(self, api: RestClient, customer: dict[str, Any]) -> None:
        tag = get(api, READ, externalId="cust-1")["ETag"]
        read = get(api, READ, {"If-None-Match": tag}, externalId="cust-1", accounts="true")
        assert (read.status_code, json.loads(read.content)["accounts"]) == (200, [])

    def test_a_strangers_tag_opens_nothing(self, api: RestClient, customer: dict[str, Any]) -> None:
        tag = get(api, READ, externalId="cust-1")["ETag"]
        api.headers["X-Ocs-Io-API-Key"] = "wrong"
        assert get(api, READ, {"If-None-Match": tag}, externalId="cust-1").status_code == 401


class TestCompressed:
    @pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "GZIP"])
    def test_large_answers(self, api: RestClient, customer: dict[str, Any], accepted: str) -> None:
        long = {"note": "x" * 1000}
        api.done("/customers/update-custom-attributes", customer={"externalId": "cust-1"}, customAttributes=long)
        plain = get(api, READ, externalId="cust-1", stateHistory="true")
        zipped = get(api, READ, {"Accept-Encoding": accepted}, externalId="cust-1", stateHistory="true")
        assert len(plain.content) > 1024
        assert (plain.has_header("Content-Encoding"), zipped["Content-Encoding"]) == (False, "gzip")
        assert gzip.decompress(zipped.content) == plain.content
        assert int(zipped["Content-Length"]) == len(zipped.content) < len(plain.content)
        assert all("Accept-Encoding" in answer["Vary"] for answer in (plain, zipped))

    @pytest.mark.parametrize("accepted", ["", "gzip;q=0", "br", "gzipped"])
    def test_not_for_who_does_not_take_it(self, api: RestClient, customer: dict[str, Any], accepted: str) -> None:
        read = get(api, READ, {"Accept-Encoding": accepted}, externalId="cust-1", stateHistory="true")
        assert not read.has_header("Content-Encoding")

    def test_not_what_is_small(self, api: RestClient) -> None:
        assert not get(api, "/customers", {"Accept-Encoding": "gzip"}).has_header("Content-Encoding")


class TestFields:
    def test_of_one(self, api: RestClient, customer: dict[str, Any]) -> None:
        read = get(api, READ, externalId="cust-1", fields="customName, state")
        assert list(json.loads(read.content)) == ["refId", "customName", "state"]
        assert read["ETag"] == f'"{customer["refId"]}-1"'

    def test_parts_that_are_asked_for_come_too(self, api: RestClient, customer: dict[str, Any]) -> None:
        read = get(api, READ, externalId="cust-1", fields="externalId", accounts="true")
        assert list(json.loads(read.content)) == ["refId", "externalId", "accounts"]

    def test_of_a_list(self, api: RestClient, customer: dict[str, Any]) -> None:
        items = json.loads(get(api, "/customers", fields="externalId").content)["items"]
        assert items == [{"refId": customer["refId"], "externalId": "cust-1"}]

    @pytest.mark.parametrize("path", ["/customers", READ])
    @pytest.mark.parametrize("fields", ["planet", "customName,planet", ""])
    def test_unknown_ones_are_refused(self, api: RestClient, customer: dict[str, Any], path: str, fields: str) -> None:
        named = {"externalId": "cust-1"} if path == READ else {}
        problem(get(api, path, fields=fields, **named), 400, "REQUEST-VALIDATION", "fields")

    @pytest.mark.parametrize("route", [route for route in READS if issubclass(route.view, EntityListView)], ids=str)
    def test_of_every_list(self, api: RestClient, route: Route) -> None:
        prepare(api, route)
        assert get(api, route.path, fields="refId").status_code == 200


class TestMinimal:
    def test_items_say_which_and_which_version(self, api: RestClient, customer: dict[str, Any]) -> None:
        answer = api.post(
            "/customers/update-custom-name",
            headers={"Prefer": "return=minimal"},
            customer={"externalId": "cust-1"},
            customName="Other",
        )
        assert answer["Preference-Applied"] == "return=minimal"
        assert json.loads(answer.content) == [
            {
                "name": "UpdateCustomerCustomName",
                "seqno": 1,
                "object": {"refId": customer["refId"], "version": 2},
                "objectType": "io.ocs.pbs.core.model.CustomerEx",
            }
        ]

    @pytest.mark.parametrize("prefer", ["return=representation", "respond-async", "return=minimalist", ""])
    def test_other_preferences_change_nothing(self, api: RestClient, customer: dict[str, Any], prefer: str) -> None:
        answer = api.post(
            "/customers/update-custom-name",
            headers={"Prefer": prefer},
            customer={"externalId": "cust-1"},
            customName="Other",
        )
        assert json.loads(answer.content)[0]["object"]["customName"] == "Other"
        assert "Preference-Applied" not in answer

    def test_cascades_are_counted(self) -> None:
        def item(kind: str) -> dict[str, Any]:
            return {"name": "UpdateCustomerState", "object": {"refId": "r", "version": 3, "x": 1}, "objectType": kind}

        items = [item("C"), item("A"), item("A"), item("S")]
        assert minimal(items) == [
            {
                "name": "UpdateCustomerState",
                "object": {"refId": "r", "version": 3, "subordinates": {"A": 2, "S": 1}},
                "objectType": "C",
            }
        ]

    def test_a_replay_may_be_told_in_full(self, api: RestClient) -> None:
        body = {"requestId": "once", "externalId": "c-1", "customerProfile": "b2b"}
        short = api.post("/customers/create", headers={"Prefer": "return=minimal"}, **body)
        full = api.post("/customers/create", **body)
        assert full["Idempotent-Replay"] == "true"
        assert list(json.loads(short.content)[0]["object"]) == ["refId", "version"]
        assert json.loads(full.content)[0]["object"]["externalId"] == "c-1"
