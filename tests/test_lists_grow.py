"""Lists and pages cost what they show: they read as many rows of 40,000 as of 1,000, in as many statements.

Every list of REST is asked in each of its orders, with each of its filters; the portal's lists are narrowed and
searched.

Rows are counted by PostgreSQL: those that tables gave, by scan or by index, and the entries that indexes gave.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ocsportal.entities.search.asking import NEWEST
from ocsportal.entities.store.narrowing import MOST_KEYS
from ocsportal.people.models import User
from ocsportal.rest.entities import EntityListView, _sign
from ocsportal.rest.paging import _encode, ordering_of
from tests import ground
from tests.client import RestClient
from tests.filled import FILLED, FIRST, fill, swept
from tests.portal.test_verbs import browser
from tests.rest.routes import READS, Route
from tests.rest.test_queries import remember_configuration

pytestmark = [pytest.mark.postgres, pytest.mark.once]

FEW, MANY = 1_000, 40_000
PAGE = 10
# What the planner looks up in an index while it plans, and pages of small tables.
SLACK = 100
# What a filter looks up by keys first, as long as they are few: so many entries of an index are read in vain when they
# are not.
PROBE = 2 * (MOST_KEYS + 1)
# A search looks at the newest rows of each of five tables before it asks an index: of few rows at all of them, one after the
# other, of many at as many by their keys, which counts the keys too.
GLANCE = 5 * NEWEST

LISTS = [route for route in READS if issubclass(route.view, EntityListView)]


def rarest(letter: str, rest: int) -> str:
    return f"{letter}{rest:013d}"


def at(number: int) -> str:
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)).isoformat()


# What every filter is asked: what is rare, what most rows have, what is configured and unused, what is unknown. The
# filters that several lists have in common stand under "".
VALUES: dict[str, dict[str, list[str]]] = {
    "": {
        "state": ["SUSPENDED", "ACTIVE", "DEACTIVATED", "INACTIVE", "SUSPENDED,INACTIVE", "ACTIVE,DEACTIVATED"],
        "customNameContains": ["Zarathustra", "name", "tied", "za", "na", "qq", "qqq"],
        "plan": ["pending", "scheduled", "overdue", "refused"],
        "attribute": ["tier:gold", "tier:tin", "tier:none"],
        "segment": ["rare", "b2c", "standard", "unused", "unknown", "rare,unused", "unused,unknown"],
        "test": ["true", "false"],
        "customer": [rarest("C", 1), rarest("C", 500), rarest("C", 0)],
        "account": [rarest("A", 1), rarest("A", 500), rarest("A", 0)],
        "subscriber": [rarest("S", 1), rarest("S", 500), rarest("S", 0)],
        "parent": [rarest("A", 1), rarest("A", 500), rarest("A", 0)],
        "subscription": [rarest("O", 500), rarest("O", 0)],
        "resource": [rarest("49", 500), "49"],
        "offer": ["unlimitedVoice", "dataBundle10", "welcomeDiscount", "unknown"],
        "service": ["voice", "data", "welcome", "unknown"],
        "live": ["true", "false"],
        "below": [],
    },
    "/customers": {
        "name": ["Zarathustra", "legal", "za", "le", "qqq"],
        "email": [rarest("mail@", 500), "nobody@mail.example"],
        "phone": [rarest("+49", 500), "+4930"],
        "duplicatesOf": [rarest("C", 500), rarest("C", 0)],
    },
    "/accounts": {"type": ["rare", "payer", "unused", "unknown"]},
    "/subscribers": {"type": ["ICCID", "MSISDN", "IMSI", "unknown"]},
    "/resources": {"type": ["ICCID", "MSISDN", "IMSI", "unknown"]},
    "/balances": {"type": ["MONETARY_BALANCE", "BALANCE", "RECURRENT_FEE", "unknown"]},
}


# What may grow, each with its reason: filter, what it is asked, and the order.
EXCEPTED = {
    # What a seventh of all names have in common, and which stands behind six sevenths of them: no index knows where.
    ("customNameContains", "tied", "customName"),
}


@dataclass(frozen=True)
class Case:
    """A list, as it is asked for."""

    path: str
    parameters: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.path}?{'&'.join(f'{name}={value}' for name, value in self.parameters)}"


def values(route: Route, name: str, size: int) -> list[str]:
    """Return what a filter is asked; an unknown filter has nothing here and fails."""
    if name == "externalId":
        letter = {"/customers": "C-", "/accounts": "A-", "/subscribers": "S-", "/subscriptions": "O-"}[route.path]
        return [rarest(letter, 500), "nobody"]
    if name in ("changedSince", "changedHolderSince"):
        return [at(0), at(size - 7), "2099-01-01T00:00:00Z"]
    return VALUES.get(route.path, {}).get(name) or VALUES[""][name]


def cases(size: int) -> Iterator[Case]:
    """Yield each list in each order: without a filter, from its middle on, and with each value of each filter."""
    for route in LISTS:
        for name in route.view.orderings:
            for ordering in (name, f"-{name}"):
                yield Case(route.path, (("ordering", ordering),))
                yield Case(route.path, (("ordering", ordering), ("cursor", "middle")))
                for filter_name in route.view.filters.base_filters:
                    for place, _ in enumerate(values(route, filter_name, size)):
                        yield Case(route.path, (("ordering", ordering), (filter_name, str(place))))


def parameters(case: Case, size: int) -> dict[str, str]:
    """Return what a case sends, which for some filters depends on how many rows there are."""
    route = next(route for route in LISTS if route.path == case.path)
    sent = {**dict(case.parameters), "limit": str(PAGE)}
    for name, given in dict(case.parameters).items():
        if name == "cursor":
            model = next(model for model in FILLED if model is route.view.entities().model)
            row = model._default_manager.get(pk=FIRST + size // 2)
            sent[name] = _encode(ordering_of(sent["ordering"], route.view.orderings), row, _sign({}))
        elif name != "ordering":
            sent[name] = values(route, name, size)[int(given)]
    return sent


WATCHED = """
    SELECT array_agg(c.oid), array_agg(c.oid) FILTER (WHERE c.relkind = 'r') FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
        OR c.oid IN (SELECT indexrelid FROM pg_index JOIN pg_class t ON t.oid = indrelid WHERE t.relname = ANY(%s))
