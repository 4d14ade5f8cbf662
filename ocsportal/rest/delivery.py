"""How an answer travels: not at all when the client has it already, compressed when it is large (docs/rest.md, headers)."""

import gzip
import re
from collections.abc import Iterable

from django.http import HttpResponse
from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.request import Request

from ocsportal.entities.values import few
from ocsportal.rest.fields import Text
from ocsportal.transactions.given import Checked
from ocsportal.transactions.touched import Item

# Below it the headers weigh more than what is saved.
WORTH_COMPRESSING = 1024
# Of 10 kB of JSON it makes a tenth in 0.1 ms; higher levels take ten times as long for a few per cent.
LEVEL = 1
MINIMAL = re.compile(r'(?:^|[,;\s])return\s*=\s*"?minimal"?(?=$|[,;\s])', re.IGNORECASE)


def delivered(request: Request, body: bytes | str, tag: str | None = None, whole: bool = True) -> HttpResponse:
    """Return a JSON answer, with the ETag of what it is about; 304 without it for a read whose version the client has.

    `whole` says that the version stands for all of the answer, and not only for the entity among other things.
    """
    headers = request.META
    if tag and whole and headers.get("HTTP_IF_NONE_MATCH") and request.method in ("GET", "HEAD"):
        known = parse_etags(headers["HTTP_IF_NONE_MATCH"])
        if "*" in known or tag in [one.removeprefix("W/") for one in known]:
            unchanged = HttpResponse(status=304, headers={"ETag": tag})
            del unchanged["Content-Type"]
            return unchanged
    content = body.encode() if isinstance(body, str) else body
    response = HttpResponse(content_type="application/json", headers={"ETag": tag} if tag else None)
    if len(content) > WORTH_COMPRESSING and _takes_gzip(headers.get("HTTP_ACCEPT_ENCODING", "")):
        content = gzip.compress(content, LEVEL, mtime=0)
        response["Content-Encoding"] = "gzip"
    response.content = content
    return response


def _takes_gzip(accepted: str) -> bool:
    for one in accepted.lower().split(","):
        name, _, quality = one.replace(" ", "").partition(";q=")
        if name == "gzip":
            return quality.strip("0.") != "" or not quality
    return False


def wants_minimal(request: Request) -> bool:
    """Whether the client wants of a write only which entities were changed, and to which version."""
    return bool(MINIMAL.search(request.META.get("HTTP_PREFER", "")))


def minimal(items: list[Item]) -> list[Item]:
    """Return a write's items without anything but the entities' IDs and versions.

    Of what a cascade reached, only how many of each type is said, beside the entity that the request named.
    """
    short: list[Item] = [{**item, "object": _identity(item["object"])} for item in items]
    name = items[0]["name"] if items else ""
    if not name.endswith("State") or len(items) == 1:
        return short
    counts: dict[str, int] = {}
    for item in items[1:]:
        counts[item["objectType"]] = counts.get(item["objectType"], 0) + 1
    short[0]["object"]["subordinates"] = counts
    return short[:1]


def _identity(entity: Checked) -> Checked:
    return {name: entity[name] for name in ("refId", "version") if name in entity}


class FieldNames(Text):
    """The fields that a client wants, separated by commas."""

    def __init__(self) -> None:
        words = "The fields that you want, separated by commas; refId always comes with them."
        super().__init__(max_length=1000, required=False, help_text=words)

    def run_validation(self, data: object = serializers.empty) -> object:
        """Return the names."""
        text = super().run_validation(data)
        return tuple(name.strip() for name in text.split(","))


def selected(body: Checked, names: Iterable[str] | None, also: Iterable[str] = ()) -> dict[str, object]:
    """Return the named fields of an entity, its refId and whatever else was asked for; refuse a name that it has not."""
    if names is None:
        return body
    wanted = {"refId", *names, *also}
    if unknown := sorted(wanted - body.keys() - {"refId"}):
        raise serializers.ValidationError({"fields": [f"Unknown field {unknown[0]}; known are {few([*body])}."]})
    return {name: value for name, value in body.items() if name in wanted}
