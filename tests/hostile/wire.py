"""Hostile headers, methods, paths and queries as data; see bodies.py for the bodies."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from tests.hostile.bodies import LONE

# --- Headers, sent with the example. A status of 200 means: harmless, and the example is done.


@dataclass(frozen=True)
class HeaderCase:
    """Headers to add, and the answer."""

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 400
    code: str = "REQUEST-VALIDATION"
    parameter: str | None = None


BEHALF, WHY = "X-Ocs-Io-On-Behalf-Of", "X-Ocs-Io-Reason"
HEADERS = [
    HeaderCase("on behalf of, 151 characters", {BEHALF: "x" * 151}, parameter=BEHALF),
    HeaderCase("on behalf of, NUL", {BEHALF: "a\x00b"}, parameter=BEHALF),
    HeaderCase("reason, 1,001 characters", {WHY: "x" * 1001}, parameter=WHY),
    HeaderCase("reason, 100 KiB", {WHY: "x" * 102_400}, parameter=WHY),
    HeaderCase("reason, NUL", {WHY: "\x00"}, parameter=WHY),
    HeaderCase("reason, CR LF", {WHY: "a\r\nX-Injected: 1"}, 200),
    HeaderCase("reason, escaped CR LF", {WHY: "a%0d%0aX-Injected: 1"}, 200),
    HeaderCase("reason, UTF-8 as Latin-1", {WHY: "Kündigung".encode().decode("latin-1")}, 200),
    HeaderCase("reason, Latin-1", {WHY: "K\xfcndigung"}, 200),
    HeaderCase("reason, markup", {WHY: "<script>alert(1)</script>"}, 200),
    HeaderCase("on behalf of, blanks", {BEHALF: "   "}, 200),
    HeaderCase("If-Match, nonsense", {"If-Match": "garbage"}, 412, "PRECONDITION-FAILED"),
    HeaderCase("If-Match, empty", {"If-Match": ""}, 412, "PRECONDITION-FAILED"),
    HeaderCase("If-Match, open quote", {"If-Match": '"half'}, 412, "PRECONDITION-FAILED"),
    HeaderCase("If-Match, NUL", {"If-Match": '"\x00"'}, 412, "PRECONDITION-FAILED"),
    HeaderCase("If-Match, 10,000 tags", {"If-Match": '"x", ' * 10_000}, 412, "PRECONDITION-FAILED"),
    HeaderCase("key missing", {"X-Ocs-Io-API-Key": ""}, 401, "AUTHENTICATION-FAILED"),
    HeaderCase("key of another script", {"X-Ocs-Io-API-Key": "ключ\ud800"}, 401, "AUTHENTICATION-FAILED"),
    HeaderCase("key, 100 KiB", {"X-Ocs-Io-API-Key": "k" * 102_400}, 401, "AUTHENTICATION-FAILED"),
    HeaderCase("client, NUL", {"X-Ocs-Io-Application-Id": "\x00"}, 401, "AUTHENTICATION-FAILED"),
    HeaderCase("client, SQL", {"X-Ocs-Io-Application-Id": "' OR '1'='1"}, 401, "AUTHENTICATION-FAILED"),
    HeaderCase("client, half a surrogate", {"X-Ocs-Io-Application-Id": LONE}, 401, "AUTHENTICATION-FAILED"),
    HeaderCase("answer in XML", {"Accept": "text/xml"}, 406, "NOT-ACCEPTABLE"),
    HeaderCase("answer in nonsense", {"Accept": "\x01/;q=,"}, 406, "NOT-ACCEPTABLE"),
    HeaderCase("length that is no number", {"Content-Length": "many"}),
    HeaderCase("another method in a header", {"X-HTTP-Method-Override": "DELETE"}, 200),
    HeaderCase("another host", {"Host": "evil.example"}, 400),
]  # fmt: skip

METHODS = ("PUT", "PATCH", "DELETE", "TRACE", "BREW", "PROPFIND")
PATHS = {
    "a slash too many": "{}/",
    "two slashes": "/{}",
    "upper case": "{upper}",
    "NUL": "{}%00",
    "invalid UTF-8": "{}%ff",
    "a broken escape": "{}%zz",
    "up and down": "/../..{}/../create",
    "a suffix": "{}.json",
    "a semicolon": "{};jsessionid=1",
    "a line break": "{}%0a",
}


# --- Queries, as they stand in the URL. {} is a valid query of that path, so that only the addition is wrong.


@dataclass(frozen=True)
class QueryCase:
    """A query string for a kind of path (entity, list, history), and the parameter at fault."""

    name: str
    query: str
    parameter: str | None
    kinds: tuple[str, ...] = ("entity", "list", "history")


def cursor(*values: Any) -> str:
    """Return a forged cursor."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