"""
COUNTED = """
    SELECT SUM(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)),
        SUM(pg_stat_get_xact_numscans(oid)) FILTER (WHERE oid = ANY(%s::oid[]))
    FROM unnest(%s::oid[]) oid
"""


def watched() -> tuple[list[int], list[int]]:
    """Return what PostgreSQL calls the filled tables, and these with their indexes."""
    names = [model._meta.db_table for model in FILLED]
    with connection.cursor() as cursor:
        cursor.execute(WATCHED, [names, names])
        each, tables = cursor.fetchone()
    return tables, each


def excepted(case: Case) -> bool:
    if any(name == "cursor" for name, _ in case.parameters):
        return False
    sent = parameters(case, MANY)
    return any((name, value, sent["ordering"]) in EXCEPTED for name, value in sent.items())


def counted(relations: tuple[list[int], list[int]]) -> tuple[int, int]:
    """Return how many rows and entries this transaction has read so far, and how many scans of whole tables it made."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, relations)
        read, scans = cursor.fetchone()
    return int(read), int(scans)


@dataclass(frozen=True)
class Cost:
    """What a request read, in how many statements, and whether it looked at a whole table."""

    rows: int
    statements: int
    scans: int


Ask = Callable[[], Any]


def warm(api: RestClient) -> None:
    """Have everything remembered that lists show of configuration."""
    remember_configuration()
    for route in LISTS:
        api.get(route.path)


def costs(asked: dict[Any, Ask]) -> dict[Any, Cost]:
    """Return what each request costs; in one transaction, which is what PostgreSQL counts for."""
    found: dict[Any, Cost] = {}
    relations = watched()
    with transaction.atomic():
        before = counted(relations)
        for name, ask in asked.items():
            with CaptureQueriesContext(connection) as captured:
                answer = ask()
            assert answer.status_code == 200, (str(name), answer.content)
            # That the key was used is noted once a minute.
            statements = [query["sql"] for query in captured if not query["sql"].startswith("UPDATE")]
            after = counted(relations)
            found[name] = Cost(after[0] - before[0], len(statements), after[1] - before[1])
            before = after
    return found


def allowed(few: Cost, told: str) -> float:
    """Return how many rows may be read of many, by what was read of few."""
    return 1.5 * few.rows + SLACK + PROBE + (GLANCE if "part=hits" in told else 0)


