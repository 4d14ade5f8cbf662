"""REST's own handler: which layers a request goes through, and that every answer looks as it did with all of them."""

import logging
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, override_settings
from django.urls import Resolver404
from django.utils.module_loading import import_string

from ocsportal.handler import RestHandler, security_headers
from ocsportal.middleware import EdgeMiddleware
from ocsportal.rest.entities import EntityListView
from tests.client import CASM, RestClient, problem

pytestmark = pytest.mark.django_db

SECURITY = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# All that stand in the settings for pages, beside the first one, which leads REST past them.
OF_PAGES = [path for path in settings.MIDDLEWARE if not path.startswith("ocsportal.")]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which of Django's and the libraries' middlewares are called."""
    found: list[str] = []
    for path in OF_PAGES:
        kind = import_string(path)
        for name in ("__call__", "process_request", "process_view", "process_response"):
            original = getattr(kind, name, None)
            if original is None or name not in vars(kind):
                continue

            def noting(self: Any, *given: Any, path: str = path, original: Any = original, **named: Any) -> Any:
                found.append(path)
                return original(self, *given, **named)

            monkeypatch.setattr(kind, name, noting)
    return found


def test_of_pages_middlewares_none_is_called_but_what_redirects_to_https(
    api: RestClient, customer: dict[str, Any], called: list[str]
) -> None:
    client = Client()
    client.get("/admin/login/")
    assert set(called) > {"django.middleware.csrf.CsrfViewMiddleware", "axes.middleware.AxesMiddleware"}
    called.clear()
    assert api.http.get(f"{CASM}/customers/read", {"externalId": "cust-1"}, headers=api.headers).status_code == 200
    assert set(called) - set(security_layers()) == set()


def security_layers() -> list[str]:
    """Name what the fixed headers are taken from, once per process."""
    return [path for path in OF_PAGES if path.endswith(("SecurityMiddleware", "XFrameOptionsMiddleware"))]


class TestHeaders:
    @pytest.mark.parametrize("path", ["/customers", "/nothing", "/customers/create", "/configuration", "/%00"])
    @pytest.mark.parametrize("known", [True, False])
    def test_of_security_are_on_every_answer(self, api: RestClient, path: str, known: bool) -> None:
        answer = Client().get(CASM + path, headers=api.headers if known else {})
        assert {name: answer[name] for name in SECURITY} == SECURITY
        assert int(answer["Content-Length"]) == len(answer.content)
        assert not answer.cookies

    def test_are_those_of_the_settings(self) -> None:
        assert dict(pair for _, pair in security_headers()) == SECURITY
        with override_settings(X_FRAME_OPTIONS="SAMEORIGIN", SECURE_REFERRER_POLICY=None):
            changed = dict(pair for _, pair in security_headers())
        assert changed == {
            name: value for name, value in SECURITY.items() if name not in ("Referrer-Policy", "X-Frame-Options")
        } | {"X-Frame-Options": "SAMEORIGIN"}

    def test_strict_transport_security_over_https_only(self, api: RestClient) -> None:
        with override_settings(SECURE_HSTS_SECONDS=60):
            client = Client()
            safe, plain = (
                client.get(f"{CASM}/customers", headers=api.headers, secure=secure) for secure in (True, False)
            )
        name = "Strict-Transport-Security"
        assert (safe[name], plain.has_header(name)) == ("max-age=60", False)

    def test_redirect_to_https_where_the_settings_want_one(self, api: RestClient) -> None:
        with override_settings(SECURE_SSL_REDIRECT=True):
            answer = Client().get(f"{CASM}/customers", headers=api.headers)
        assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{CASM}/customers")

    def test_a_browsers_cookies_mean_nothing(self, api: RestClient) -> None:
        client = Client()
        client.cookies["sessionid"] = client.cookies["csrftoken"] = "x"
        answer = client.get(f"{CASM}/customers", headers=api.headers)
        assert (answer.status_code, len(answer.cookies)) == (200, 0)
        assert "Cookie" not in answer["Vary"]

    @pytest.mark.parametrize(("path", "allowed"), [
        ("/customers", "GET, HEAD, OPTIONS"), ("/customers/create", "POST, OPTIONS"), ("/batch", "POST, OPTIONS"),
    ])  # fmt: skip
    def test_allow_says_what_may_be_done(self, api: RestClient, path: str, allowed: str) -> None:
        for answer in (api.http.delete(CASM + path, headers=api.headers), Client().get(CASM + path)):
            assert (answer.status_code in (401, 405), answer["Allow"]) == (True, allowed)
        options = api.http.options(CASM + path, headers=api.headers)
        assert (options.status_code, options["Allow"], options["Content-Type"]) == (200, allowed, "application/json")


class TestRefusals:
    @pytest.mark.parametrize("host", ["evil.example", "a_b:9:9"])
    @pytest.mark.parametrize("path", ["/customers", "/nothing"])
    def test_of_a_host_that_is_not_allowed(self, api: RestClient, host: str, path: str) -> None:
        answer: Any = api.http.get(CASM + path, headers={**api.headers, "Host": host})
        problem(answer, 400, "REQUEST-VALIDATION")

    def test_a_bug_is_logged_and_answered_without_its_words(
        self, api: RestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(*_: Any) -> None:
            raise ZeroDivisionError("secret")

        monkeypatch.setattr(EntityListView, "get", broken)
        with caplog.at_level(logging.ERROR):
            answer = api.get("/customers")
        problem(answer, 500, "INTERNAL-ERROR")
        assert b"secret" not in answer.content
        assert answer["X-Request-ID"]
        failed = [record for record in caplog.records if "request_failed" in str(record.msg)]
        assert len(failed) == 1

    def test_nobody_is_asked_for_a_key_at_an_address_that_is_none(self) -> None:
        problem(Client().get(f"{CASM}/nothing"), 404, "NOT-FOUND")  # type: ignore[arg-type]


class TestAddresses:
    def test_fixed_ones_are_looked_up_once_and_no_others_are_kept(self, api: RestClient) -> None:
        handler = handler_of(WSGIHandler())
        for _ in range(2):
            for path in ("/customers", "/configuration/customer-segments", "/configuration/customer-segments/vip"):
                handler.resolve_request(asked(CASM + path))
            with pytest.raises(Resolver404):
                handler.resolve_request(asked(f"{CASM}/nothing"))
        assert [path for _, path in handler._known] == [f"{CASM}/customers"]


def handler_of(whole: WSGIHandler) -> RestHandler:
    """Return the handler of REST inside the whole."""
    edge: Any = whole._middleware_chain.__wrapped__  # type: ignore[attr-defined]
    assert isinstance(edge, EdgeMiddleware)
    return edge.rest


def asked(path: str) -> Any:
    """Return a request for a path."""
    return Client().request(PATH_INFO=path).wsgi_request
