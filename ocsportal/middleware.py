"""What every answer carries, what every request is logged with, and what only pages for people need."""

import logging
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django_otp.middleware import OTPMiddleware
from django_structlog.middlewares.request import RequestMiddleware

from ocsportal import callers

REST = "/v1/casm/"
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


class SecurityHeadersMiddleware:
    """Put the strict Content-Security-Policy on every answer; nothing inline, nothing from elsewhere."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


class TrustedProxiesMiddleware:
    """Believe what only a proxy may say (`X-Forwarded-…`) of none but trusted ones."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        callers.forget_claims(request)
        return self.get_response(request)


class ClientAddress:
    """The address a request came from, worked out only when a line with it is written."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def __structlog__(self) -> str | None:
        """Return what the log shows."""
        return callers.client_address(self.request) or None

    def __repr__(self) -> str:
        return str(self.__structlog__())


class RequestLogMiddleware(RequestMiddleware):
    """Name every request in what is logged about it; spend nothing on lines that the level leaves out."""

    def prepare(self, request: HttpRequest) -> None:
        """Begin a request."""
        if EVENTS.isEnabledFor(logging.INFO):
            super().prepare(request)
        else:
            structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()), ip=ClientAddress(request))

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
