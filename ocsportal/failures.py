"""What a client sees when something broke: never a stack trace, and 503 rather than 500 while the database is away."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader

from ocsportal.problems import problem
from ocsportal.transactions.errors import Fault
from ocsportal.transactions.outage import is_outage

RETRY_AFTER_SECONDS = "5"
TITLES = {
    400: "Bad request",
    429: "Too many attempts",
    403: "Forbidden",
    404: "Not found",
    500: "Internal error",
    503: "Service unavailable",
}
CODES = {
    400: "REQUEST-VALIDATION",
    403: "PERMISSION-DENIED",
    404: "NOT-FOUND",
    500: "INTERNAL-ERROR",
    503: "SERVICE-UNAVAILABLE",
}


def failure(request: HttpRequest, status: int) -> HttpResponse:
    """Return the problem as JSON under /v1/, as a page elsewhere."""
    if request.path.startswith("/v1/"):
        words = TITLES[status]
        return problem(status, [Fault(CODES[status], "", words)], title=words)
    # Rendered without a request: context processors would ask the database that may just be away.
    return HttpResponse(
        loader.render_to_string("failure.html", {"status": status, "title": TITLES[status]}), status=status
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 for a request that Django itself refused."""
    return failure(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 for a page that the user may not see."""
    return failure(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 for a path that names nothing."""
    return failure(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 with Retry-After when the database is the cause, 500 otherwise."""
    if is_outage(sys.exc_info()[1]):
        response = failure(request, 503)
        response["Retry-After"] = RETRY_AFTER_SECONDS
        return response
    return failure(request, 500)
