"""IDs, names and attributes over REST: composed, refused by character and place, the same in bodies and queries."""

import codecs
from typing import Any

import pytest

from customers.models import Customer
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db
CREATE = "/customers/create"
UNSEEN = "Not an ID: U+200B at 4 (zero width space) must be left out."


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("externalId", "Mu\u0308ller", "M\u00fcller"),
        ("customName", "Mu\u0308ller \U0001f469\u200d\U0001f680", "M\u00fcller \U0001f469\u200d\U0001f680"),
        ("customAttributes", {"u\u0308": "e\u0301\r\nx", "empty": ""}, {"\u00fc": "\u00e9\nx", "empty": ""}),
    ],
)
def test_kept_composed(api: RestClient, field: str, sent: Any, kept: Any) -> None:
    made = api.done(CREATE, customerProfile="b2b", **{field: sent})
    assert made[field] == kept


@pytest.mark.parametrize(
    ("field", "sent", "parameter", "words"),
    [
        ("externalId", "A-1\u200b", "externalId", UNSEEN),
        ("externalId", " A-1", "externalId", "Not an ID: U+0020 at 1 (space) must be left out."),
        ("externalId", "x" * 256, "externalId", "Has 256 characters, 1 too many; at most 255 are allowed."),
        ("customName", "Nord\u202ewind", "customName", "Contains U+202E at 5 (right-to-left override), which nobody sees."),
        ("customName", "\u0301", "customName", "Has nothing that can be seen."),
        ("customAttributes", {"a\u200b": "1"}, "customAttributes",
         "Key 'a\\u200b': Not an ID: U+200B at 2 (zero width space) must be left out."),
        ("customAttributes", {"a": "b\u202e"}, "customAttributes.a",
         "Contains U+202E at 2 (right-to-left override), which nobody sees."),
        ("customAttributes", {"u\u0308": "1", "\u00fc": "2"}, "customAttributes",
         "Key '\u00fc': appears twice, spelled in two ways."),
    ],
)  # fmt: skip
def test_refused_by_character_and_place(api: RestClient, field: str, sent: Any, parameter: str, words: str) -> None:
    answer = api.post(CREATE, customerProfile="b2b", **{field: sent})
    assert problem(answer, 400, "REQUEST-VALIDATION", parameter)["detail"] == words
    assert not Customer.objects.exists()


def test_references_are_read_alike(api: RestClient) -> None:
    api.done(CREATE, customerProfile="b2b", externalId="M\u00fcller")
    rename = "/customers/update-custom-name"
    assert api.done(rename, customer={"externalId": "Mu\u0308ller"}, customName="x")["customName"] == "x"
    body = problem(api.post(rename, customer={"externalId": "abc\u200b"}, customName="y"), 400, "REQUEST-VALIDATION")
    assert (body["parameter"], body["detail"]) == ("customer.externalId", UNSEEN)
    assert api.get("/customers/read", externalId="Mu\u0308ller").json()["externalId"] == "M\u00fcller"
    problem(api.get("/customers/read", externalId="abc\u200b"), 400, "REQUEST-VALIDATION", "externalId")
    assert len(api.get("/customers", externalId="Mu\u0308ller").json()["items"]) == 1
    assert api.get("/customers", externalId="M\u00fcller\u200b").json()["items"] == []


def test_names_are_found_decomposed(api: RestClient) -> None:
    api.done(CREATE, customerProfile="b2b", customName="M\u00fcller")
    assert len(api.get("/customers", customNameContains="mu\u0308l").json()["items"]) == 1


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_a_byte_order_mark_gets_one_plain_sentence(api: RestClient, mark: bytes) -> None:
    answer = api.raw(CREATE, mark + b'{"requestId": "r", "customerProfile": "b2b"}')
    words = "The body begins with a byte order mark; send plain UTF-8 without one."
    assert problem(answer, 400, "REQUEST-VALIDATION")["detail"] == words