def grown(few: dict[Any, Cost], many: dict[Any, Cost], told: Callable[[Any], str]) -> list[str]:
    """Return, in words, what reads more of many rows than of few."""
    return sorted(
        f"{cost.rows:>9} of {few[name].rows:>6} rows, {cost.statements} of {few[name].statements} statements, "
        f"{cost.scans} scans: {told(name)}"
        for name, cost in many.items()
        if cost.rows > allowed(few[name], told(name)) or cost.statements > few[name].statements or cost.scans
    )


def lists(api: RestClient, size: int) -> dict[Case, Ask]:
    """Return how each case is asked."""
    return {case: partial(api.get, case.path, **parameters(case, size)) for case in cases(size) if not excepted(case)}


# The lists of the portal: what they are narrowed to, what is searched, and pages.
SEARCHED = [f"?q={term}" for term in ("Zarathustra", "qqq", "nobody-at-all")]
BELOW = {
    "accounts/account": ["customer", "parent"],
    "subscribers/subscriber": ["account", "account__customer"],
    "offers/subscription": ["customer", "account", "subscriber"],
}
PORTAL = {
    "customers/customer": [
        "",
        "?state=SUSPENDED",
        "?state=ACTIVE",
        "?test_customer__exact=1",
        *SEARCHED,
        "1000500/change/",
    ],
    "accounts/account": ["", "?state=SUSPENDED", "?state=ACTIVE", *SEARCHED, "1000500/change/", "1000001/change/"],
    "subscribers/subscriber": [
        "",
        "?state=SUSPENDED",
        *SEARCHED,
        "?q=0000000500",
        "1000500/change/",
        "1000001/change/",
    ],
    "offers/subscription": [
        "",
        "?state=SUSPENDED",
        *SEARCHED,
        "?q=unlimitedVoice",
        "?q=dataBundle10",
        "1000500/change/",
    ],
    "offers/subscription/add": ["?q=490000000000500", "?q=nobody"],
    "balances/balance": ["", *SEARCHED, "?q=O-0000000000500", "1000500/change/"],
}
AUDITED = ["", "?channel__exact=IMPORT", "?channel__exact=SCHEDULE", "?channel__exact=REST"]
AUDITED += [f"?q={term}" for term in ("RareOperation", "updatecustomer", "nothing", rarest("C", 500))]
HOME = ["/", "/queues/pending/", "/queues/scheduled/", "/queues/refused/"]
HOME += [f"/?part=hits&q={term}" for term in ("Zarathustra", "qqq", "za", "490000000000500", "0000000500")]


def screens(agent: Client, auditor: Client) -> dict[str, Ask]:
    """Return how each screen is asked for."""
    tables = {name: [*asked] for name, asked in PORTAL.items()}
    for name, links in BELOW.items():
        for link in links:
            letter = "A" if link == "parent" else link.rpartition("__")[2][0].upper()
            tables[name] += [f"?{link}__ref_id={rarest(letter, rest)}" for rest in (1, 500, 0)]
    asked = [*HOME, *(f"/admin/{name}/{query}" for name, queries in tables.items() for query in queries)]
    audited = [f"/admin/transactions/businesstransaction/{query}" for query in AUDITED]
    return {address: partial(agent.get, address) for address in asked} | {
        address: partial(auditor.get, address) for address in audited
    }


@pytest.fixture
def emptied(transactional_db: None) -> Iterator[None]:
    """Leave the tables as small as they were."""
    yield
    ground.put_back()
    swept()


@pytest.mark.usefixtures("emptied")
def test_lists_and_pages_read_as_much_of_many_rows_as_of_few(api: RestClient, back_office: User, auditor: User) -> None:
    fill(api, 1, FEW)
    shown = screens(browser(back_office), browser(auditor))
    warm(api)
    for ask in shown.values():
        ask()  # what is kept from one request to the next
    few, pages = costs(lists(api, FEW)), costs(shown)
    assert len(few) > 1000
    fill(api, FEW + 1, MANY)
    warm(api)
    found = grown(few, costs(lists(api, MANY)), lambda case: f"{case.path} {parameters(case, MANY)}")
    found += grown(pages, costs(shown), str)
    # An account counts what is below, up to a bound (ocsportal/care/tree/counts.py): 15,000 subscribers and what they
    # have here. A subscriber that has a quarter of all offers is read from the table, which ends after the first 200.
    known = ("/admin/accounts/account/1000001/change/", "1 scans: /admin/subscribers/subscriber/1000001/change/")
    found = [one for one in found if not one.endswith(known)]
    assert not found, "\n".join(found)
