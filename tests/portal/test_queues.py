"""What the rail, home and the queues read: as much as they show, however many rows wait for nothing."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Customer
from ocsportal.care.queues import numbers
from ocsportal.care.queues.entries import entries
from ocsportal.entities.models import StateReason
from ocsportal.people.models import User
from ocsportal.transactions import door
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from tests.portal.test_verbs import browser

pytestmark = pytest.mark.django_db
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
MANY = 5000


def customers(number: int, **columns: Any) -> None:
    """Make customers with one statement, each planned for a minute later than the one before, if at all."""
    reason = StateReason.objects.get(code="dfltActive")
    common = {"state": "ACTIVE", "state_reason": reason, "state_valid_from": NOON}
    fraud = StateReason.objects.get(code="fraud")

    def plan(place: int) -> dict[str, Any]:
        at = NOON + timedelta(minutes=place)
        return {"plan_state": "SUSPENDED", "plan_reason": fraud, "plan_valid_from": at, **columns} if columns else {}

    def work() -> Touched:
        Customer.objects.bulk_create(Customer(**common, **plan(place)) for place in range(number))
        return Touched([])

    door.record("MakeMany", system_change("tests"), None, work)


def read(plan: dict[str, Any]) -> int:
    """Return how many rows the tables and indexes of a plan gave or threw away."""
    below = sum(read(inner) for inner in plan.get("Plans", ()))
    if "Scan" not in plan["Node Type"] or "Relation Name" not in plan:
        return below
    thrown = plan.get("Rows Removed by Filter", 0)
    return below + int((plan["Actual Rows"] + thrown) * plan["Actual Loops"])


def rows_read(queries: Any) -> int:
    """Return how many customers the statements look at."""
    total = 0
    for query in [one["sql"] for one in queries if "customers_customer" in one["sql"]]:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query.replace("%", "%%"), [])
            answer = cursor.fetchone()[0]
        total += read((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"])
    return total


@pytest.mark.postgres
@pytest.mark.parametrize("page", ["/", "/queues/pending/", "/queues/scheduled/", "/queues/refused/"])
def test_a_page_reads_what_it_shows(page: str, back_office: User) -> None:
    client = browser(back_office)
    with connection.cursor() as cursor:
        # What other tests rolled back stays in the indexes, and makes the planner believe them longer than the table.
        cursor.execute("REINDEX TABLE customers_customer")
    for status in ("PENDING", "SCHEDULED", "REFUSED"):
        customers(20, plan_status=status)
    customers(MANY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    assert 60 <= rows_read(captured) < 300


def test_of_all_levels_and_queues_the_first_are_shown(back_office: User) -> None:
    customers(5, plan_status="PENDING")
    customers(3, plan_status="SCHEDULED")
    entries(["pending"], NOON, 4, back_office)  # the agent's permissions, and the configuration
    with CaptureQueriesContext(connection) as captured:
        found = entries(["pending", "scheduled"], NOON, 4, back_office)
    assert len(captured) == 2
    assert [entry.at for entry in found["pending"]] == [NOON + timedelta(minutes=place) for place in range(4)]
    assert [entry.at for entry in found["scheduled"]] == [NOON + timedelta(minutes=place) for place in range(3)]
    assert {entry.entity.plan_status for entry in found["scheduled"]} == {"SCHEDULED"}


def test_nothing_that_waits_costs_one_statement(back_office: User) -> None:
    entries([], NOON, 4, back_office)  # the agent's permissions
    with CaptureQueriesContext(connection) as captured:
        assert entries(["pending", "refused"], NOON, 4, back_office) == {"pending": [], "refused": []}
    assert len(captured) == 1


@pytest.mark.parametrize("most", [1000, 2])
def test_the_hour_is_counted_as_far_as_it_is_no_longer_one_by_one(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "MOST_OF_AN_HOUR", most)
    before = BusinessTransaction.objects.filter(at__gte=timezone.now() - timedelta(hours=11)).count()
    for _ in range(5):
        customers(0)
    told = numbers.hours(timezone.now())
    total = sum(bar["number"] for bar in told["bars"])
    assert total >= 5
    assert total == before + 5 or most == 2
    assert str(told["hour_count"]).startswith("about") is (most == 2)
