"""The text that an entity is searched by, and what a query asks of it.

The text is words between blanks, each as it is folded; a word with an umlaut stands there twice, as `muller` and as
`mueller`. Names come first, each in its own order and with a mark at its end: ` anna muller + mueller ! brandt gmbh # koln koeln `
is a customer that is called Anna Müller, is Brandt GmbH by law, and lives in Köln. So the beginning of the text is the
beginning of the name, what stands before a mark belongs to that name, and `LIKE '%term%'` on a column with trigrams is all
else that a database needs.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ocsportal.values.folding import folded, spelled_out

EDGES = "._@"
MOST_TERMS = 8
# Three letters are the least that an index of letter triples can look up anywhere; fewer have to begin a word.
SHORTEST_PART = 3
# So has what comes to no triple but that of a single letter at the beginning of a word, as nearly each row has one: `s.a`.
LOOKED_UP = re.compile("[^@._]{3}|[^@._]{2}[@._]|[@._][^@._]{2}|[@._][^@._][@._]")
# Behind a name as the operator knows it, behind a legal name, before other spellings of a name. No folded text has them, and
# all sort before letters and digits: among texts with one beginning, the shortest name comes first.
CUSTOM, LEGAL, ALSO = "!", "#", "+"
# What is searched of one text, and of all texts of an entity beside its names.
LONGEST_TEXT, MOST_OF_ALL = 255, 4000
# Scripts without blanks between words, in which a part begins anywhere.
UNPARTED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


def search_text(*texts: str | None) -> str:
    """Return the words by which an entity with these texts is found, each once, between blanks; empty without words."""
    found: dict[str, None] = {}
    plain = [text for text in texts if text and text.isascii()]
    if plain:
        # Nearly all are, and are folded together.
        found.update(dict.fromkeys(_words(folded("\n".join(plain)))))
    for text in texts:
        if text and not text.isascii():
            words = _words(folded(text))
            found.update(dict.fromkeys([*words, *_further(text, words)]))
    return f" {' '.join(found)} " if found else ""


def stored_text(custom: str, legal: str, others: Iterable[str]) -> str | None:
    """Return the text that an entity with these names and other texts is searched by; None when there is no word in any."""
    rest = search_text(*[text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] for text in others])
    if len(rest) > MOST_OF_ALL:
        rest = rest[: rest.rindex(" ", 0, MOST_OF_ALL) + 1]
    return f"{_named(custom, CUSTOM)}{_named(legal, LEGAL)}{rest}" or None


def _named(name: str, mark: str) -> str:
    """Return a name in its own order, its other spellings behind it, and the mark of its end; empty without words."""
    words = _words(folded(name)) if name else []
    if not words:
        return ""
    also = [] if name.isascii() else [word for word in dict.fromkeys(_further(name, words)) if word not in words]
    return f" {' '.join(words)} {f'{ALSO} {chr(32).join(also)} ' if also else ''}{mark}"


def _words(folded_text: str) -> list[str]:
    # A full stop at the end of an abbreviation, or an @ that is typed already, shouldn't hide anything.
    return [bare for word in folded_text.split() if (bare := word.strip(EDGES))]


def _further(text: str, words: Sequence[str]) -> Iterator[str]:
    """Yield what else a text is found by: umlauts as two letters, and what begins within words that no blank parts."""
    spelled = _words(spelled_out(text))
    yield from spelled
    for word in dict.fromkeys([*words, *spelled]):
        if UNPARTED.search(word):
            yield from filter(None, (word[place:].strip(EDGES) for place in _places(word)))


def _places(word: str) -> Iterator[int]:
    return (place for place in range(1, len(word)) if UNPARTED.match(word, place))


@dataclass(frozen=True)
class Asked:
    """What a query asks: its words as they stand, in each of their spellings, and its terms, the longest first."""

    phrases: tuple[str, ...]
    terms: tuple[tuple[str, ...], ...]

    def __bool__(self) -> bool:
        return bool(self.terms)


def asked(query: str) -> Asked:
    """Return what a query asks of a text; false when it has no word."""
    phrases = (" ".join(_words(text)) for text in (folded(query), spelled_out(query)))
    return Asked(tuple(dict.fromkeys(phrase for phrase in phrases if phrase)), tuple(search_terms(query)))


def search_terms(query: str) -> list[tuple[str, ...]]:
    """Return the terms of a query, the longest first: of each the spellings, of which one has to be found."""
    plain, full = (text.split() for text in (folded(query), spelled_out(query)))
    terms: dict[tuple[str, ...], None] = {}
    for pair in zip(plain, full, strict=True):
        spellings = tuple(dict.fromkeys(bare for word in pair if (bare := word.strip(EDGES))))
        if spellings:
            terms[spellings] = None
    return sorted(terms, key=lambda spellings: -len(spellings[0]))[:MOST_TERMS]


def part(spelling: str) -> str:
    """Return what a text contains that has a term in it: the spelling itself, or a word that begins with a short one."""
    return spelling if LOOKED_UP.search(spelling) else f" {spelling}"


def word(spelling: str) -> str:
    """Return what a text contains that has a term as a word of its own."""
    return f" {spelling} "


def matches(stored: str, terms: Sequence[tuple[str, ...]]) -> bool:
    """Whether a search text has all the terms: what a database is asked, said in Python."""
    return all(any(part(spelling) in stored for spelling in spellings) for spellings in terms)
