"""The floor's search: one statement by letter triples, with the rows that it shows. It ranks nothing and counts nothing."""

from tests.bench.rivals.floor import base
from tests.bench.shapes import SEARCHES
from tests.bench.stopwatch import measured

FIND = """
SELECT id, custom_name, contact_city, contact_email, external_id, state FROM customers_customer
WHERE search_text LIKE ALL (%s) LIMIT 21
"""


def search(number: int) -> float:
    """Search so often, each term in turn; return the seconds."""
    database = base.connection()
    for term in SEARCHES:
        _find(database, term)
    with measured() as taken:
        for turn in range(number):
            _find(database, SEARCHES[turn % len(SEARCHES)])
    return taken.seconds


def _find(database: object, term: str) -> list[object]:
    parts = [f"%{word}%" for word in term.lower().split()]
    found: list[object] = database.execute(FIND, [parts]).fetchall()  # type: ignore[attr-defined]
    return found
