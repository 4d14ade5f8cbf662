"""Every kind of value understands, keeps and refuses what the table says; what it shows, it understands."""

import time

import pytest

from ocsportal.values import addresses, countries, emails, languages, phones, simcards, texts
from ocsportal.values.country_names import by_alpha_3, country_codes
from ocsportal.values.kinds import RESOURCE_KINDS, resource_kind
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal
from tests.values import cases

pytestmark = pytest.mark.once

PORTAL = Reading(lenient=True, home_country="DE")
TABLE: list[tuple[str, Kind, list[tuple[str, ...]]]] = [
    ("phone", phones.PHONE, cases.PHONE),
    ("msisdn", phones.MSISDN, cases.MSISDN),
    ("iccid", simcards.ICCID, cases.ICCID),
    ("imsi", simcards.IMSI, cases.IMSI),
    ("ipv4", addresses.IPV4, cases.IPV4),
    ("ipv6", addresses.IPV6, cases.IPV6),
    ("email", emails.EMAIL, cases.EMAIL),
    ("country", countries.COUNTRY, cases.COUNTRY),
    ("language", languages.LANGUAGE, cases.LANGUAGE),
    ("id", texts.ID, cases.ID),
    ("code", texts.CONFIGURATION_CODE, cases.CODE),
    ("name", texts.NAME, cases.NAME),
    ("lines", texts.lines_of_length(100), cases.LINES),
]
ROWS = [(name, kind, row) for name, kind, rows in TABLE for row in rows]


def test_the_table_has_enough_different_inputs() -> None:
    assert len({(name, row[0]) for name, _, row in ROWS}) == len(ROWS) >= 400


@pytest.mark.parametrize(
    ("kind", "row"), [(kind, row) for _, kind, row in ROWS], ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(ROWS)]
)
def test_table(kind: Kind, row: tuple[str, ...]) -> None:
    for reading, expected in ((STRICT, row[1]), (PORTAL, row[-1])):
        if not expected.startswith("!"):
            found = kind.understand(row[0], reading)
            assert found.canonical == expected
            # What is kept is understood as itself, and so is what is shown.
            assert kind.canonical(expected, STRICT) == expected
            assert kind.canonical(expected, PORTAL) == expected or expected != expected.strip()
            assert kind.canonical(found.shown, PORTAL) == kind.canonical(expected, PORTAL)
            continue
        with pytest.raises(Refusal) as refused:
            kind.canonical(row[0], reading)
        assert expected[1:] in refused.value.message
        assert refused.value.message.endswith((".", "?"))
        assert kind.canonical_or_none(row[0], reading) is None


def test_a_resource_type_names_its_kind() -> None:
    assert set(RESOURCE_KINDS) == {"PHONE", "IMSI", "ICCID", "IPV4", "IPV6", "EMAIL", "TEXT"}
    assert all(kind.name == name for name, kind in RESOURCE_KINDS.items())
    assert resource_kind("PHONE").canonical("+49 170 3182255", STRICT) == "491703182255"
    assert resource_kind("TEXT").canonical("anna.s", STRICT) == "anna.s"


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (phones.PHONE, "0170 3182255", "understood as +49 170 3182255, Germany, mobile"),
        (phones.MSISDN, "12025550168", "understood as +1 202-555-0168, United States, fixed line or mobile"),
        (phones.PHONE, "+351912345256", "understood as +351 912 345 256, Portugal, mobile"),
        (phones.PHONE, "+4930123456", "understood as +49 30 123456, Germany, fixed line"),
        (phones.PHONE, "+80012345678", "understood as +800 1234 5678, international, toll-free"),
        (phones.PHONE, "+49150", "!"),
        (
            phones.PHONE,
            "+88351000123456",
            "understood as +883 51000123456, international. No such range of +883 is assigned.",
        ),
        (
            phones.PHONE,
            "+19992345678",
            "understood as +1 999-234-5678, North America. No such range of +1 is assigned.",
        ),
        (
            simcards.ICCID,
            "8949020000012345671",
            "understood as 8949 0200 0001 2345 671. The check digit is 1 and should be 0.",
        ),
        (simcards.IMSI, "310150123456789", "understood as 310 150 123456789"),
        (simcards.IMSI, "262015550142001", "understood as 262 01 5550142001"),
        (emails.EMAIL, "Jörg@Bücher.de", "understood as jörg@bücher.de"),
        (countries.COUNTRY, "IRL", "understood as Ireland, IE"),
        (languages.LANGUAGE, "de_at", "understood as de-AT, German, Austria"),
        (texts.ID, " A\u200b-1", "understood as A-1. Left out: U+200B at 3 (zero width space), blanks at the ends."),
        (texts.NAME, "Anna\tSchmidt", "understood as Anna Schmidt. Left out: tabs and line ends."),
        (texts.NAME, "Anna", "understood as Anna"),
    ],
)
def test_what_the_portal_says_beside_a_field(kind: Kind, text: str, sentence: str) -> None:
    if sentence == "!":
        with pytest.raises(Refusal):
            kind.understand(text, PORTAL)
    else:
        assert kind.understand(text, PORTAL).sentence == sentence


