"""How requests of REST are handled: Django's own way from the address to the view, with the layers that a program needs.

A client of REST has a key: no session, no cookie, no form, no page, no file. So of the middlewares that pages have it needs what
names and logs a request, the check of the host, and the headers of security (docs/adr/0030-a-handler-for-rest.md).
"""

from typing import Any

from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import ResolverMatch, URLResolver, get_resolver
from django.utils.cache import patch_vary_headers

from ocsportal.requestlog import RequestLogMiddleware

PREFIX = "/v1/casm/"
NO_STORE = "no-store, private"
KEY_HEADERS = ("X-Ocs-Io-API-Key", "X-Ocs-Io-Application-Id")
# A header with its name, as an answer keeps it under the name in small letters.
Pair = tuple[str, str]
CACHED: Pair = ("Cache-Control", "private, no-cache")
NOT_STORED: Pair = ("Cache-Control", NO_STORE)
VARIES: Pair = ("Vary", ", ".join((*KEY_HEADERS, "Accept-Encoding")))


class RestHandler(BaseHandler):
    """Handle a request of REST: logged, asked by an allowed host, answered by its view or with a problem."""

    def __init__(self) -> None:
        # What BaseHandler.load_middleware would fill from the settings: nothing here has a hook but its own call.
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        answered: Any = convert_exception_to_response(self._answer)
        self._logged: Any = convert_exception_to_response(RequestLogMiddleware(answered))
        self._security = SecurityMiddleware(answered)
        self._headers = security_headers()
        # By the resolver too, since the addresses can be set anew.
        self._known: dict[tuple[URLResolver, str], ResolverMatch] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer with the headers that all answers of REST have."""
        response: HttpResponse = self._logged(request)
        found = kept_of(response)
        for key, pair in self._headers:
            found.setdefault(key, pair)
        if request.is_secure():
            self._security.process_response(request, response)
        if not response.streaming:
            found.setdefault("content-length", ("Content-Length", str(len(response.content))))
        may_be_kept = response.status_code < 300 or response.status_code == 304
        found.setdefault("cache-control", CACHED if may_be_kept else NOT_STORED)
        if "vary" in found:
            patch_vary_headers(response, KEY_HEADERS)
        else:
            # The usual case; to parse and join what is known beforehand costs more than all other headers together.
            found["vary"] = VARIES
        return response

    def _answer(self, request: HttpRequest) -> Any:
        request.get_host()  # Raises DisallowedHost, upon which the answer is 400.
        return self._security.process_request(request) or self._get_response(request)  # type: ignore[attr-defined]

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Return the view of an address. One without a variable part is looked up in the lists of addresses once."""
        resolver = get_resolver()
        place = (resolver, request.path_info)
        found = self._known.get(place)
        if found is None:
            found = resolver.resolve(request.path_info)
            # Of the others there are as many as clients care to ask for.
            if not found.kwargs and not found.args:
                self._known[place] = found
        request.resolver_match = found
        return found


def kept_of(response: HttpResponse) -> dict[str, Pair]:
    """Return where an answer keeps its headers: for those that are known to be ASCII, which setting them would find out again."""
    found: dict[str, Pair] = response.headers._store
    return found


def security_headers() -> list[tuple[str, Pair]]:
    """Return the headers that Django's middlewares of security put on every answer, as the settings have it."""
    request, response = HttpRequest(), HttpResponse()
    for middleware in (SecurityMiddleware, XFrameOptionsMiddleware):
        middleware(lambda _: response).process_response(request, response)
    del response["Content-Type"]
    return [*kept_of(response).items()]
