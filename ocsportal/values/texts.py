"""IDs, codes, names and other texts: kept in NFC; what nobody can see is refused, or left out with a word about it."""

import re
import unicodedata
from functools import lru_cache, partial

from ocsportal.values.characters import (
    bare,
    first_unseen,
    is_control,
    is_invisible,
    is_plain,
    length_refusal,
    named,
    outer_blanks,
)
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal
from ocsportal.values.scripts import unneeded

LONGEST_ID, LONGEST_CODE, LONGEST_NAME = 255, 60, 255
CODE = re.compile("[A-Za-z0-9._-]")
LINE_BLANKS = re.compile("[\t\r\n\v\f\x85\u2028\u2029]+")
LINE_END = re.compile("\r\n?|\x85|\u2028|\u2029")
ORDINARY = re.compile("[!-~](?:[ -~]*[!-~])?")
IN_LINES = "\t\n"
# Accents that join their letters, and characters that nobody sees, make no text so many times as long.
HUGE = 10


def _is_ordinary(text: str, longest: int) -> bool:
    """Whether a text is printable ASCII without blanks around it, as nearly all are: it stays as it is."""
    return len(text) <= longest and ORDINARY.fullmatch(text) is not None


def identifier(text: str, reading: Reading = STRICT, longest: int = LONGEST_ID) -> str:
    """Return an ID in NFC; raise Refusal for outer blanks, controls and characters that nobody sees."""
    if _is_ordinary(text, longest):
        return text
    _refuse_huge(text, longest)
    if reading.lenient:
        text = "".join(character for character in text if not is_invisible(character))
    text = bare(text, "an ID", reading)
    if (place := first_unseen(text)) is not None:
        raise Refusal(f"Not an ID: {named(text, place)} must be left out.")
    return _within(unicodedata.normalize("NFC", text), longest)


def code(text: str, reading: Reading = STRICT, longest: int = LONGEST_CODE) -> str:
    """Return a code of configuration; raise Refusal for other characters than A-Z, a-z, 0-9, `.`, `_` and `-`."""
    text = bare(text, "a code", reading)
    for index, character in enumerate(text):
        if not CODE.match(character):
            raise Refusal(f"Not a code: {named(text, index)}; letters A to Z, digits, “.”, “_” and “-” are allowed.")
    return _within(text, longest)


def name(text: str, reading: Reading = STRICT, longest: int = LONGEST_NAME) -> str:
    """Return a text of one line in NFC, in any script; raise Refusal for controls and what turns the direction."""
    if reading.lenient:
        text = LINE_BLANKS.sub(" ", text.strip())
    return _text(text, reading, longest, "")


def lines(text: str, reading: Reading = STRICT, longest: int = LONGEST_NAME) -> str:
    """Return a text of several lines in NFC, each ended by a line feed; else as a text of one line."""
    return _text(LINE_END.sub("\n", text), reading, longest, IN_LINES)


def _text(text: str, reading: Reading, longest: int, controls: str) -> str:
    if _is_ordinary(text, longest):
        return text
    _refuse_huge(text, longest)
    if not is_plain(text):
        odd = unneeded(text)
        if odd and not reading.lenient:
            raise Refusal(f"Contains {named(text, odd[0])}, which nobody sees.")
        hidden = set(odd)
        text = "".join(character for index, character in enumerate(text) if index not in hidden)
        for index, character in enumerate(text):
            if is_control(character) and character not in controls:
                raise Refusal(f"Contains {named(text, index)}.")
    if reading.lenient:
        text = text.strip()
    if not text or not any(unicodedata.category(character)[0] in "LNPS" for character in text):
        raise Refusal("Must not be empty." if not text or text.isspace() else "Has nothing that can be seen.")
    return _within(unicodedata.normalize("NFC", text), longest)


def _refuse_huge(text: str, longest: int) -> None:
    """Raise Refusal for a text that would be too long whatever is left out of it, before any character is looked at."""
    if len(text) > HUGE * longest:
        _within(text, longest)


def _within(text: str, longest: int) -> str:
    if refusal := length_refusal(text, longest):
        raise refusal
    return text


def left_out(text: str, canonical: str) -> str:
    """Return what was left out of a text, in words; empty when nothing was, or nothing but blanks at its ends."""
    unseen = [index for index, character in enumerate(text) if is_invisible(character) and character not in canonical]
    words = [named(text, index) for index in unseen]
    if LINE_BLANKS.search(text.strip()) and not LINE_BLANKS.search(canonical):
        words.append("tabs and line ends")
    if any(True for _ in outer_blanks(text)):
        words.append("blanks at the ends")
    return f"Left out: {', '.join(words)}." if words else ""


# Without this each text of a request would make a kind of its own before it is read, and operations read it once more.
@lru_cache(maxsize=64)
def name_of_length(longest: int) -> Kind:
    """Return the kind of texts of one line up to a length: names, towns, postal codes, tax numbers."""
    return Kind("NAME", "a text", partial(name, longest=longest), notice=left_out)


# As above; lengths come from declarations, never from a request, so there are a handful.
@lru_cache(maxsize=64)
def key_of_length(longest: int) -> Kind:
    """Return the kind of IDs up to a length, such as the keys of attributes."""
    return Kind("ID", "an ID", partial(identifier, longest=longest), notice=left_out)


# As above.
@lru_cache(maxsize=64)
def lines_of_length(longest: int) -> Kind:
    """Return the kind of texts of several lines up to a length, such as notes."""
    return Kind("LINES", "a text", partial(lines, longest=longest), notice=left_out)


ID = key_of_length(LONGEST_ID)
CONFIGURATION_CODE = Kind("CODE", "a code", code, notice=left_out)
NAME = name_of_length(LONGEST_NAME)
CITY = name_of_length(100)
POSTAL_CODE = name_of_length(20)
TAX_NUMBER = name_of_length(60)
# A resource of no other kind: a user name, a port; its resource type may have a pattern besides.
TEXT = Kind("TEXT", "a value", identifier, notice=left_out)
