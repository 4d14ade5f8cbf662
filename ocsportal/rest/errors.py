"""Turn what went wrong into application/problem+json (RFC 9457) with the contract's codes (docs/errors.md)."""

import math
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import Http404, JsonResponse
from django.http.response import HttpResponseBase
from rest_framework import exceptions
from rest_framework.views import set_rollback

from ocsportal.problems import problem
from ocsportal.rest.fields import more_of
from ocsportal.transactions.errors import Fault, OperationRefused
from ocsportal.transactions.given import Checked
from ocsportal.transactions.outage import is_outage

CODES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "REQUEST-VALIDATION",
    HTTPStatus.UNAUTHORIZED: "AUTHENTICATION-FAILED",
    HTTPStatus.FORBIDDEN: "PERMISSION-DENIED",
    HTTPStatus.NOT_FOUND: "NOT-FOUND",
    HTTPStatus.METHOD_NOT_ALLOWED: "METHOD-NOT-ALLOWED",
    HTTPStatus.NOT_ACCEPTABLE: "NOT-ACCEPTABLE",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "BODY-TOO-LARGE",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "UNSUPPORTED-MEDIA-TYPE",
    HTTPStatus.TOO_MANY_REQUESTS: "THROTTLED",
    HTTPStatus.SERVICE_UNAVAILABLE: "SERVICE-UNAVAILABLE",
}
RETRY_AFTER_SECONDS = "5"
# A key of a body can be as long as the body.
LONGEST_NAME = 100


def problem_response(error: Exception, context: Checked) -> HttpResponseBase | None:
    """Return the problem for an exception of a REST view, None for one that is a bug (500, never a stack trace)."""
    set_rollback()
    reading = context["request"].method in ("GET", "HEAD") if context.get("request") is not None else False
    if isinstance(error, OperationRefused):
        status = int(error.status)
        # What a read can't find is a missing page; what a write can't find is a wrong field.
        if reading and error.code == "ENTITY-NOT-FOUND":
            status = HTTPStatus.NOT_FOUND
        return problem(status, list(error.faults))
    if isinstance(error, exceptions.ValidationError):
        return problem(HTTPStatus.BAD_REQUEST, faults_of(error.detail), more_of(error))
    if isinstance(error, TooManyFieldsSent):
        words = f"Has more than {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} parameters."
        return problem(HTTPStatus.BAD_REQUEST, [Fault("REQUEST-VALIDATION", "", words)])
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, exceptions.APIException):
        return _from_framework(error)
    if is_outage(error):
        response = problem(HTTPStatus.SERVICE_UNAVAILABLE, [Fault("SERVICE-UNAVAILABLE", "", "Try again in a moment.")])
        response["Retry-After"] = RETRY_AFTER_SECONDS
        return response
    return None


def _from_framework(error: exceptions.APIException) -> JsonResponse:
    status = error.status_code
    response = problem(status, [Fault(CODES.get(status, "REQUEST-VALIDATION"), "", str(error.detail))])
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    wait = getattr(error, "wait", None)
    if wait is not None:
        response["Retry-After"] = str(max(1, math.ceil(wait)))
    return response


def faults_of(detail: object, path: str = "") -> list[Fault]:
    """Return the faults in a serializer's errors, each with the dotted path of its field."""
    if isinstance(detail, dict):
        found = []
        for name, inner in detail.items():
            found += faults_of(inner, _path(path, name))
        return found
    if isinstance(detail, list):
        if detail and all(isinstance(entry, dict | list) for entry in detail):
            found = []
            for index, entry in enumerate(detail):
                found += faults_of(entry, f"{path}[{index}]") if entry else []
            return found
        return [Fault("REQUEST-VALIDATION", path, str(entry)) for entry in detail]
    return [Fault("REQUEST-VALIDATION", path, str(detail))]


def _path(path: str, name: object) -> str:
    if name == "non_field_errors":
        return path
    # The errors of a list come by the number of the entry, those of an object by the name of the field.
    if isinstance(name, int):
        return f"{path}[{name}]"
    name = short(str(name))
    return f"{path}.{name}" if path else name


def short(name: str) -> str:
    """Return a name as it is answered: of one that no field could have, its beginning."""
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
