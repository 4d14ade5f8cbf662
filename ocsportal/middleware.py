"""What every answer carries, what every request is logged with, and what only pages for people need."""

import logging
import re
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django_otp.middleware import OTPMiddleware
from django_structlog.middlewares.request import RequestMiddleware

from ocsportal import callers
from ocsportal.rest.health import healthz, readyz

REST = "/v1/casm/"
# What a machine asks by whatever address it has; answered before anything that looks at hosts, sessions or cookies.
PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz}
PUBLIC = ("/v1/schema", "/v1/docs")
REST_CACHE = "private, no-cache"
KEY_HEADERS = ("X-Ocs-Io-API-Key", "X-Ocs-Io-Application-Id")
VARY = ", ".join((*KEY_HEADERS, "Accept-Encoding"))
REQUEST_ID = "X-Request-ID"
PLAIN_PART = re.compile(r"[a-z-]{0,40}|v1")
SANE_ID = re.compile(r"[\x21-\x7e]{1,200}")
EVENTS = logging.getLogger("django_structlog")

GetResponse = Callable[[HttpRequest], HttpResponse]
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class EdgeMiddleware:
    """Name every request, answer probes, and say of every answer who may keep it and what a browser may do with it.

    The Content-Security-Policy is strict: nothing inline, nothing from elsewhere. What only a proxy may say
    (`X-Forwarded-…`) is believed of none but trusted ones. All of it is one layer, since each layer costs every request as
    much as what this one does.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        # Kept as it came where it can stand in a log and in a header; whatever else it is, nobody could look for it.
        request.id = given if SANE_ID.fullmatch(given) else str(uuid.uuid4())  # type: ignore[attr-defined]
        probe = PROBES.get(request.path_info)
        if probe is None:
            callers.forget_claims(request)
            response = self.get_response(request)
        else:
            response = probe(request)
        headers = response.headers
        headers[REQUEST_ID] = request.id  # type: ignore[attr-defined]
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if "Cache-Control" not in response:
            _keep(request.path_info, response)
        return response


def _keep(path: str, response: HttpResponse) -> None:
    """Say of an answer that does not say it itself who may keep it: nobody, where it is a page, a refusal or a probe."""
    rest = path.startswith(REST)
    if rest and (response.status_code < 300 or response.status_code == 304):
        response["Cache-Control"] = REST_CACHE
    else:
        response["Cache-Control"] = "no-cache" if path in PUBLIC and response.status_code < 400 else "no-store, private"
    if rest:
        if "Vary" in response:
            patch_vary_headers(response, KEY_HEADERS)
        else:
            # The usual case; to parse and join what is known beforehand costs more than all other headers together.
            response["Vary"] = VARY


class ClientAddress:
    """The address a request came from, worked out only when a line with it is written."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def __structlog__(self) -> str | None:
        """Return what the log shows."""
        return callers.client_address(self.request) or None

    def __repr__(self) -> str:
        return str(self.__structlog__())


def told_path(request: HttpRequest) -> str:
    """Return the path as the log may show it: of one that names nothing, no part that could be somebody's data."""
    if request.resolver_match is not None:
        return request.path
    return "/".join(part if PLAIN_PART.fullmatch(part) else "…" for part in request.path.split("/")[:8])


class RequestLogMiddleware(RequestMiddleware):
    """Name every request in what is logged about it; spend nothing on lines that the level leaves out."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The library's own asks each time whether it runs in an event loop, which costs more than all else it does.
        self.prepare(request)
        response: Any = self.get_response(request)
        self.handle_response(request, response)
        return response

    def prepare(self, request: HttpRequest) -> None:
        """Begin a request."""
        if EVENTS.isEnabledFor(logging.INFO):
            super().prepare(request)
        known = getattr(request, "id", None) or str(uuid.uuid4())
        structlog.contextvars.bind_contextvars(request_id=known, ip=ClientAddress(request))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Return the method and the path; a query string may hold names, addresses and numbers of people."""
        return f"{request.method} {told_path(request)}"

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """Have every line say who is calling."""
        structlog.contextvars.bind_contextvars(ip=ClientAddress(request))

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        """End a request."""
        uneventful = response.status_code < 400 and not response.streaming and not hasattr(request, "_raised_exception")
        if uneventful and not EVENTS.isEnabledFor(logging.INFO):
            structlog.contextvars.clear_contextvars()
        else:
            super().handle_response(request, response)


def for_people(middleware: type) -> Any:
    """Return a middleware that REST goes past: its clients have keys, and neither sessions nor messages."""

    class ForPeople(middleware):
        def __call__(self, request: HttpRequest) -> HttpResponse:
            if request.path_info.startswith(REST):
                passed: HttpResponse = self.get_response(request)
                return passed
            answered: HttpResponse = super().__call__(request)
            return answered

    return ForPeople


Sessions = for_people(SessionMiddleware)
Authentication = for_people(AuthenticationMiddleware)
OneTimePasswords = for_people(OTPMiddleware)
Messages = for_people(MessageMiddleware)
