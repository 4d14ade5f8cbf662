"""Characters that people can't see, or can't see the difference of: which they are, and how they are named."""

import re
import unicodedata
from collections.abc import Iterator

from ocsportal.values.reading import Reading, Refusal

# Format characters that show: signs that span Arabic, Syriac and Kaithi numbers.
SHOWN_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Of no format category, and yet nothing that shows: joiners, fillers, selectors of variants, the empty Braille cell.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
NONCHARACTER = re.compile("[\ufdd0-\ufdef]|[\ufffe\uffff]|[\U0001fffe\U0001ffff\U0010fffe\U0010ffff]")
PLAIN = re.compile("[ -~]*")
# What Unicode leaves without a name, and people have one for.
NAMES = {"\0": "null", "\t": "tab", "\n": "line feed", "\r": "carriage return", "\x1b": "escape", "\x7f": "delete"}


def is_invisible(character: str) -> bool:
    """Whether a character takes no place on a page: format characters, fillers, selectors of variants."""
    if unicodedata.category(character) == "Cf":
        return character not in SHOWN_FORMATS
    return UNSEEN.match(character) is not None


def is_control(character: str) -> bool:
    """Whether a character is a control, a line or paragraph separator, half of a pair, or no character at all."""
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or NONCHARACTER.match(character) is not None


def is_plain(text: str) -> bool:
    """Whether a text has only printable ASCII, as nearly all have: then most questions need not be asked."""
    return PLAIN.fullmatch(text) is not None


def named(text: str, index: int) -> str:
    """Return a character and its place, counted from 1: `“x” at 4`, `U+200B at 4 (zero width space)`."""
    character = text[index]
    if not is_invisible(character) and not is_control(character) and not character.isspace():
        return f"“{character}” at {index + 1}"
    unnamed = "control" if is_control(character) else "invisible"
    name = NAMES.get(character) or str(unicodedata.name(character, unnamed))
    return f"U+{ord(character):04X} at {index + 1} ({name.lower()})"


def first_unseen(text: str) -> int | None:
    """Return where the first control or invisible character stands, None when there is none."""
    if is_plain(text):
        return None
    found = (index for index, character in enumerate(text) if is_invisible(character) or is_control(character))
    return next(found, None)


def outer_blanks(text: str) -> Iterator[int]:
    """Yield where blanks and line ends stand at the beginning and the end of a text."""
    bare = text.strip()
    start = len(text) - len(text.lstrip())
    yield from range(start)
    yield from range(start + len(bare), len(text))


def bare(text: str, noun: str, reading: Reading) -> str:
    """Return a text without what surrounds it when lenient; refuse it for that when strict. Refuse an empty one."""
    if not text or text.isspace():
        raise Refusal("Must not be empty.")
    if reading.lenient:
        return text.strip()
    for index in outer_blanks(text):
        raise Refusal(f"Not {noun}: {named(text, index)} must be left out.")
    return text


def without_invisible(text: str) -> str:
    """Return a text without its invisible characters."""
    return text if is_plain(text) else "".join(character for character in text if not is_invisible(character))


def length_refusal(text: str, longest: int) -> Refusal | None:
    """Return what to say of a text that is too long, and by how much; None when it isn't."""
    if len(text) <= longest:
        return None
    return Refusal(f"Has {len(text)} characters, {len(text) - longest} too many; at most {longest} are allowed.")
