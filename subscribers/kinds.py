"""What the value of a resource is, by the kind that its type says (docs/values.md)."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ocsportal.values.addresses import beginning
from ocsportal.values.kinds import resource_kind
from ocsportal.values.phones import beginnings as phone_beginnings
from ocsportal.values.phones import digits_of
from ocsportal.values.reading import STRICT, Reading, Refusal

if TYPE_CHECKING:
    from subscribers.models import ResourceType

# From how many digits on a zero in front is taken for a prefix, and not for one of the last digits.
SHORTEST_NUMBER = 7
# Nothing but digits and what people put between them; points may be those of an address.
ADDRESS = re.compile(r"\[?[0-9a-f]*:[0-9a-f:]*|(?:(?:25[0-5]|2[0-4]\d|1?[1-9]?\d)\.){1,3}\d{0,3}", re.IGNORECASE)
GROUPED = re.compile(r"[\d\s()/+–-]+")


def canonical(kind: "ResourceType", text: str, reading: Reading = STRICT) -> str:
    """Return the value that a text means for a resource type, as it is kept; raise Refusal, in words, for any other."""
    value = resource_kind(kind.kind).canonical(text, reading)
    if not fits(kind.pattern, value):
        raise Refusal(f"Is no {kind.name}. {kind.description or f'It must match {kind.pattern}.'}")
    return value


def meant(kind: "ResourceType", text: str) -> set[str]:
    """Return which values of a type a program may mean that names one: the canonical form, or one from before it had a kind."""
    value = resource_kind(kind.kind).canonical_or_none(text, STRICT)
    return {text, value} if value is not None else {text}


def fits(pattern: str, value: str) -> bool:
    """Whether a value matches a pattern as a whole; an empty pattern takes anything. Digits are 0 to 9 only."""
    return not pattern or re.fullmatch(pattern, value, re.ASCII) is not None


# Without this a page of numbers would be read out anew with each request, which for phone numbers takes longer than the
# page. It depends on nothing but kind and value, so nothing has to be forgotten.
@lru_cache(maxsize=10_000)
def _shown(kind: str, value: str) -> str:
    return resource_kind(kind).shown_or_same(value)


def shown(kind: "ResourceType", value: str) -> str:
    """Return a value as it is read out: `+49 170 5550142`, `262 01 5550142001`."""
    return _shown(kind.kind, value)


def beginnings(typed: str, reading: Reading) -> set[str]:
    """Return with which characters values begin that somebody began to type so."""
    return {*(phone_beginnings(typed, reading) or (typed, typed.lower())), beginning(typed)} - {""}


def parts(typed: str) -> set[str]:
    """Return what may stand somewhere in values that somebody means by this: digits, however grouped, or any other characters.

    A national number stands there without the zeros in front of it.
    """
    # The points of an address are not there to group digits.
    digits = "" if ADDRESS.fullmatch(typed) else digits_of(typed)
    bare = digits.lstrip("0")
    if len(bare) >= SHORTEST_NUMBER:
        digits = bare
    if digits and GROUPED.fullmatch(typed):
        return {digits}
    return {digits, typed, typed.lower()} - {""}
