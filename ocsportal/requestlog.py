"""What every request is logged with: its ID, who is calling, and where it went; never what it asked for by values."""

import logging
import re
import uuid
from collections.abc import Mapping
from contextvars import Token
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares.request import RequestMiddleware

from ocsportal import callers

PLAIN_PART = re.compile(r"[a-z-]{0,40}|v1")
EVENTS = logging.getLogger("django_structlog")


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
        if EVENTS.isEnabledFor(logging.INFO):
            self.prepare(request)
            response: Any = self.get_response(request)
            self.handle_response(request, response)
            return response
        bound = self.bind(request)
        response = self.get_response(request)
        if response.status_code < 400 and not response.streaming and not hasattr(request, "_raised_exception"):
            # Nothing is told of it. To look for whatever else could have been bound costs more than to take back what
            # was.
            structlog.contextvars.reset_contextvars(**bound)
        else:
            self.handle_response(request, response)
        return response

    def prepare(self, request: HttpRequest) -> None:
        """Begin a request that is told of."""
        super().prepare(request)
        self.bind(request)

    @staticmethod
    def bind(request: HttpRequest) -> Mapping[str, Token[object]]:
        """Have every line say which request it belongs to, and who is calling; return what takes that back."""
        known = getattr(request, "id", None) or str(uuid.uuid4())
        return structlog.contextvars.bind_contextvars(request_id=known, ip=ClientAddress(request))

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Return the method and the path; a query string may hold names, addresses and numbers of people."""
        return f"{request.method} {told_path(request)}"

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """Have every line say who is calling."""
        structlog.contextvars.bind_contextvars(ip=ClientAddress(request))
