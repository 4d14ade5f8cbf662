"""What is refused before any operation: size, type, method, path, rate; always as a problem, never as a page."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import override_settings

from ocsportal.chunked import taking_chunks
from ocsportal.wsgi import application
from tests.client import RestClient, problem
from tests.customers.test_rest import standing
from tests.rest.conftest import ClientOf
from tests.rest.routes import READS, WRITES

pytestmark = pytest.mark.django_db
MEBIBYTE = 1024 * 1024


def body_of(size: int) -> bytes:
    """Return a body of exactly that many bytes that creates a customer."""
    start = b'{"requestId":"r","customerProfile":"b2c"'
    return start + b" " * (size - len(start) - 1) + b"}"


class TestSize:
    def test_one_mebibyte_is_read(self, api: RestClient) -> None:
        assert api.raw("/customers/create", body_of(MEBIBYTE)).status_code == 200

    def test_one_byte_more_is_not(self, api: RestClient) -> None:
        before = standing()
        problem(api.raw("/customers/create", body_of(MEBIBYTE + 1)), 413, "BODY-TOO-LARGE")
        assert standing() == before

    @pytest.mark.parametrize("size", [0, 100, MEBIBYTE, 2 * MEBIBYTE])
    def test_in_chunks(self, size: int) -> None:
        seen: list[dict[str, Any]] = []
        limited = taking_chunks(lambda environ, start: seen.append(environ) or [], MEBIBYTE)
        # As gunicorn hands on what came without a length.
        body = BytesIO(b"x" * size)
        limited({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": body, "wsgi.input_terminated": True}, None)
        read = min(size, MEBIBYTE + 1)
        assert seen[0]["CONTENT_LENGTH"] == str(read)
        assert seen[0]["wsgi.input"].read() == b"x" * read
        assert application.__qualname__ == limited.__qualname__

    def test_nor_when_the_length_is_lied_about(self, api: RestClient) -> None:
        sent = {**api.headers, "Content-Length": "10"}
        before = standing()
        answer = api.http.post(
            "/v1/casm/customers/create", body_of(MEBIBYTE * 2), content_type="application/json", headers=sent
        )
        assert answer.status_code in (400, 413)
        assert standing() == before

    def test_empty_body(self, api: RestClient) -> None:
        before = standing()
        answer = api.raw("/customers/create", b"")
        assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-VALIDATION")
        assert standing() == before


class TestType:
    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "json",
        ],
    )
    def test_not_json(self, api: RestClient, content_type: str) -> None:
        before = standing()
        answer = api.raw("/customers/create", b'{"requestId":"r","customerProfile":"b2c"}', content_type)
        problem(answer, 415, "UNSUPPORTED-MEDIA-TYPE")
        assert standing() == before

    def test_charset_may_be_named(self, api: RestClient) -> None:
        body = json.dumps({"requestId": "r", "customerProfile": "b2c"})
        assert api.raw("/customers/create", body, "application/json; charset=utf-8").status_code == 200

    def test_answer_in_another_type(self, api: RestClient) -> None:
        api.headers["Accept"] = "text/csv"
        problem(api.get("/customers"), 406, "NOT-ACCEPTABLE")


class TestMethod:
    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
    def test_writes_are_posted(self, api: RestClient, method: str) -> None:
        before = standing()
        for route in WRITES:
            answer = getattr(api.http, method)(f"/v1/casm{route.path}", headers=api.headers)
            problem(answer, 405, "METHOD-NOT-ALLOWED")
        assert standing() == before

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_reads_only_read(self, api: RestClient, method: str) -> None:
        for route in READS:
            answer = getattr(api.http, method)(f"/v1/casm{route.path}", headers=api.headers)
            problem(answer, 405, "METHOD-NOT-ALLOWED")


class TestPath:
    @pytest.mark.parametrize("path", ["/customers/nope", "/nope", "/customers/", "/customers/create/", "/"])
    def test_unknown(self, api: RestClient, path: str) -> None:
        problem(api.get(path), 404, "NOT-FOUND")
        problem(api.post(path), 404, "NOT-FOUND")

    def test_outside_of_rest_it_is_a_page(self, api: RestClient) -> None:
        answer = api.http.get("/nope")
        assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


class TestBug:
    """What the portal did not foresee: 500, a problem, and not a word of the inside."""

    def test_is_a_problem_without_a_trace(self, api: RestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        from ocsportal.rest import entities

        def broken(*given: Any, **named: Any) -> Any:
            raise RuntimeError("the inside")

        monkeypatch.setattr(entities, "page", broken)
        answer = api.get("/customers")
        problem(answer, 500, "INTERNAL-ERROR")
        assert b"inside" not in answer.content


@pytest.mark.usefixtures("fresh_cache")
class TestRate:
    @override_settings(RATE_LIMIT="3/minute")
    def test_one_too_many(self, api: RestClient) -> None:
        assert [api.get("/customers").status_code for _ in range(3)] == [200, 200, 200]
        before = standing()
        answer = api.post("/customers/create", customerProfile="b2c")
        problem(answer, 429, "THROTTLED")
        assert 1 <= int(answer["Retry-After"]) <= 60
        assert standing() == before

    @override_settings(RATE_LIMIT="1/hour")
    def test_each_client_for_itself(self, api: RestClient, client_of: ClientOf) -> None:
        other = client_of("CRM", "other")
        assert api.get("/customers").status_code == 200
        assert api.get("/customers").status_code == 429
        assert other.get("/customers").status_code == 200

    @override_settings(RATE_LIMIT="1/hour")
    def test_strangers_use_up_nobodys_share(self, api: RestClient) -> None:
        stranger = RestClient("nobody", "nothing")
        assert [stranger.get("/customers").status_code for _ in range(3)] == [401, 401, 401]
        assert api.get("/customers").status_code == 200

    def test_no_limit_unless_configured(self, api: RestClient) -> None:
        assert {api.get("/customers", nonsense="1").status_code for _ in range(30)} == {400}
