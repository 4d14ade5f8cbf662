"""Which invisible characters a text needs: joiners of scripts and emoji, marks of direction beside right-to-left text."""

import unicodedata

from ocsportal.values.characters import is_invisible

ZERO_WIDTH_SPACE, NON_JOINER, JOINER = "\u200b", "\u200c", "\u200d"
DIRECTION_MARKS = frozenset("\u200e\u200f\u061c")
# Hebrew to Myanmar, Khmer to Mongolian, Limbu to Vedic, Indic and neighbours, Arabic forms, and those beyond 16 bits.
JOINING = (
    (0x0590, 0x109F), (0x1780, 0x18AF), (0x1900, 0x1CFF), (0xA800, 0xABFF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFE),
    (0x10800, 0x11FFF), (0x1E800, 0x1EEFF),
)  # fmt: skip
MONGOLIAN = (0x1800, 0x18AF)
FLAG, TAGS = "\U0001f3f4", (0xE0020, 0xE007F)
SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))


def unneeded(text: str) -> list[int]:
    """Return where invisible characters stand that no script and no emoji needs."""
    has_right_to_left = any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text)
    found = []
    before = ""
    for index, character in enumerate(text):
        if is_invisible(character) and not _is_needed(character, before, has_right_to_left):
            found.append(index)
        else:
            before = character
    return found


def _is_needed(character: str, before: str, has_right_to_left: bool) -> bool:
    if character in DIRECTION_MARKS:
        return has_right_to_left
    if not before:
        return False
    joins = _is_in(before, *JOINING) and unicodedata.category(before)[0] in "LM"
    if character in {ZERO_WIDTH_SPACE, NON_JOINER}:
        return joins
    if character == JOINER:
        return joins or _is_emoji(before)
    if _is_in(character, MONGOLIAN):
        return _is_in(before, MONGOLIAN)
    if _is_in(character, TAGS):
        return before == FLAG or _is_in(before, TAGS)
    return _is_in(character, *SELECTORS) and unicodedata.category(before)[0] in "LNPS" and not is_invisible(before)


def _is_emoji(character: str) -> bool:
    """Whether a character is a picture, or what changes one: a selector, a tone of skin, a tag."""
    return unicodedata.category(character) in {"So", "Sk"} or _is_in(character, *SELECTORS, TAGS)


def _is_in(character: str, *ranges: tuple[int, int]) -> bool:
    return any(start <= ord(character) <= end for start, end in ranges)
