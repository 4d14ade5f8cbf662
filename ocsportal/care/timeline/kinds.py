"""What an operation is about, by its name: the chips of the timeline."""

import re

# The first that fits counts. What fits none is about who somebody is: names, contact, segments, attributes, notes.
KINDS = (
    ("plans", "Plans", re.compile(r"Planned|^(Confirm|Cancel|Perform)|BillCycle")),
    ("state", "State", re.compile(r"State$")),
    ("numbers", "Numbers", re.compile(r"Resource")),
    ("money", "Money", re.compile(r"Balance|Subscription|Offer|Fee|Discount|TaxExemption")),
)
WHO = ("who", "Who")
CHIPS = (*((kind, words) for kind, words, _ in KINDS), WHO)


def kind_of(operation: str) -> str:
    """Return under which chip an operation is found."""
    return next((kind for kind, _, fits in KINDS if fits.search(operation)), WHO[0])
