"""Who is there is found, however the name is written."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocsportal.values.folding import folded, spelled_out
from ocsportal.values.searching import matches, search_terms, search_text
from tests.values.test_properties import hostile

pytestmark = pytest.mark.once

FOUND = [
    ("Müller", ["müller", "MÜLLER", "Mu\u0308ller", "muller", "mueller", "Mueller", "mul", "uelle", "ＭÜＬＬＥＲ"]),
    ("Mueller", ["Müller", "mueller", "muell"]),
    ("Jürgen Groß", ["gross jürgen", "GROSS", "groß", "juergen gross", "jurgen groß", "GROẞ"]),
    ("Łukasz Wałęsa", ["lukasz", "walesa", "Wałęsa Łukasz", "WAŁĘSA"]),
    ("Søren Ørsted", ["soren", "soeren", "orsted", "oersted", "ØRSTED"]),
    ("Đorđe Đoković", ["dorde", "dokovic", "Đoković"]),
    ("Iğdır", ["igdir", "IĞDIR", "ığdır", "İgdir"]),
    ("İstanbul", ["istanbul", "ISTANBUL"]),
    ("Åse Århus", ["ase", "aase", "arhus", "aarhus"]),
    ("O’Brien", ["O'Brien", "obrien", "O`Brien", "o brien", "brien", "Oʼbrien"]),
    ("Anna-Lena Meyer‑Schmidt", ["anna lena", "meyer-schmidt", "schmidt meyer", "Anna–Lena"]),
    ("Anna\u00a0Schmidt", ["anna schmidt", "schmidt,anna", "Schmidt, Anna", "  anna   "]),
    ("José Núñez", ["jose nunez", "Jose\u0301 Nun\u0303ez"]),
    ("Ælfred Œuvre Þór Eiður", ["aelfred", "oeuvre", "thor", "eidur"]),
    ("anna.schmidt@example.com", ["schmidt@exam", "anna.schmidt", "@example", "example.com", "anna.schmidt@"]),
    ("St. Gallen", ["st gallen", "St. Gallen", "gallen st."]),
    ("Дмитрий Ёлкин", ["дмитрий", "ЕЛКИН", "ёлкин"]),
    ("Ωμέγα ΣΊΣΥΦΟΣ", ["ωμεγα", "σισυφος", "Σίσυφος"]),
    ("李小龍", ["小龍", "李"]),
    ("山田Möbel", ["田möbel", "田moebel", "田mobel", "moebel"]),
    ("محمـد", ["محمد", "مُحَمَّد"]),
    ("٤٩ Straße", ["49 strasse", "STRASSE"]),
    ("ﬁnance Ⅷ", ["finance", "viii"]),
    ("🍀 Luck", ["🍀"]),
    ("An\u200bna", ["anna", "An\u00adna"]),
]
NOT_FOUND = [
    ("Muller", "mueller"), ("Müller", "moller"), ("Anna Schmidt", "anna meyer"), ("Goethe", "gothe"), ("हिन्दी", "हनद"),
    ("が", "か"), ("anna@example.com", "anna@sample"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "query"), [(name, query) for name, queries in FOUND for query in queries])
def test_found(name: str, query: str) -> None:
    assert search_terms(query)
    assert matches(search_text(name), search_terms(query))


@pytest.mark.parametrize(("name", "query"), NOT_FOUND)
def test_not_found(name: str, query: str) -> None:
    assert search_terms(query)
    assert not matches(search_text(name), search_terms(query))


def test_the_text_has_each_word_once_between_blanks() -> None:
    assert search_text("Müller", None, "", "Anna Müller") == " muller mueller anna "
    assert search_text() == search_text(None, "—") == ""
    assert search_terms("–") == search_terms("") == search_terms("'") == []
    assert search_terms("Jö an Müller") == [("muller", "mueller"), ("jo", "joe"), ("an",)]
    assert len(search_terms(" ".join(f"w{number}" for number in range(50)))) == 8


def assert_settled(text: str) -> None:
    """Assert that folding changes nothing of its own result, and that whatever it makes finds the text."""
    for fold in (folded, spelled_out):
        once = fold(text)
        assert fold(once) == folded(once) == once
        assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text)) == once
        assert once == " ".join(once.split())
    assert search_text(search_text(text)) == search_text(text)
    assert matches(search_text(text), search_terms(text))
    # A query's term and its other spelling are made word by word, so they must be as many.
    assert len(folded(text).split()) == len(spelled_out(text).split())


def test_folding_changes_nothing_of_its_own_result_for_any_character_alone() -> None:
    for code in range(0x110000):
        # Ideographs and private characters are alike by the ten thousand.
        if not 0xD800 <= code <= 0xDFFF and (code < 0x20000 or code % 97 == 0):
            assert_settled(chr(code))


@pytest.mark.parametrize(
    "text",
    [
        # An umlaut within a word of a script without blanks: its other spelling has parts of its own.
        "\u3337\u00d6", "\u5c71\u00f6", "\u1edd\ud776\u00f6", "\u27af\u9b93\u00c5", "\u902b\u41fd\u01ff", "o\uf972\u00c4",
        "\u00c4\u682a@\u5927", "\u3042\u3099\u00fc", "a\u0308\u30ab\u309a", "\u1e9e\u0345", "\u0390\u03b0",
    ],
)  # fmt: skip
def test_folding_changes_nothing_of_its_own_result_for_what_was_found(text: str) -> None:
    assert_settled(text)


@given(text=hostile)
@settings(max_examples=150, deadline=None)
def test_folding_changes_nothing_of_its_own_result(text: str) -> None:
    assert_settled(text)


@given(texts=st.lists(hostile, max_size=3))
@settings(max_examples=100, deadline=None)
def test_whatever_is_stored_is_found_by_itself(texts: list[str]) -> None:
    stored = search_text(*texts)
    for text in texts:
        assert matches(stored, search_terms(text))
        assert matches(stored, search_terms(text.swapcase() if text.isascii() else text))


@given(word=st.text("abcäöüÄÖÜß", min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_an_umlaut_is_found_with_one_letter_and_with_two(word: str) -> None:
    one, two = (
        str.maketrans(dict(zip("äöüÄÖÜ", to, strict=True)))
        for to in (list("aouAOU"), ["ae", "oe", "ue", "Ae", "Oe", "Ue"])
    )
    for query in (
        word,
        word.translate(one),
        word.translate(two),
        word.replace("ß", "ss"),
        unicodedata.normalize("NFD", word),
    ):
        assert matches(search_text(word), search_terms(query))
        assert matches(search_text(f"x {word} y"), search_terms(query))
    assert matches(search_text(word.translate(two)), search_terms(word))
