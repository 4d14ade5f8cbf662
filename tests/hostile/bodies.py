"""Hostile bodies as data: every case has a name, says what to send, and what must come back.

Whatever was once answered with a 500, or could have been, gets a line here and stays. The tests send every case to
every operation, list and page that they find in the URL tables, so that a new level needs no code of its own.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

MIB = 1024 * 1024
LONE = "\ud800"  # half a surrogate pair: JSON can spell it (\ud800), UTF-8 can't


# --- Bytes instead of a body. Each takes the operation's own example, which would be done if it were left alone.


@dataclass(frozen=True)
class RawCase:
    """The bytes to send for an example, and the answer."""

    name: str
    make: Callable[[dict[str, Any]], bytes]
    status: int = 400
    code: str = "REQUEST-VALIDATION"
    content_type: str = "application/json"


def _json(example: dict[str, Any]) -> bytes:
    return json.dumps(example).encode()


def _with(text: str) -> Callable[[dict[str, Any]], bytes]:
    """Put one more member, spelled as JSON, into the example."""
    return lambda example: _json(example)[:-1] + b"," + text.encode() + b"}"


RAW = [
    RawCase("empty body", lambda e: b""),
    RawCase("blanks only", lambda e: b" \n\t "),
    RawCase("cut in the middle", lambda e: _json(e)[: len(_json(e)) // 2]),
    RawCase("closing brace missing", lambda e: _json(e)[:-1]),
    RawCase("trailing garbage", lambda e: _json(e) + b"x"),
    RawCase("two objects", lambda e: _json(e) + _json(e)),
    RawCase("trailing comma", lambda e: _json(e)[:-1] + b",}"),
    RawCase("comment", lambda e: b"/* hello */" + _json(e)),
    RawCase("single quotes", lambda e: _json(e).replace(b'"', b"'")),
    RawCase("duplicate key", _with('"requestId":"twice"')),
    RawCase("duplicate key deep inside", _with('"deep":{"a":1,"a":2}')),
    RawCase("nested 100,000 arrays deep", lambda e: b"[" * 100_000 + b"]" * 100_000),
    RawCase("nested 100,000 objects deep", lambda e: b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    RawCase("nested 100,000 deep and never closed", lambda e: b"[" * 100_000),
    RawCase("nested 40 deep in a field", _with('"customName":' + "[" * 40 + "]" * 40)),
    RawCase("NaN", _with('"number":NaN')),
    RawCase("Infinity", _with('"number":Infinity')),
    RawCase("minus Infinity", _with('"number":-Infinity')),
    RawCase("integer of 5,000 digits", _with('"number":' + "9" * 5000)),
    RawCase("integer of 100,000 digits", _with('"number":' + "9" * 100_000)),
    RawCase("exponent that fits every decimal", _with('"number":1e999999')),
    RawCase("fraction of 100,000 digits", _with('"number":0.' + "9" * 100_000)),
    RawCase("integer of 400 digits", _with('"number":' + "9" * 400)),
    RawCase("exponent beyond every decimal", _with('"number":1E+99999999999999999999')),
    RawCase("exponent below every decimal", _with('"number":1E-99999999999999999999')),
    RawCase("number with a leading zero", _with('"number":007')),
    RawCase("UTF-8 byte order mark", lambda e: b"\xef\xbb\xbf" + _json(e)),
    RawCase("UTF-16", lambda e: json.dumps(e).encode("utf-16")),
    RawCase("UTF-32", lambda e: json.dumps(e).encode("utf-32")),
    RawCase("invalid UTF-8", lambda e: _json(e)[:-1] + b',"x":"\xff\xfe"}'),
    RawCase("overlong UTF-8", lambda e: _json(e)[:-1] + b',"x":"\xc0\x80"}'),
    RawCase("surrogate encoded as UTF-8", lambda e: _json(e)[:-1] + b',"x":"\xed\xa0\x80"}'),
    RawCase("NUL byte between tokens", lambda e: _json(e) + b"\x00"),
    RawCase("NUL spelled in a string", _with('"x":"a\\u0000b"')),
    RawCase("NUL spelled in a key", _with('"a\\u0000b":"x"')),
    RawCase("lone surrogate spelled in a string", _with('"x":"\\ud800"')),
    RawCase("lone surrogate spelled in a key", _with('"\\udfff":"x"')),
    RawCase("control character in a string", lambda e: _json(e)[:-1] + b',"x":"\x01"}'),
    RawCase("array instead of an object", lambda e: b"[" + _json(e) + b"]"),
    RawCase("string instead of an object", lambda e: json.dumps(json.dumps(e)).encode()),
    RawCase("null instead of an object", lambda e: b"null"),
    RawCase("number instead of an object", lambda e: b"42"),
    RawCase("true instead of an object", lambda e: b"true"),
    RawCase("empty object", lambda e: b"{}"),
    RawCase("empty key", _with('"":"x"')),
    RawCase("prototype pollution", _with('"__proto__":{"admin":true}')),
    RawCase("2 MiB of blanks", lambda e: _json(e) + b" " * 2 * MIB, 413, "BODY-TOO-LARGE"),
    RawCase("one byte over 1 MiB", lambda e: _json(e).ljust(MIB + 1), 413, "BODY-TOO-LARGE"),
    RawCase("form encoding", lambda e: b"requestId=1&customName=x", 415, "UNSUPPORTED-MEDIA-TYPE",
            "application/x-www-form-urlencoded"),
    RawCase("multipart", lambda e: b"--b\r\n\r\n--b--", 415, "UNSUPPORTED-MEDIA-TYPE", "multipart/form-data; boundary=b"),
    RawCase("XML", lambda e: b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', 415,
            "UNSUPPORTED-MEDIA-TYPE", "application/xml"),
    RawCase("JSON called text", _json, 415, "UNSUPPORTED-MEDIA-TYPE", "text/plain"),
    RawCase("no content type", _json, 415, "UNSUPPORTED-MEDIA-TYPE", ""),
    RawCase("nonsense for a content type", _json, 415, "UNSUPPORTED-MEDIA-TYPE", ";;\x7f/=,"),
    RawCase("JSON said to be UTF-16 and so it is", lambda e: json.dumps(e).encode("utf-16"),
            content_type="application/json; charset=utf-16"),
]  # fmt: skip


# --- Values in a field, by the kind of field. All are refused with REQUEST-VALIDATION at that very parameter.

TEXT, FLAG, INSTANT, ENUM, OBJECT, MAP, INTEGER, DECIMAL, LIST = (
    "text", "flag", "instant", "enum", "object", "map", "integer", "decimal", "list",
)  # fmt: skip
EVERY = (TEXT, FLAG, INSTANT, ENUM, OBJECT, MAP, INTEGER, DECIMAL, LIST)
NOT_OBJECT = tuple(kind for kind in EVERY if kind not in (OBJECT, MAP))
NOT_NUMBER = tuple(kind for kind in EVERY if kind not in (INTEGER, DECIMAL))


@dataclass(frozen=True)
class FieldCase:
    """What to put into every field of certain kinds."""

    name: str
    kinds: tuple[str, ...]
    value: Any


FIELDS = [
    FieldCase("number 0", NOT_NUMBER, 0),
    FieldCase("number 1", NOT_NUMBER, 1),
    FieldCase("negative number", NOT_NUMBER, -1),
    FieldCase("true", tuple(kind for kind in EVERY if kind != FLAG), True),
    FieldCase("an array of strings", (*NOT_OBJECT[:-1], OBJECT, MAP), ["x"]),
    FieldCase("an empty array", (TEXT, FLAG, INSTANT, ENUM, OBJECT, MAP, INTEGER, DECIMAL), []),
    FieldCase("an object", NOT_OBJECT, {"$ne": ""}),
    FieldCase("an unknown key", (OBJECT,), {"unknown": "x"}),
    FieldCase("a string for an object", (OBJECT, MAP), "x"),
    FieldCase("the word true", (FLAG,), "true"),
    FieldCase("the empty string", (FLAG, INSTANT, ENUM, OBJECT, MAP, INTEGER, DECIMAL, LIST), ""),
    FieldCase("NUL", (TEXT, FLAG, INSTANT, ENUM, INTEGER, DECIMAL), "a\x00b"),
    FieldCase("lone surrogate", (TEXT, FLAG, INSTANT, ENUM, INTEGER, DECIMAL), f"a{LONE}b"),
    FieldCase("lower case", (ENUM,), "active"),
    FieldCase("another word", (ENUM,), "RESURRECTED"),
    FieldCase("blanks around it", (ENUM, INSTANT), " ACTIVE "),
    FieldCase("date without a time", (INSTANT,), "2026-05-01"),
    FieldCase("date without an offset", (INSTANT,), "2026-05-01T00:00:00"),
    FieldCase("offset beyond a day", (INSTANT,), "2026-05-01T00:00:00+99:99"),
    FieldCase("year 0001 with an offset", (INSTANT,), "0001-01-01T00:00:00+14:00"),
    FieldCase("year 9999 with an offset", (INSTANT,), "9999-12-31T23:59:59-14:00"),
    FieldCase("year 0000", (INSTANT,), "0000-01-01T00:00:00Z"),
    FieldCase("year of five digits", (INSTANT,), "12026-01-01T00:00:00Z"),
    FieldCase("30 February", (INSTANT,), "2026-02-30T00:00:00Z"),
    FieldCase("hour 25", (INSTANT,), "2026-02-01T25:00:00Z"),
    FieldCase("seconds since 1970", (INSTANT,), "1767222000"),
    FieldCase("digits of another script", (INSTANT,), "２０２６-05-01T00:00:00Z"),
    FieldCase("line break at the end", (INSTANT,), "2026-05-01T00:00:00Z\n"),
    FieldCase("a word for a number", (INTEGER, DECIMAL), "many"),
    FieldCase("a fraction", (INTEGER,), 1.5),
    FieldCase("an integer beyond 64 bits", (INTEGER,), 2**63),
    FieldCase("NaN as a string", (DECIMAL,), "NaN"),
    FieldCase("Infinity as a string", (DECIMAL,), "Infinity"),
    FieldCase("40 digits", (DECIMAL,), "9" * 40),
    FieldCase("4,000 digits", (INTEGER, DECIMAL), int("9" * 4000)),
    FieldCase("100,000 digits as a string", (INTEGER, DECIMAL, FLAG, INSTANT, ENUM), "9" * 100_000),
    FieldCase("exponent of 999,999", (INTEGER, DECIMAL), "1e999999"),
    FieldCase("exponent of 400", (DECIMAL,), "1E+400"),
    FieldCase("a map of numbers", (MAP,), {"a": 1}),
    FieldCase("a map of maps", (MAP,), {"a": {"b": "c"}}),
    FieldCase("a map with an empty key", (MAP,), {"": "x"}),
    FieldCase("a map with a blank key", (MAP,), {"  ": "x"}),
    FieldCase("a map with a key of 61", (MAP,), {"k" * 61: "x"}),
    FieldCase("a map with a value of 1,001", (MAP,), {"k": "x" * 1001}),
    FieldCase("a map of 101 keys", (MAP,), {f"k{number}": "x" for number in range(101)}),
    FieldCase("a map with NUL in a key", (MAP,), {"a\x00": "x"}),
    FieldCase("a map with NUL in a value", (MAP,), {"a": "x\x00"}),
    FieldCase("a map with half a surrogate", (MAP,), {LONE: LONE}),
]  # fmt: skip

# References, beside what every object goes through: what to put there for the entity that the example names.
REFERENCES: dict[str, Callable[[dict[str, str]], Any]] = {
    "neither ID": lambda ids: {},
    "both null": lambda ids: {"refId": None, "externalId": None},
    "IDs that disagree": lambda ids: {**ids, "refId": "AAAAAAAAAAAAAA"},
    "external ID that disagrees": lambda ids: {**ids, "externalId": "nobody"},
    "reference ID in lower case": lambda ids: {"refId": ids["refId"].swapcase()},
    "reference ID with a blank": lambda ids: {"refId": ids["refId"] + " "},
    "a pattern": lambda ids: {"externalId": "%"},
    "nested reference": lambda ids: {"externalId": {"externalId": ids["externalId"]}},
    "list of references": lambda ids: [ids],
    "unknown key beside the ID": lambda ids: {**ids, "id": 1},
    "the key of the database": lambda ids: {"id": 1},
    "an SQL condition": lambda ids: {"externalId": "' OR 1=1 --"},
}

# --- Text that looks dangerous and is harmless: kept exactly, shown escaped; refused where the field has a format.

HARMLESS = {
    "SQL quote": "Robert'); DROP TABLE customers_customer;--",
    "SQL union": "' UNION SELECT key_hash FROM people_apikey --",
    "script": "<script>alert('x')</script>",
    "image with handler": '"><img src=x onerror=alert(1)>',
    "closing textarea": "</textarea></title></script><b>bold",
    "attribute breakout": "' autofocus onfocus=alert(1) x='",
    "entity": "&lt;already&amp;escaped&gt;",
    "Django template": "{{ settings.SECRET_KEY }}{% debug %}",
    "format string": "{0.__class__} %s %(x)s %d ${jndi:ldap://x}",
    "shell": "`id`; $(reboot) | cat /etc/passwd",
    "path": "../../../../etc/passwd",
    "spreadsheet formula": "=HYPERLINK(\"http://x\",\"y\")",
    "line breaks": "first\r\nSet-Cookie: x=1\nthird",
    "control characters": "bell\x07 escape\x1b[31m del\x7f",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    "right-to-left override": "invoice\u202efdp.exe",
    "zero width": "ad\u200bmin\u200d\ufeff",
    "combining marks": "Z\u0351\u036b\u0343a\u0363\u034alg\u0489o",
    "not normalised": "A\u030a Ohm \u2126 \u212b",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 𝕏",
    "Arabic and Hebrew": "السلام שלום",
    "Turkish i and sharp s": "İstanbul ıI ß ẞ",
    "noncharacters": "\uffff\ufffe\U0010ffff",
    "blanks around": "  padded\t",
    "a number": "0012345678901234567890",
    "a word of JSON": "null",
    "backslashes": "C:\\new\\table\\u0041 \\' \\\"",
    "like patterns": "100%_\\%",
    "equals signs": "key = value = x",
    "only a quote": '"',
}  # fmt: skip

# What no name and no ID may have; an ID, such as the key of an attribute, has no joiners either.
UNSEEN = {
    "line breaks", "control characters", "line separators", "right-to-left override", "zero width", "noncharacters",
    "blanks around",
}  # fmt: skip
REFUSED_BY = {
    "customName": UNSEEN, "taxResidence": UNSEEN, "externalId": UNSEEN | {"emoji"}, "customAttributes": UNSEEN | {"emoji"},
}  # fmt: skip

KEPT = {name: normalize("NFC", text) for name, text in HARMLESS.items() if name not in REFUSED_BY["customAttributes"]}

# Where free text is kept, composed where it is a name or an ID; every other text names something or has a format, and
# refuses all of the above.
FREE_TEXT = {
    "requestId", "transactionId", "externalId", "customName", "customAttributes", "taxResidence",
}  # fmt: skip
# Texts that are understood: some of the above is kept in another form, some refused
# (tests/customers/test_contact_values.py).
UNDERSTOOD = {
    "contact.name", "contact.addressLine1", "contact.addressLine2", "contact.postalCode", "contact.city",
    "contact.taxNumber",
}  # fmt: skip
# Free too, but not found under their own name in what is answered: codes of individual offers, reasons of the ledger,
# notes.
FREE_ELSEWHERE = {"tax", "glCode", "chargingClass", "reason", "text"}
