"""What a SIM card is known by: its ICCID, and the IMSI on it."""

import re
import unicodedata

from ocsportal.values.characters import is_invisible, named
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal

SHORTEST_ICCID, LONGEST_ICCID = 18, 22
TELECOM = "89"
HEXADECIMAL = frozenset("0123456789ABCDEF")
DECIMAL = frozenset("0123456789")
PADDING = "F"
IMSI_LENGTHS = (14, 15)
# Countries whose networks have codes of three digits.
LONG_NETWORK_CODES = re.compile("302|31[0-6]|33[48]|34[2468]|35[2468]|36[056]|376|708|722|732|750")


def iccid(text: str, reading: Reading = STRICT) -> str:
    """Return an ICCID without blanks and padding, in capitals; raise Refusal for what is none."""
    noun = "an ICCID"
    value = _ungrouped(text, HEXADECIMAL, noun).rstrip(PADDING)
    if value.startswith("98"):
        raise Refusal(f"Not {noun}: begins with 98; its digits are swapped in pairs, as the card stores them.")
    if not value.startswith(TELECOM):
        raise Refusal(f"Not {noun}: doesn't begin with {TELECOM}.")
    if not SHORTEST_ICCID <= len(value) <= LONGEST_ICCID:
        raise Refusal(
            f"Not {noun}: has {len(value)} digits without padding; {SHORTEST_ICCID} to {LONGEST_ICCID} are possible."
        )
    if len(set(value[len(TELECOM) :])) == 1:
        raise Refusal(f"Not {noun}: the same digit throughout.")
    return value


def imsi(text: str, reading: Reading = STRICT) -> str:
    """Return an IMSI, digits only; raise Refusal for what is none."""
    noun = "an IMSI"
    value = _ungrouped(text, DECIMAL, noun)
    if len(value) not in IMSI_LENGTHS:
        raise Refusal(f"Not {noun}: has {len(value)} digits; 14 or 15 are possible.")
    return value


def shown_iccid(value: str) -> str:
    """Return an ICCID in groups of four."""
    return " ".join(value[start : start + 4] for start in range(0, len(value), 4))


def shown_imsi(value: str) -> str:
    """Return an IMSI as country, network and subscriber: `262 01 5550142001`."""
    network = 6 if LONG_NETWORK_CODES.fullmatch(value[:3]) else 5
    return f"{value[:3]} {value[3:network]} {value[network:]}"


def iccid_notice(text: str, value: str) -> str:
    """Return that the check digit of an ICCID doesn't fit; empty when it does, or when letters leave none."""
    if not value.isdigit() or (expected := check_digit(value[:-1])) == value[-1]:
        return ""
    return f"The check digit is {value[-1]} and should be {expected}."


def check_digit(digits: str) -> str:
    """Return the digit that ISO 7812 puts behind digits."""
    doubled = "0246813579"
    total = sum(int(doubled[int(d)] if place % 2 == 0 else d) for place, d in enumerate(reversed(digits)))
    return str(-total % 10)


def _ungrouped(text: str, allowed: frozenset[str], noun: str) -> str:
    """Return the digits without blanks, hyphens and invisible marks between them; refuse others by name and place."""
    if not text or text.isspace():
        raise Refusal("Must not be empty.")
    end = len(text.rstrip())
    digits = []
    for index in range(len(text) - len(text.lstrip()), end):
        character = text[index]
        if character.isascii() and character.upper() in allowed:
            digits.append(character.upper())
        elif unicodedata.category(character) not in {"Zs", "Pd"} and not is_invisible(character):
            raise Refusal(
                f"Not {noun}: {named(text, index)} is no {'digit' if allowed is DECIMAL else 'hexadecimal digit'}."
            )
    return "".join(digits)


ICCID = Kind("ICCID", "an ICCID", iccid, shown_iccid, notice=iccid_notice)
IMSI = Kind("IMSI", "an IMSI", imsi, shown_imsi)
