"""Patterns and numbers: what can be configured, what is understood of what people type, and how it is shown."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from ocsportal.values.reading import Reading, Refusal
from subscribers import kinds
from subscribers.models import ResourceType
from subscribers.patterns import pattern_fault

MSISDN, IPV4 = "[1-9][0-9]{6,14}", r"([0-9]{1,3}\.){3}[0-9]{1,3}"


@pytest.mark.parametrize(
    "pattern",
    ["(", "[a-", "a{1,99999999999}", "*", "(?P<x", "(a+)+", "([0-9]+)*x", "(a|a)*", "(ab|ab)*c", "(.*a){20}",
     r"(\w+\s?)+", "((((a*)*)*)*)*", "[a-z]+[a-z]+[a-z]+[a-z]+[a-z]+x"],
)  # fmt: skip
def test_patterns_that_are_refused(pattern: str) -> None:
    assert pattern_fault(pattern)
    with pytest.raises(ValidationError) as caught:
        ResourceType(code="x", name="x", pattern=pattern).clean()
    assert set(caught.value.message_dict) == {"pattern"}


@pytest.mark.parametrize("pattern", ["", MSISDN, IPV4, r"\d{3,15}", "[a-z0-9._-]+@[a-z0-9.-]+", "(ab)+", "(a|b)*c"])
def test_patterns_that_are_taken(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.django_db
def test_the_patterns_of_every_installation_can_be_configured() -> None:
    for kind in ResourceType.objects.all():
        kind.full_clean(exclude=["code"], validate_unique=False)
        assert kind.kind != "TEXT"


@pytest.mark.django_db
def test_one_type_at_most_is_primary() -> None:
    assert list(ResourceType.objects.filter(primary=True).values_list("code", flat=True)) == ["MSISDN"]
    with pytest.raises(ValidationError):
        ResourceType(code="x", name="x", primary=True).full_clean()


@pytest.mark.parametrize(
    ("kind", "pattern", "typed", "kept"),
    [
        ("PHONE", "", " +49 170 555-0142 ", "491705550142"),
        ("PHONE", "49.*", "0170 5550142", "491705550142"),
        ("ICCID", "", "8949 0200 0000 1234 567F", "8949020000001234567"),
        ("TEXT", "[a-z ]+", " a b", "a b"),
    ],
)
def test_what_is_typed(kind: str, pattern: str, typed: str, kept: str) -> None:
    named = ResourceType(code="x", name="x", kind=kind, pattern=pattern)
    assert kinds.canonical(named, typed, Reading(lenient=True, home_country="DE")) == kept


@pytest.mark.parametrize(
    ("kind", "pattern", "typed", "words"),
    [
        ("PHONE", "49.*", "+43 664 1234567", "Is no Line. It must match 49.*."),
        ("PHONE", "", "call me", "Not a phone number: “c” at 1 doesn't belong in one."),
        ("TEXT", "[a-z]+", "A", "Is no Line. It must match [a-z]+."),
    ],
)
def test_what_is_refused(kind: str, pattern: str, typed: str, words: str) -> None:
    with pytest.raises(Refusal, match=re.escape(words)):
        kinds.canonical(ResourceType(code="x", name="Line", kind=kind, pattern=pattern), typed)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("PHONE", "491705550142", "+49 170 5550142"),
        ("PHONE", "12025550168", "+1 202-555-0168"),
        ("PHONE", "351912345256", "+351 912 345 256"),
        ("PHONE", "123", "123"),
        ("PHONE", "anna", "anna"),
        ("IMSI", "262015550142001", "262 01 5550142001"),
        ("ICCID", "8949020000001234567", "8949 0200 0000 1234 567"),
        ("IPV4", "10.0.0.1", "10.0.0.1"),
        ("EMAIL", "a@xn--bcher-kva.example", "a@bücher.example"),
        ("TEXT", "12345", "12345"),
    ],
)
def test_what_is_shown(kind: str, value: str, shown: str) -> None:
    assert kinds.shown(ResourceType(code="x", name="x", kind=kind), value) == shown


@pytest.mark.django_db
def test_the_kind_stays_once_there_are_values(subscriber: Any) -> None:
    phone, address = (ResourceType.objects.get(code=code) for code in ("MSISDN", "ipV4"))
    phone.kind = address.kind = "TEXT"
    address.full_clean()
    with pytest.raises(ValidationError) as caught:
        phone.full_clean()
    assert set(caught.value.message_dict) == {"kind"}
