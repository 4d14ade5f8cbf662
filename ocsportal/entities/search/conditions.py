"""Conditions for lists: a text is a part of a name, or of whatever an entity is searched by, however it is written."""

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, Q, TextField
from django.db.models.sql.compiler import SQLCompiler

from ocsportal.values.searching import CUSTOM, LEGAL, asked, part

NOBODY = Q(pk__in=[])


@TextField.register_lookup
class Like(Lookup):
    """A text fits a pattern of LIKE, which is given as it is."""

    lookup_name = "like"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Return the condition."""
        left, parameters = self.process_lhs(compiler, connection)
        right, given = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right} ESCAPE '\\'", (*parameters, *given)


def escaped(text: str) -> str:
    """Return a text for a pattern of LIKE that stands for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def in_custom_name(text: str) -> Q:
    """Return the condition that the name by which the operator knows an entity has all words of a text, or parts of them.

    Of a text of signs alone, which no search text keeps, the name has to begin with it as it stands.
    """
    if text.strip() and not asked(text):
        return Q(custom_name__startswith=text.strip())
    return _all(text, lambda spelling: Q(search_text__like=f"%{spelling}%{CUSTOM}%"))


def in_legal_name(text: str) -> Q:
    """Return the condition that the legal name has all words of a text, or parts of them."""

    def within(spelling: str) -> Q:
        behind = Q(search_text__like=f"%{CUSTOM}%{spelling}%{LEGAL}%")
        return Q(search_text__like=f"%{spelling}%{LEGAL}%") & (~Q(search_text__like=f"%{CUSTOM}%") | behind)

    return _all(text, within)


def anywhere(text: str) -> Q:
    """Return the condition that whatever an entity is searched by has all words of a text, or parts of them."""
    return _all(text, lambda spelling: Q(search_text__like=f"%{spelling}%"))


def _all(text: str, within: Callable[[str], Q]) -> Q:
    """Return the condition that each term, in one of its spellings, is where it should be; a text without words finds nothing."""
    query = asked(text)
    if not query:
        return NOBODY
    found = (reduce(operator.or_, (within(escaped(part(one))) for one in spellings)) for spellings in query.terms)
    wanted = reduce(operator.and_, found)
    if len(query.terms) > 1 and any(part(one) != one for spellings in query.terms for one in spellings):
        # What begins no word when it stands alone may do so as a part of the whole: `00 g` of `100 gr`.
        wanted |= reduce(operator.or_, (within(escaped(phrase)) for phrase in query.phrases))
    return wanted