@pytest.mark.parametrize(
    ("home", "text", "number"),
    [
        ("US", "(202) 555-0168", "+12025550168"), ("US", "1 202 555 0168", "+12025550168"),
        ("US", "011 49 170 3182255", "+491703182255"),
        ("IT", "06 12345678", "+390612345678"), ("IT", "333 1234567", "+393331234567"), ("ES", "912 345 678", "+34912345678"),
        ("ES", "34912345678", "+34912345678"), ("AT", "0664 1234567", "+436641234567"), ("GB", "020 7946 0958", "+442079460958"),
        ("FR", "06 12 34 56 78", "+33612345678"), ("HU", "06 1 234 5678", "+3612345678"), ("CH", "079 123 45 67", "+41791234567"),
    ],
)  # fmt: skip
def test_a_national_number_belongs_to_the_country_at_home(home: str, text: str, number: str) -> None:
    assert phones.canonical(text, Reading(lenient=True, home_country=home)) == number


@pytest.mark.parametrize(
    ("typed", "strict", "lenient"),
    [
        ("0170 31", (), ("4917031",)), ("+49 170 31", ("4917031",), ("4917031",)), ("0049 (0)170 31", ("4917031",), ("4917031",)),
        ("4917031", ("4917031",), ("4917031", "494917031")), ("anna", (), ()), ("00", (), ()), ("+", (), ()),
        ("+39 06 1", ("39061",), ("39061",)), ("+39 (0)6 1", ("39061",), ("39061",)),
    ],
)  # fmt: skip
def test_the_beginning_of_a_number(typed: str, strict: tuple[str, ...], lenient: tuple[str, ...]) -> None:
    assert (phones.beginnings(typed), phones.beginnings(typed, PORTAL)) == (strict, lenient)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("192.0.", "192.0."), ("2001:0DB8:", "2001:db8:"), ("[2001:db8", "2001:db8"), ("anna", ""), ("192", ""), ("", "")],
)
def test_the_beginning_of_an_address(typed: str, expected: str) -> None:
    assert addresses.beginning(typed) == expected


def test_countries_are_those_of_iso_3166() -> None:
    # 249 and Kosovo, each with a code of three letters.
    assert len(country_codes()) == 250
    assert set(by_alpha_3().values()) == country_codes()
    assert len(by_alpha_3()) == 250


def test_countries_are_suggested_while_one_types() -> None:
    assert countries.suggestions("ger") == [("DE", "Germany")]
    assert countries.suggestions("öst", "DE") == [("AT", "Austria")]
    assert countries.suggestions("de")[0] == ("DE", "Germany")
    assert [code for code, _ in countries.suggestions("united")] == ["AE", "GB", "US"]
    assert [code for code, _ in countries.suggestions("states")] == ["US"]
    assert countries.suggestions("") == countries.suggestions("?") == []
    assert len(countries.suggestions("a", most=5)) == 5


def test_the_check_digit_is_that_of_iso_7812() -> None:
    assert simcards.check_digit("7992739871") == "3"
    assert simcards.iccid_notice("", "8949020000012345670") == ""
    assert simcards.iccid_notice("", "89860000A1B2C3D4E5F6") == ""


@pytest.mark.parametrize("text", ["a" + "\u0301" * 500_000, "\u200b" * 300_000, "\tx" * 250_000, "\u202e" * 300_000])
@pytest.mark.parametrize("reading", [STRICT, PORTAL], ids=["strict", "lenient"])
@pytest.mark.parametrize("kind", [texts.NAME, texts.ID, texts.TEXT], ids=lambda kind: str(kind.noun))
def test_a_huge_text_is_refused_by_its_length_alone(kind: Kind, reading: Reading, text: str) -> None:
    began = time.process_time()
    with pytest.raises(Refusal):
        kind.canonical(text, reading)
    assert time.process_time() - began < 0.2


def test_what_nobody_sees_costs_as_much_as_it_is_long() -> None:
    """Left out of a text just below the bound, character by character."""
    began = time.process_time()
    assert texts.name_of_length(100_000).canonical("a" + "\u200b" * 500_000 + "b", PORTAL) == "ab"
    assert time.process_time() - began < 2
