"""Names that are spelled nearly as a query: for typing errors, when nothing else was found. PostgreSQL only."""

import re
from collections.abc import Sequence

from django.db import connection

from ocsportal.entities.search.ranking import Found, Place, Rank
from ocsportal.values.searching import Asked

# Which part of a word's letter triples has to be alike; two exchanged letters of seven leave half of them.
ALIKE = 0.5
# A word that is shorter has too few triples to tell an error from another word.
SHORTEST = 4
# What no name has, and IDs, numbers and addresses have.
OF_NO_NAME = re.compile(r"[\d@._]")
# How many are compared; what is alike is common or rare, and nobody reads on.
MOST_COMPARED = 200


def alike(tables: Sequence[str], query: Asked, most: int) -> list[list[Found]]:
    """Return for each table the rows with the names that are most alike, in one statement; nothing on other engines."""
    words = [term[0] for term in query.terms if len(term[0]) >= SHORTEST]
    # Numbers, IDs and addresses are alike by the hundred thousand, and mean no other one.
    if any(OF_NO_NAME.search(term[0]) for term in query.terms):
        return [[] for _ in tables]
    if connection.vendor != "postgresql" or not words or not tables or not all(map(str.isalpha, words)):
        return [[] for _ in tables]
    # The threshold is set for the time of the statement, before the index is asked.
    begin = (
        "WITH typed AS MATERIALIZED (SELECT "
        f"set_config('pg_trgm.word_similarity_threshold', '{ALIKE}', true) AS strict, string_to_array(%s, ' ') AS words)"
    )
    parts = [_part(place, table, words, most) for place, table in enumerate(tables)]
    values = [" ".join(words)] * (1 + len(tables))
    found: list[list[Found]] = [[] for _ in tables]
    with connection.cursor() as cursor:
        cursor.execute(f"{begin} {' UNION ALL '.join(parts)}", values)
        for place, key in cursor.fetchall():
            found[place].append(Found(key, Rank.ALIKE, Place(0, key)))
    return found


def _part(place: int, table: str, words: Sequence[str], most: int) -> str:
    conditions = " AND ".join(f"typed.words[{number}] <%% search_text" for number in range(1, len(words) + 1))
    compared = (
        f"SELECT id, search_text FROM {table} WHERE typed.strict IS NOT NULL AND {conditions} LIMIT {MOST_COMPARED}"
    )
    return (
        f"(SELECT {place}, c.id FROM typed CROSS JOIN LATERAL ({compared}) c "
        f"ORDER BY word_similarity(%s, c.search_text) DESC, c.id DESC LIMIT {most})"
    )
