"""Patterns and numbers: what can be configured, what is understood of what people type, and how it is shown."""

import pytest
from django.core.exceptions import ValidationError

from subscribers import numbers
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
        assert kind.pattern


@pytest.mark.django_db
def test_one_type_at_most_is_primary() -> None:
    assert list(ResourceType.objects.filter(primary=True).values_list("code", flat=True)) == ["MSISDN"]
    with pytest.raises(ValidationError):
        ResourceType(code="x", name="x", primary=True).full_clean()


@pytest.mark.parametrize(
    ("pattern", "typed", "meant"),
    [
        (MSISDN, "491705550142", "491705550142"),
        (MSISDN, " +49 170 555-0142 ", "491705550142"),
        (MSISDN, "0049 (170) 555/0142", "491705550142"),
        (MSISDN, "0170 5550142", "0170 5550142"),
        (MSISDN, "call me", "call me"),
        (IPV4, "10.0.0.1", "10.0.0.1"),
        ("[0-9]{18,22}", "8949 0200 0000 1234 567", "8949020000001234567"),
        ("", "a b", "a b"),
        ("", "+49 170", "+49 170"),
    ],
)
def test_what_is_typed(pattern: str, typed: str, meant: str) -> None:
    assert numbers.understood(pattern, typed) == meant


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("MSISDN", "491705550142", "+49 170 555 0142"),
        ("MSISDN", "123", "123"),
        ("IMSI", "262015550142001", "262 01 5550142001"),
        ("ICCID", "8949020000001234567", "8949 0200 0000 1234 567"),
        ("ipV4", "10.0.0.1", "10.0.0.1"),
        ("email", "a@b.example", "a@b.example"),
        ("HOUSE", "12345", "12345"),
    ],
)
def test_what_is_shown(code: str, value: str, shown: str) -> None:
    assert numbers.shown(code, value) == shown
