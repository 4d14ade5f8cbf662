"""Checks of single values that several operations share; each returns the value as it is kept, or refuses."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import Enum
from typing import Final

from ocsportal.transactions.errors import Fault, invalid, malformed, refuse
from ocsportal.values.characters import named
from ocsportal.values.reading import STRICT, Kind, Refusal
from ocsportal.values.texts import key_of_length, lines_of_length

MAX_ATTRIBUTES = 100
MAX_KEY = 60
MAX_VALUE = 1000
# How many known values a refusal tells.
MOST_KNOWN = 20

ATTRIBUTE_KEY, ATTRIBUTE_VALUE = key_of_length(MAX_KEY), lines_of_length(MAX_VALUE)


class Keep(Enum):
    """What an argument is that leaves a value as it stands, where None takes it away."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
INSTANT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2999
OUTSIDE = f"Is outside the years {EARLIEST_YEAR} to {LATEST_YEAR}."


def is_storable(text: str) -> bool:
    """Whether a database can keep the text: no NUL and no half of a surrogate pair."""
    return UNSTORABLE.search(text) is None


def few(known: Sequence[str]) -> str:
    """Return known values in words, the first ones where there are many."""
    return ", ".join(known[:MOST_KNOWN]) + (" …" if len(known) > MOST_KNOWN else "")


def nearest(value: str, known: Sequence[str]) -> list[str]:
    """Return as many known values as a refusal tells, those that are most like a value first."""
    like = {name.lower(): name for name in sorted(known, reverse=True)}
    # A long value is like none, and comparing takes as long as both are.
    found = get_close_matches(value[:MAX_KEY].lower(), sorted(like), MOST_KNOWN + 1, 0.0)
    return [like[name] for name in found]


def read_instant(data: object) -> datetime:
    """Return an ISO 8601 instant with an offset or Z in UTC; raise ValueError, in words, for anything else."""
    if not isinstance(data, str) or not INSTANT.match(data):
        raise ValueError("Must be ISO 8601 with an offset or Z, such as 2026-05-01T00:00:00+02:00.")
    try:
        moment = datetime.fromisoformat(data).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("Not a valid date and time.") from error
    if not has_known_year(moment):
        raise ValueError(OUTSIDE)
    return moment


def has_known_year(moment: datetime) -> bool:
    """Whether an instant lies within the years that are taken, as UTC tells them."""
    try:
        return EARLIEST_YEAR <= moment.astimezone(UTC).year <= LATEST_YEAR
    except OverflowError:
        return False


def unstorable(text: str) -> str:
    """Return the sentence about a text that is not storable, which names the first character that can't be, and its place."""
    place = next(place for place, character in enumerate(text) if not is_storable(character))
    return f"Contains {named(text, place)}, which can't be stored."


def text_fault(parameter: str, value: object, longest: int) -> Fault | None:
    """Return what is wrong with a text, None when nothing is."""
    if not isinstance(value, str):
        return malformed(parameter, "Must be a string.")
    if not is_storable(value):
        return malformed(parameter, unstorable(value))
    if not value.strip():
        return malformed(parameter, "Must not be empty.")
    if len(value) > longest:
        return malformed(parameter, f"Has {len(value)} characters; at most {longest} are allowed.")
    return None


def canonical_text(kind: Kind, parameter: str, value: object) -> str:
    """Return a value in its kind's canonical form; raise REQUEST-VALIDATION, in the kind's words, for anything else."""
    if not isinstance(value, str):
        raise refuse(malformed(parameter, "Must be a string."))
    try:
        return kind.canonical(value, STRICT)
    except Refusal as refusal:
        raise refuse(malformed(parameter, refusal.message)) from refusal


ONLY_MERGED = "Must be a string; null takes a key away only with merge."


def canonical_attributes(parameter: str, attributes: object) -> tuple[dict[str, str | None], list[Fault]]:
    """Return custom attributes as they are kept, and all that is wrong with the others (docs/identity.md, custom attributes).

    Keys are IDs, values texts of several lines, or None for one that is to be taken away.
    """
    if not isinstance(attributes, dict):
        return {}, [malformed(parameter, "Must be an object of strings.")]
    found: dict[str, str | None] = {}
    faults = []
    if len(attributes) > MAX_ATTRIBUTES:
        faults.append(malformed(parameter, f"Has {len(attributes)} keys; at most {MAX_ATTRIBUTES} are allowed."))
    for key, value in attributes.items():
        try:
            name = ATTRIBUTE_KEY.canonical(key, STRICT)
        except Refusal as refusal:
            faults.append(malformed(parameter, f"Key {key[:MAX_KEY]!r}: {refusal.message}"))
            continue
        try:
            kept = None if value is None else _attribute_value(value)
        except Refusal as refusal:
            faults.append(malformed(f"{parameter}.{key}", refusal.message))
            continue
        if name in found:
            faults.append(malformed(parameter, f"Key {name!r}: appears twice, spelled in two ways."))
        found[name] = kept
    return found, faults


def _attribute_value(value: object) -> str:
    if not isinstance(value, str):
        raise Refusal("Must be a string.")
    # A value may be empty, or blanks.
    return ATTRIBUTE_VALUE.canonical(value, STRICT) if value.strip() else value


def merged_attributes(
    before: dict[str, str], given: Mapping[str, str | None] | None, merge: bool, parameter: str = "customAttributes"
) -> dict[str, str]:
    """Return the attributes after an update: replaced by default, added to and overwritten with merge; null clears.

    With merge a key that is null is taken away; without, it is refused: who replaces all just leaves it out.
    """
    if given is None:
        return dict(before) if merge else {}
    found, faults = canonical_attributes(parameter, given)
    if not merge:
        faults += [malformed(f"{parameter}.{key}", ONLY_MERGED) for key, value in found.items() if value is None]
    changed = {**before, **found} if merge else found
    after = {key: value for key, value in changed.items() if value is not None}
    if len(after) > MAX_ATTRIBUTES >= len(given):
        faults.append(malformed(parameter, f"Has {len(after)} keys; at most {MAX_ATTRIBUTES} are allowed."))
    if faults:
        raise invalid(faults)
    return after
