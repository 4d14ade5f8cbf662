"""How texts are compared when it doesn't matter how they are written: without case, accents and kinds of blanks."""

import unicodedata
from collections.abc import Iterator

from ocsportal.values.characters import is_invisible

# Letters that Unicode doesn't take apart, as people write them who don't have them.
LETTERS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t",
        "ŋ": "n", "ɓ": "b", "ƈ": "c", "ɖ": "d", "ɗ": "d", "ƒ": "f", "ɠ": "g", "ɨ": "i", "ƙ": "k", "ƚ": "l",
        "ɲ": "n", "ƞ": "n", "ƥ": "p", "ʀ": "r", "ƭ": "t", "ʉ": "u", "ʋ": "v", "ƴ": "y", "ƶ": "z", "ƀ": "b",
        "ȼ": "c", "ǥ": "g", "ɉ": "j", "ɍ": "r", "ɇ": "e", "ɏ": "y", "ə": "a", "ǝ": "a", "ĸ": "k", "ƨ": "s",
        "ⱥ": "a", "ⱦ": "t", "ȿ": "s", "ɀ": "z", "ß": "ss",
    }
)  # fmt: skip
# In German, Danish and their neighbours a second letter stands for the mark: ü as ue, ø as oe, å as aa.
WITH_DIAERESIS = {"a": "e", "o": "e", "u": "e"}
DIAERESIS, RING, VOICED_MARKS = "\u0308", "\u030a", "\u3099\u309a"
# The class of the marks that join two consonants of Indic scripts.
VIRAMA = 9
# All that people type for an apostrophe; it is left out, so that O’Brien is found by obrien, o brien and brien.
APOSTROPHES = frozenset("'’‘‛`´′ʹʻʼʽʾʿˈꞌ＇՚׳")
TATWEEL = "\u0640"
# What holds an e-mail address or an ID together.
KEPT = frozenset("@._")
# Nearly all texts are plain: for these one table does what the functions below do.
PLAIN = {
    code: None if chr(code) in APOSTROPHES else chr(code).lower() if chr(code).isalnum() or chr(code) in KEPT else " "
    for code in range(128)
}


def folded(text: str) -> str:
    """Return a text for comparison: "Łódź" as "lodz", "Straße" as "strasse", "O’Brien" as "obrien", one blank between."""
    return " ".join(_words(text, spelled_out=False))


def spelled_out(text: str) -> str:
    """Return a text for comparison, umlauts with a second letter: "Müller" as "mueller", "Ørsted" as "oersted"."""
    return " ".join(_words(text, spelled_out=True))


def _words(text: str, spelled_out: bool) -> list[str]:
    if text.isascii():
        return text.translate(PLAIN).split()
    letters = _decomposed(text)
    if spelled_out:
        letters = _with_second_letters(letters)
    letters = _decomposed("".join(_without_marks(letters)).translate(LETTERS))
    # What is left of marks belongs to its letter again, so that か is no part of が.
    return unicodedata.normalize("NFC", "".join(_parted(letters))).split()


def _decomposed(text: str) -> str:
    """Return a text in compatibility decomposition, without case; twice, since each may give the other new work."""
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFKD", once.casefold())


def _with_second_letters(decomposed: str) -> str:
    """Return decomposed text with the letter that stands for a mark behind it: ü as ue, å as aa, ø as oe."""
    found: list[str] = []
    letter = ""
    for character in decomposed:
        if character == DIAERESIS:
            found.append(WITH_DIAERESIS.get(letter, ""))
        elif character == RING and letter == "a":
            found.append("a")
        elif not unicodedata.combining(character):
            letter = character
        found.append("oe" if character == "ø" else character)
    return "".join(found)


def _without_marks(decomposed: str) -> Iterator[str]:
    """Yield the characters that are no accents. Vowel signs of Indic scripts and voiced kana are letters, not accents."""
    for character in decomposed:
        if character == TATWEEL:
            continue
        if character in VOICED_MARKS or unicodedata.combining(character) in (0, VIRAMA):
            yield character


def _parted(letters: str) -> Iterator[str]:
    """Yield letters, digits in plain figures, and a blank for whatever stands between words."""
    for character in letters:
        if character in APOSTROPHES:
            continue
        if character.isascii():
            yield character if character.isalnum() or character in KEPT else " "
        elif (digit := unicodedata.decimal(character, None)) is not None:
            yield str(digit)
        elif unicodedata.category(character)[0] in "LMN" or unicodedata.category(character) == "So":
            yield character
        elif not is_invisible(character):
            yield " "
