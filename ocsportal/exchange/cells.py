"""What a cell of a spreadsheet says: as it was written, as a spreadsheet ruined it, and how it is kept from that.

A formula is a value that nobody has seen, and a number in the exponential form is an ID that is lost. Both are refused. A text that
only looks like one of them stands behind an apostrophe, which a spreadsheet takes for text, and which is left out here.
"""

import re

# 447712345678 comes back from a spreadsheet as 4.47712E+11; it always writes the sign.
EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]\d+")
# 44477 comes back as 44477,0 from one that took it for a fraction.
WHOLE_AS_FRACTION = re.compile(r"\d+[.,]0+")
ERRORS = frozenset({"#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"})
APOSTROPHE = "'"
# What a spreadsheet takes for the beginning of a formula, and the apostrophe itself.
ACTIVE = frozenset("=+-@\t\r'")


def ruined(text: str, *, number: bool) -> str:
    """Return what a spreadsheet did to a text and how to mend it, empty when nothing; `number` where digits stand for a name."""
    if text[0] == "=":
        return "Is a formula; put its value in its place, or an apostrophe before it where it is meant as text."
    if text in ERRORS:
        return "Is the error of a formula; put the value in its place."
    if EXPONENT.fullmatch(text):
        return (
            "A spreadsheet made an exponential number of it, and the last digits are lost; take the value from its source, "
            "and make the column a text column before you paste it."
        )
    if number and WHOLE_AS_FRACTION.fullmatch(text):
        return f"A spreadsheet made a fraction of it; write {re.split('[.,]', text)[0]}, in a column of text."
    return ""


def is_guarded(text: str) -> bool:
    """Whether a text must stand behind an apostrophe, to be taken neither for a formula nor for a ruined number."""
    return (
        text[0] in ACTIVE
        or text in ERRORS
        or EXPONENT.fullmatch(text) is not None
        or WHOLE_AS_FRACTION.fullmatch(text) is not None
    )


def guard(text: str) -> str:
    """Return a text as a cell of a file; an apostrophe alone stands for a text that is there and empty."""
    return APOSTROPHE + text if not text or is_guarded(text) else text


def bare(cell: str) -> str | None:
    """Return the text of a cell that stands behind an apostrophe, None for one that is as it looks."""
    if cell[0] != APOSTROPHE:
        return None
    text = cell[1:]
    return text if not text or is_guarded(text) else None
