"""A search of 100,000 rows of everything looks at no whole table, in at most eight statements, whatever is searched.

What PostgreSQL really did is read from EXPLAIN ANALYZE of each statement that the search sent.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ocsportal.care import search
from ocsportal.care.search.lately import lately
from ocsportal.entities.search.ranking import Place
from ocsportal.people.models import User
from subscribers.models import ResourceType
from tests import runtime
from tests.bench import populace
from tests.bench.search_at_scale import KINDS, drawn
from tests.client import RestClient
from tests.filled import FILLED, fill
from tests.test_lists_grow import emptied, rarest
from tests.world import world

pytestmark = [pytest.mark.postgres, pytest.mark.once]
__all__ = ["emptied"]

ROWS = 100_000
MOST_STATEMENTS = 8
# Rows that a statement may look at: the newest of each level, and what an index leads to.
MOST_ROWS = 40_000
# Rows that any search of people as the demo has them may look at: the newest ones, and some thousands to be put into order.
MOST_OF_PEOPLE = 16_000
TABLES = {model._meta.db_table for model in FILLED}

# What is searched, and whether it is there.
SEARCHED: dict[str, tuple[str, bool]] = {
    "ID": (rarest("C", 500), True),
    "external ID": (rarest("A-", 500), True),
    "number": (rarest("49", 500), True),
    "five digits in the middle": ("00050", True),
    "request": (rarest("filled-", 500), True),
    "rare name": ("Zarathustra", True),
    "rare name, surname first": ("xylander zarathustra", True),
    "part of a rare name": ("rathustr", True),
    "frequent name": ("name", True),
    "frequent word": ("tied", True),
    "frequent and rare": ("name zarathustra", False),
    "legal name": ("legal 0000000000500", True),
    "e-mail": ("mail@0000000000500", True),
    "part of an e-mail": ("ail@00000000005", True),
    "attribute": ("gold", True),
    "frequent attribute": ("tin", True),
    "one letter": ("n", True),
    "one letter within": ("t", True),
    "one digit": ("4", True),
    "one letter of none": ("q", False),
    "two letters": ("na", True),
    "nobody": ("nobody at all", False),
    "no number": ("998877665544", False),
    "typing error": ("Zaratustra", True),
    "offer": ("unlimitedVoice", True),
    "emoji": ("🍀", False),
    "signs": ("...", False),
    "an emoji and a word": ("🍀 zarathustra", True),
    "no e-mail": ("nobody777@0000000000500", False),
}


REMOVED = ("Filter", "Index Recheck")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def explained(sql: str) -> list[dict[str, Any]]:
    """Return what a statement did, step by step, without what was never begun."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        found = cursor.fetchone()[0]
    [plan] = json.loads(found) if isinstance(found, str) else found
    return [node for node in nodes(plan["Plan"]) if node["Actual Loops"] > 0]


def faults(name: str, statements: list[str], most: int = MOST_ROWS, tables: Iterable[str] = TABLES) -> list[str]:
    wrong = [f"{name}: {len(statements)} statements"] if len(statements) > MOST_STATEMENTS else []
    for sql in statements:
        done = explained(sql)
        wrong += [
            f"{name}: {node['Node Type']} of {node['Relation Name']}"
            for node in done
            if node.get("Relation Name") in tables and node["Node Type"] == "Seq Scan"
        ]
        looked_at = sum(
            node["Actual Loops"] * (node["Actual Rows"] + sum(node.get(f"Rows Removed by {how}", 0) for how in REMOVED))
            for node in done
            if node.get("Relation Name") in TABLES
        )
        if looked_at > most:
            wrong.append(f"{name}: {looked_at} rows")
    return wrong


def asked(ask: Any) -> tuple[Any, list[str]]:
    with CaptureQueriesContext(connection) as captured:
        found = ask()
    return found, [query["sql"] for query in captured]


@pytest.mark.usefixtures("emptied")
def test_no_search_looks_at_a_whole_table(api: RestClient, auditor: User, back_office: User) -> None:
    fill(api, 1, ROWS)
    wrong = []
    for user in (back_office, auditor):
        for term, _ in SEARCHED.values():
            search.find(user, term)  # what is kept from one request to the next
        for name, (term, there) in SEARCHED.items():
            found, statements = asked(lambda user=user, term=term: search.find(user, term))
            if user is auditor and bool(found) is not there:
                wrong.append(f"{name}: found {[hit.title for hit in found]}")
            wrong += faults(name, statements)
        _, statements = asked(lambda user=user: lately(user))
        wrong += faults("lately", statements)
    # A page far behind costs what the first one does.
    for term in ("name", "tied", "tin"):
        after: Place | None = None
        for _ in range(6):
            found, statements = asked(lambda term=term, after=after: search.more(back_office, "customers", term, after))
            wrong += faults(f"a page of {term}", statements)
            group, after = found
            assert len(group.hits) == 20
            assert after
    assert not wrong, "\n".join(wrong)


@contextmanager
def as_owner() -> Iterator[None]:
    """Do something as the role that owns the tables."""
    with connection.cursor() as cursor:
        cursor.execute(runtime.leave())
        try:
            yield
        finally:
            cursor.execute(runtime.become())


@pytest.mark.usefixtures("emptied")
def test_no_kind_of_search_among_people_reads_more_than_it_orders(api: RestClient, auditor: User) -> None:
    """Each kind of search that docs/performance.md measures, among names, numbers and addresses as the demo has them."""
    for path, body in world():
        api.done(path, **body)
    with as_owner():
        counts = populace.fill(ROWS, dict(ResourceType.objects.values_list("code", "pk")))
    assert counts.subscribers > 0.9 * ROWS
    rows = list(drawn(40))
    wrong = []
    for kind, term_of in KINDS.items():
        terms = list(dict.fromkeys(term for row in rows if (term := term_of(row))))[:3]
        assert terms, kind
        for term in terms:
            _, statements = asked(lambda term=term: search.find(auditor, term))
            wrong += faults(f"{kind}, {term!r}", statements, MOST_OF_PEOPLE, populace.TABLES)
    assert not wrong, "\n".join(wrong)
