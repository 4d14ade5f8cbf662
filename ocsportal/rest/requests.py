"""From a request to a Change: who, for whom, why, on which version."""

import re
from typing import Any

from django.http.request import HttpHeaders
from rest_framework.request import Request

from ocsportal.entities.values import is_storable
from ocsportal.transactions.actor import actor_of
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import invalid, malformed, refuse
from ocsportal.transactions.given import Checked
from ocsportal.transactions.models import Channel

ON_BEHALF_OF = "X-Ocs-Io-On-Behalf-Of"
REASON = "X-Ocs-Io-Reason"
IDEMPOTENCY_KEY = "Idempotency-Key"
IDEMPOTENCY_META = HttpHeaders.to_wsgi_name(IDEMPOTENCY_KEY)
# As the server hands it over.
IF_MATCH = "HTTP_IF_MATCH"
LONGEST = {ON_BEHALF_OF: 150, REASON: 1000}
TAG = re.compile(r'(?:W/)?"([^"]*)"')


def named_body(request: Request) -> object:
    """Return a write's body with the requestId that may stand in a header instead; raise REQUEST-VALIDATION if both differ."""
    body = request.data
    if IDEMPOTENCY_META not in request.META or not isinstance(body, dict):
        return body
    # A structured string, as the header's draft has it, stands in quotes.
    key = _text_header(request, IDEMPOTENCY_KEY).removeprefix('"').removesuffix('"')
    if body.get("requestId", key) != key:
        raise refuse(malformed(IDEMPOTENCY_KEY, "Differs from the requestId of the body; give one of them."))
    return {**body, "requestId": key}


def change_of(request: Request, body: Checked, sent: Any, why: str = "") -> Change:
    """Return the change that a request orders by a body; raise REQUEST-VALIDATION for bad headers.

    `sent` is the body as it came, by which it is known when it comes again; `why` the reason where the body gives it.
    """
    headers = {name: _text_header(request, name) for name in LONGEST}
    faults = [
        malformed(name, f"Is longer than {LONGEST[name]} characters, or has characters that can't be stored.")
        for name, value in headers.items()
        if len(value) > LONGEST[name] or not is_storable(value)
    ]
    if why and headers[REASON] and headers[REASON] != why:
        faults.append(malformed("reason", f"Differs from the header {REASON}; give one of them."))
    if faults:
        raise invalid(faults)
    return Change(
        actor=actor_of(request),
        channel=Channel.REST,
        request_id=body["requestId"],
        transaction_id=body.get("transactionId") or "",
        on_behalf_of=headers[ON_BEHALF_OF],
        reason=why or headers[REASON],
        if_match=if_match(request),
        body=sent,
        remembered_at=getattr(request.user, "remembered_at", None),
    )


def _text_header(request: Request, name: str) -> str:
    # WSGI hands headers over as Latin-1; clients mean UTF-8 where the bytes allow it.
    value: str = request.META.get(HttpHeaders.to_wsgi_name(name), "").strip()
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value


def if_match(request: Request) -> frozenset[str] | None:
    """Return the versions that the client accepts, None when it does not say; `*` accepts any."""
    header = request.META.get(IF_MATCH)
    if header is None:
        return None
    if header.strip() == "*":
        return frozenset("*")
    # A star in quotes is a tag like any other, and no version's.
    return frozenset(TAG.findall(header)) - {"*"}


def etag(ref_id: str, version: int) -> str:
    """Return the ETag of a version of an entity."""
    return f'"{ref_id}-{version}"'
