"""Look for a part of a name, in a way that an index answers however short the part is."""

import unicodedata

from django.db.models import Q

# Three letters are the least that an index of letter triples can look up anywhere in a name.
SHORTEST_PART = 3


def name_part(column: str, term: str) -> Q:
    """Return the condition that a name contains a term, capitals or not; a shorter one has to begin a word of it."""
    # Names are kept composed, whatever a Mac sends.
    term = unicodedata.normalize("NFC", term)
    if len(term) >= SHORTEST_PART:
        return Q(**{f"{column}__icontains": term})
    return Q(**{f"{column}__istartswith": term}) | Q(**{f"{column}__icontains": f" {term}"})
