"""What went wrong, as application/problem+json (RFC 9457) tells it; one maker for refusals and for failures."""

from http import HTTPStatus

from django.http import JsonResponse

from ocsportal.transactions.errors import Fault

CONTENT_TYPE = "application/problem+json"
# Beyond it nobody reads on, and to name each fault would cost more than any good request does; the rest is counted.
MOST_FAULTS = 100


def problem(status: int, faults: list[Fault], more: int = 0, title: str = "") -> JsonResponse:
    """Return the problem for one fault or several; the first one leads. `more` were found and are only counted."""
    first, told, number = faults[0], faults[:MOST_FAULTS], len(faults) + more
    body: dict[str, object] = {
        "type": f"urn:ocsportal:error:{first.code}",
        "title": title or HTTPStatus(status).phrase,
        "status": int(status),
        "detail": first.message if number == 1 else f"{first.message} ({number} errors in all)",
        "code": first.code,
        "parameter": first.parameter or None,
        "errors": [
            {"code": fault.code, "parameter": fault.parameter or None, "message": fault.message} for fault in told
        ],
    }
    if number > len(told):
        body["moreErrors"] = number - len(told)
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)
