"""Read a request's body: strict JSON, at most 1 MiB, of sane depth, in characters that a database can keep."""

import codecs
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser

from ocsportal.entities.values import is_storable, unstorable
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.given import Checked

DEEPEST = 32
# Beyond it nothing that is sent can be meant, and to look at each entry would cost more than any good request does.
MOST_ITEMS = 1000
BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)
# Opening brackets, those in texts counted too: a thousand good operations have a few thousand. Each object that is made
# of more of them costs memory and the collector's time before anybody has looked at it.
MOST_BRACKETS = 50_000
# A key can be as long as the body; of one that no field could have, the beginning is told.
LONGEST_KEY = 100


class BodyTooLarge(APIException):
    """The body has more bytes than the portal reads."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than 1 MiB."
    default_code = "BODY-TOO-LARGE"


class StrictJSONParser(BaseParser):
    """Parse application/json and refuse what JSON parsers let through: NaN, repeated keys, NUL, half surrogates."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the body's object; raise REQUEST-VALIDATION or 413."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        request = (parser_context or {}).get("request")
        if request is not None and int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise BodyTooLarge
        try:
            body = stream.read(limit + 1)
        except OSError as error:
            raise _malformed("The body is incomplete.") from error
        if len(body) > limit:
            raise BodyTooLarge
        return decoded(body)


def decoded(body: bytes) -> dict[str, object]:
    """Return the object in a body; raise REQUEST-VALIDATION with what is wrong with it."""
    if body.startswith(BYTE_ORDER_MARKS):
        raise _malformed("The body begins with a byte order mark; send plain UTF-8 without one.")
    if body.count(b"[") + body.count(b"{") > MOST_BRACKETS:
        raise _malformed(f"The body has more than {MOST_BRACKETS:,} lists and objects.")
    try:
        data = json.loads(
            body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_unrepeated
        )
    except UnicodeDecodeError as error:
        raise _malformed("The body is not UTF-8.") from error
    except RecursionError as error:
        raise _malformed("The body is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise _malformed(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error
    except ValueError as error:
        if "integer string conversion" in str(error):
            raise _malformed("The body has a number with too many digits.") from error
        raise _malformed(f"The body is not JSON: {str(error)[:200]}.") from error
    except ArithmeticError as error:
        raise _malformed("The body has a number with too large an exponent.") from error
    if not isinstance(data, dict):
        raise _malformed("The body must be a JSON object.")
    _check(data)
    return data


def _malformed(message: str, parameter: str = "") -> OperationRefused:
    return OperationRefused("REQUEST-VALIDATION", message, parameter)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _unrepeated(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    return found


# Where a value stands: in what, and under which key or number. It is put into words only for what is refused, since a
# body can have hundreds of thousands of places.
Place = tuple["Place", str | int] | None


def _check(data: Checked) -> None:
    """Walk the body without recursion and refuse depth and characters that nothing behind could take."""
    waiting: list[tuple[Any, Place, int]] = [(data, None, 1)]
    while waiting:
        value, place, depth = waiting.pop()
        if depth > DEEPEST or (depth == DEEPEST and value):
            raise _malformed("The body is nested too deeply.")
        is_object = isinstance(value, dict)
        if len(value) > MOST_ITEMS:
            kind = "keys" if is_object else "items"
            raise _malformed(f"Has {len(value)} {kind}; at most {MOST_ITEMS:,} are allowed.", _told(place))
        for key, inner in value.items() if is_object else enumerate(value):
            if isinstance(key, str) and not is_storable(key):
                raise _malformed(f"A key: {unstorable(key)}", _told(place))
            if isinstance(inner, str):
                if not is_storable(inner):
                    raise _malformed(unstorable(inner), _told((place, key)))
            elif isinstance(inner, dict | list):
                waiting.append((inner, (place, key), depth + 1))


def _told(place: Place) -> str:
    """Return a place as answers name it: `balances[3].reason`."""
    parts: list[str] = []
    while place is not None:
        place, key = place
        parts.append(f"[{key}]" if isinstance(key, int) else f".{key[:LONGEST_KEY]}")
    return "".join(reversed(parts)).removeprefix(".")
