"""The text that an entity is searched by, and what a query asks of it.

The text is words between blanks, each as it is folded; a word with an umlaut stands there twice, as `muller` and as
`mueller`. A term of a query is found where one of its spellings is a part of the text, so `LIKE '%term%'` on a column with
trigrams is all that a database needs. A blank before a spelling asks for the beginning of a word, blanks on both sides for
the whole word.
"""

from collections.abc import Iterable

from ocsportal.values.folding import folded, spelled_out

EDGES = "._@"
MOST_TERMS = 8


def search_text(*texts: str | None) -> str:
    """Return the words by which an entity with these texts is found, each once, between blanks; empty without words."""
    words: dict[str, None] = {}
    for text in texts:
        for spelling in _spellings(text or ""):
            words.update(dict.fromkeys(spelling.split()))
    return f" {' '.join(words)} " if words else ""


def search_terms(query: str) -> list[tuple[str, ...]]:
    """Return the terms of a query, the longest first: of each the spellings, of which one has to be found."""
    plain, full = (text.split() for text in (folded(query), spelled_out(query)))
    terms: dict[tuple[str, ...], None] = {}
    for pair in zip(plain, full, strict=True):
        # A full stop at the end of an abbreviation, or an @ that is typed already, shouldn't hide anything.
        spellings = tuple(dict.fromkeys(bare for word in pair if (bare := word.strip(EDGES))))
        if spellings:
            terms[spellings] = None
    return sorted(terms, key=lambda spellings: -len(spellings[0]))[:MOST_TERMS]


def matches(stored: str, terms: Iterable[tuple[str, ...]]) -> bool:
    """Whether a search text has all the terms: what a database is asked, said in Python."""
    return all(any(spelling in stored for spelling in spellings) for spellings in terms)


def _spellings(text: str) -> tuple[str, ...]:
    plain = folded(text)
    if text.isascii():
        return (plain,)
    full = spelled_out(text)
    return (plain,) if full == plain else (plain, full)