PAGED, NAMED, LISTED = ("list", "history"), ("entity", "history"), ("list",)
BY_NAME, BY_CHANGE = "{}&ordering=customName&cursor=", "{}&ordering=changedAt&cursor="
QUERIES = [
    QueryCase("unknown parameter", "{}&unknown=1", "unknown"),
    QueryCase("known name in another case", "{}&ExternalID=1", "ExternalID"),
    QueryCase("lookup of the ORM", "{}&external_id__startswith=c", "external_id__startswith"),
    QueryCase("parameter without a name", "{}&=1", ""),
    QueryCase("array brackets", "{}&externalId[]=1", "externalId[]"),
    QueryCase("repeated parameter", "{}&externalId=a&externalId=b", "externalId"),
    QueryCase("NUL", "externalId=a%00b", "externalId"),
    QueryCase("NUL in a name", "{}&a%00b=1", "a\x00b"),
    QueryCase("empty", "externalId=", "externalId"),
    QueryCase("too long", "externalId=" + "x" * 256, "externalId"),
    QueryCase("100 KiB", "externalId=" + "x" * 102_400, "externalId"),
    QueryCase("blank", "externalId=%20", "externalId"),
    QueryCase("blank name", "customNameContains=%20", "customNameContains", LISTED),
    QueryCase("nothing named", "", "refId", NAMED),
    QueryCase("flag in capitals", "{}&stateHistory=TRUE", "stateHistory", ("entity",)),
    QueryCase("flag as a number", "{}&stateHistory=1", "stateHistory", ("entity",)),
    QueryCase("limit 0", "{}&limit=0", "limit", PAGED),
    QueryCase("limit 501", "{}&limit=501", "limit", PAGED),
    QueryCase("limit negative", "{}&limit=-1", "limit", PAGED),
    QueryCase("limit as a word", "{}&limit=all", "limit", PAGED),
    QueryCase("limit empty", "{}&limit=", "limit", PAGED),
    QueryCase("limit of 5,000 digits", "{}&limit=" + "9" * 5000, "limit", PAGED),
    QueryCase("limit with NUL", "{}&limit=1%00", "limit", PAGED),
    QueryCase("cursor that is none", "{}&cursor=%21%21", "cursor", PAGED),
    QueryCase("cursor empty", "{}&cursor=", "cursor", PAGED),
    QueryCase("cursor with NUL", "{}&cursor=%00", "cursor", PAGED),
    QueryCase("cursor of another script", "{}&cursor=%D9%A1", "cursor", PAGED),
    QueryCase("cursor beyond every version", "{}&cursor=" + "9" * 30, "cursor", PAGED),
    QueryCase("cursor of zeros, then beyond", "{}&cursor=00000000001" + "9" * 900, "cursor", PAGED),
    QueryCase("cursor 2,001 long", "{}&cursor=" + "1" * 2001, "cursor", PAGED),
    QueryCase("cursor, nested deep", "{}&cursor=" + base64.urlsafe_b64encode(b"[" * 1400).decode(), "cursor", PAGED),
    QueryCase("cursor, key too big", "{}&cursor=" + cursor("pk", 1, 2**63), "cursor", PAGED),
    QueryCase("cursor, key a string", "{}&cursor=" + cursor("pk", 1, "1"), "cursor", PAGED),
    QueryCase("cursor, value NUL", BY_NAME + cursor("custom_name", "\x00", 1), "cursor", LISTED),
    QueryCase("cursor, half a surrogate", BY_NAME + cursor("custom_name", LONE, 1), "cursor", LISTED),
    QueryCase("cursor, value an object", BY_NAME + cursor("custom_name", {"a": 1}, 1), "cursor", LISTED),
    QueryCase("cursor, year 0001", BY_CHANGE + cursor("changed_at", "0001-01-01T00:00:00+14:00", 1), "cursor", LISTED),
    QueryCase("cursor, year 9999", BY_CHANGE + cursor("changed_at", "9999-12-31T23:59:59-14:00", 1), "cursor", LISTED),
    QueryCase("cursor, no offset", BY_CHANGE + cursor("changed_at", "2026-01-01T00:00:00", 1), "cursor", LISTED),
    QueryCase("cursor of another order", BY_NAME + cursor("pk", 1, 1), "cursor", LISTED),
    QueryCase("order by a secret column", "{}&ordering=password", "ordering", LISTED),
    QueryCase("order by a relation", "{}&ordering=state_reason__code", "ordering", LISTED),
    QueryCase("order by SQL", "{}&ordering=1;select+1", "ordering", LISTED),
    QueryCase("order twice turned round", "{}&ordering=--created", "ordering", LISTED),
    QueryCase("order empty", "{}&ordering=", "ordering", LISTED),
    QueryCase("state in lower case", "{}&state=active", "state", LISTED),
    QueryCase("state with NUL", "{}&state=ACTIVE%00", "state", LISTED),
    QueryCase("instant without an offset", "{}&changedSince=2026-01-01T00:00:00", "changedSince", LISTED),
    QueryCase("instant in the year 0001", "{}&changedSince=0001-01-01T00:00:00%2B14:00", "changedSince", LISTED),
    QueryCase("attribute without a colon", "{}&attribute=x", "attribute", LISTED),
    QueryCase("attribute without a key", "{}&attribute=:x", "attribute", LISTED),
    QueryCase("attribute with NUL", "{}&attribute=a:%00", "attribute", LISTED),
    QueryCase("asOf as a date", "{}&asOf=2026-01-01", "asOf", ("history",)),
    QueryCase("asOf in the year 9999", "{}&asOf=9999-12-31T23:59:59-14:00", "asOf", ("history",)),
    QueryCase("asOf with NUL", "{}&asOf=%00", "asOf", ("history",)),
]  # fmt: skip
# Queries that are odd, but are no error: 200, or 404 where an entity is named.
HARMLESS_QUERIES = {
    "broken escape": "externalId=%zz",
    "invalid UTF-8": "externalId=%ff%fe",
    "surrogate in UTF-8": "externalId=%ed%a0%80",
    "SQL": "externalId=%27%20OR%201=1--",
    "pattern": "externalId=%25",
    "markup": "externalId=%3Cscript%3E",
    "semicolon": "externalId=a;b",
}
# The same for what a list filters by: odd values that find nothing.
HARMLESS_FILTERS = {
    "quote in an attribute's key": "attribute=a%22b:c",
    "path in an attribute's key": "attribute=%24.a[0]:c",
    "number for an attribute's key": "attribute=0:c",
    "backslash in an attribute's key": "attribute=a%5C:c",
    "brace in an attribute's value": "attribute=a:%7B%22b%22:1%7D",
    "patterns in a name": "customNameContains=%25_%5C",
    "quote in a name": "customNameContains=%27%22",
    "emoji in a name": "customNameContains=%F0%9F%98%80",
    "quotes in a reference": "customer=%27%22",
    "pattern in a resource": "resource=%25",
    "emoji in a resource": "resource=%F0%9F%98%80",
}
