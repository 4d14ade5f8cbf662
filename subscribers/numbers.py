"""How people write and read the values of resources: in groups, with a plus sign or two zeros before a phone number.

The network knows plain digits. What is typed is brought into that form, and what is shown is grouped as it is read out.
"""

import re

PHONE, SIM, SUBSCRIBER_IDENTITY = "MSISDN", "ICCID", "IMSI"
# Whose numbers are dialled with one zero in front instead of the country code.
HOME_COUNTRY = "49"
GROUPING = str.maketrans("", "", " \u00a0\u202f-–/().+")


def digits_of(typed: str) -> str:
    """Return the digits of what looks like a grouped number; empty for anything else."""
    plain = typed.translate(GROUPING)
    return plain if plain.isascii() and plain.isdigit() else ""


def international(typed: str) -> str:
    """Return the digits of a number without the zeros in front; empty for what is no number."""
    return digits_of(typed).lstrip("0")


def beginnings(typed: str) -> set[str]:
    """Return how a phone number may begin that was typed so: as it stands, and a national one with the country code."""
    digits = digits_of(typed)
    national = digits.startswith("0") and not digits.startswith("00")
    return {international(typed) or typed, *([HOME_COUNTRY + digits[1:]] if national else [])}


def understood(pattern: str, typed: str) -> str:
    """Return what a person means by a value: as it was typed where that fits the pattern, else without the grouping."""
    typed = typed.strip()
    if fits(pattern, typed):
        return typed
    plain = typed.translate(GROUPING)
    found = (value for value in (plain, plain.removeprefix("00")) if value and pattern and fits(pattern, value))
    return next(found, typed)


def fits(pattern: str, value: str) -> bool:
    """Whether a value matches a pattern as a whole; an empty pattern takes anything. Digits are 0 to 9 only."""
    return not pattern or re.fullmatch(pattern, value, re.ASCII) is not None


def shown(code: str, value: str) -> str:
    """Return a value as it is read out: `+49 170 555 0142`, `262 01 5550142001`."""
    if not value.isascii() or not value.isdigit():
        return value
    if code == PHONE and len(value) >= 7:
        return "+" + " ".join([value[:2], *_groups(value[2:], 3)])
    if code == SUBSCRIBER_IDENTITY:
        return " ".join([value[:3], value[3:5], value[5:]])
    return " ".join(_groups(value, 4)) if code == SIM else value


def _groups(digits: str, size: int) -> list[str]:
    """Return digits in groups of a size; one digit alone at the end goes with the group before it."""
    groups = [digits[start : start + size] for start in range(0, len(digits), size)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups
