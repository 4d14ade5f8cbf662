"""What holds for any value: what is kept and shown is understood as itself, and nothing but a Refusal is raised."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocsportal.values.kinds import RESOURCE_KINDS
from ocsportal.values.phones import PHONE
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal
from tests.values.test_kinds import PORTAL, TABLE

pytestmark = pytest.mark.once

KINDS = [pytest.param(kind, id=name) for name, kind, _ in TABLE]
quick = settings(max_examples=25, deadline=None)
# What values are made of, and what gets between when they are pasted.
ODD = st.sampled_from(
    "\u200b\u200c\u200d\u00ad\u202a\u202e\ufeff\u00a0 \t\n\x00\ufe0f\u0301\u0308İıßẞøΣς٣４²ﬁㅤ👩🏽कا-.@:%/+()[]aZ09fF"
)
hostile = st.text(st.one_of(ODD, st.characters()), max_size=40)


def agreed(kind: Kind, text: str, reading: Reading) -> None:
    """Whatever comes of a text, assert that it stays what it is."""
    try:
        found = kind.understand(text, reading)
    except Refusal:
        return
    assert kind.canonical(found.canonical, reading) == found.canonical
    assert kind.canonical(found.canonical, STRICT) == found.canonical
    assert kind.canonical(found.shown, PORTAL) == kind.canonical(found.canonical, PORTAL)


@pytest.mark.parametrize("kind", KINDS)
@given(text=hostile)
@quick
def test_anything_at_all(kind: Kind, text: str) -> None:
    agreed(kind, text, STRICT)
    agreed(kind, text, PORTAL)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@quick
def test_what_is_nearly_a_value(kind: Kind, data: st.DataObject) -> None:
    rows = next(rows for _, of, rows in TABLE if of is kind)
    text = data.draw(st.sampled_from([row[0] for row in rows]))
    place = data.draw(st.integers(0, len(text)))
    agreed(kind, text[:place] + data.draw(ODD) + text[place + data.draw(st.integers(0, 1)) :], PORTAL)
    agreed(kind, text[:place] + data.draw(ODD) + text[place:], STRICT)


@given(
    code=st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)),
    rest=st.text("0123456789", min_size=3, max_size=14),
)
@settings(max_examples=150, deadline=None)
def test_any_digits_behind_any_country_code(code: int, rest: str) -> None:
    for text in (f"+{code}{rest}", f"+{code} (0){rest}", f"{code}{rest}"):
        agreed(PHONE, text, STRICT)
        agreed(PHONE, text, PORTAL)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_country_has_numbers_that_are_understood_in_any_spelling(region: str) -> None:
    example = phonenumbers.example_number(region)
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    assert PHONE.canonical(number, STRICT) == PHONE.canonical(international, STRICT) == number
    assert PHONE.canonical("00" + number[1:], STRICT) == PHONE.canonical(number[1:], STRICT) == number
    assert PHONE.canonical(national, Reading(lenient=True, home_country=region)) == number
    assert PHONE.understand(number).notice == ""


def test_very_long_texts_are_refused_or_kept_quickly() -> None:
    for kind in RESOURCE_KINDS.values():
        for character in "1a.:@-( \u200b\u0308":
            assert kind.canonical_or_none(character * 20_000, PORTAL) is None
