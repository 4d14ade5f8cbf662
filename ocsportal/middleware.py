"""Where every request comes in: it is named, led to who handles it, and its answer says who may keep it."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ocsportal import callers
from ocsportal.handler import NO_STORE, PREFIX, RestHandler
from ocsportal.rest.health import healthz, readyz

# What a machine asks by whatever address it has; answered before anything that looks at hosts, sessions or cookies.
PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz}
PUBLIC = ("/v1/schema", "/v1/docs")
REQUEST_ID = "X-Request-ID"
SANE_ID = re.compile(r"[\x21-\x7e]{1,200}")

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

    REST has a handler of its own; everything else goes the way of pages, through the further middlewares of the
    settings. The Content-Security-Policy is strict: nothing inline, nothing from elsewhere. What only a proxy may say
    (`X-Forwarded-…`) is believed of none but trusted ones.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.pages = get_response
        self.rest = RestHandler()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        # Kept as it came where it can stand in a log and in a header; whatever else it is, nobody could look for it.
        request.id = given if SANE_ID.fullmatch(given) else str(uuid.uuid4())  # type: ignore[attr-defined]
        response = self._answered(request)
        headers = response.headers
        headers[REQUEST_ID] = request.id  # type: ignore[attr-defined]
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if "Cache-Control" not in headers:
            public = request.path_info in PUBLIC and response.status_code < 400
            headers["Cache-Control"] = "no-cache" if public else NO_STORE
        return response

    def _answered(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path in PROBES:
            return PROBES[path](request)
        callers.forget_claims(request)
        return self.rest(request) if path.startswith(PREFIX) else self.pages(request)
