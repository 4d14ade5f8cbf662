"""Adjustments that arrive at once, on real connections: none is lost, no limit is passed, nothing waits for ever."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.http import HttpResponse

from balances.models import AmountMoved, Balance, LedgerEntry
from ocsportal.people import groups
from offers.models import Subscription
from tests.balances.purse import SEVERAL, SUB, UPDATE, chain, counted
from tests.balances.test_limits import limit
from tests.client import RestClient
from tests.offers.world import ACTIVE, ENDED, account, subscribed
from tests.transactions.test_concurrency import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS, EACH = 20, 5


@pytest.fixture(autouse=True)
def _proved(transactional_db: None) -> Iterator[None]:
    """Have the ledger and the audit trail proved after each test."""
    yield
    call_command("verify_ledger")
    call_command("verify_audit")


def poster(api: RestClient, name: str) -> RestClient:
    """Return a client of the same key whose request IDs are its own."""
    mine = RestClient(api.headers["X-Ocs-Io-Application-Id"], api.headers["X-Ocs-Io-API-Key"])
    mine.numbers = (f"{name}-{number}" for number in range(10**6))  # type: ignore[assignment]
    return mine


def posting(api: RestClient, name: str, path: str, times: int = 1, **body: Any) -> Callable[[], list[HttpResponse]]:
    """Make a job that posts a body several times."""
    mine = poster(api, name)
    return lambda: [mine.post(path, **body) for _ in range(times)]


def statuses(results: list[list[HttpResponse]]) -> list[int]:
    return sorted(answer.status_code for answers in results for answer in answers)


def test_a_hundred_adjustments_of_one_balance(owned: RestClient) -> None:
    counted(owned, "1000")
    results = at_once(
        *[posting(owned, f"t{number}", UPDATE, EACH, **SUB, adjustment="-0.1") for number in range(THREADS)]
    )
    assert statuses(results) == [200] * THREADS * EACH
    assert Balance.objects.get().actual == 990
    entries = chain()
    assert [row[1] for row in entries[1:]] == ["-0.1"] * THREADS * EACH
    assert Balance.history.count() == len(entries) == 1 + THREADS * EACH
    # Each answer is a value that the balance really had, and no two had the same.
    seen = {answer.json()[0]["object"]["actualBalance"] for answers in results for answer in answers}
    assert seen == {row[3] for row in entries[1:]}


def test_no_more_is_taken_than_there_is(owned: RestClient) -> None:
    counted(owned, "25")
    results = at_once(*[posting(owned, f"t{number}", UPDATE, 5, **SUB, adjustment="-1") for number in range(10)])
    assert statuses(results) == [200] * 25 + [400] * 25
    assert Balance.objects.get().actual == 0
    assert len(chain()) == 26


def test_of_those_who_saw_the_same_version_one_may(owned: RestClient) -> None:
    counted(owned, "100")
    tag = owned.get("/subscriptions/balance/read", externalId="sub-1")["ETag"]

    def job(number: int) -> Callable[[], list[HttpResponse]]:
        mine = poster(owned, f"t{number}")
        return lambda: [mine.post(UPDATE, {"If-Match": tag}, **SUB, adjustment="-1")]

    assert statuses(at_once(*[job(number) for number in range(8)])) == [200] + [412] * 7
    assert Balance.objects.get().actual == 99


def test_one_request_eight_times(owned: RestClient) -> None:
    counted(owned, "100")
    jobs = [posting(owned, f"t{number}", UPDATE, **SUB, adjustment="-1", requestId="once") for number in range(8)]
    results = at_once(*jobs)
    assert statuses(results) == [200] * 8
    assert len({answer.content for answers in results for answer in answers}) == 1
    assert (Balance.objects.get().actual, LedgerEntry.objects.count()) == (99, 2)


def test_several_balances_in_opposite_order(owned: RestClient) -> None:
    subscribed(owned, externalId="sub-1")
    forth = [{"service": "data", "adjustment": "-1"}, {"service": "voice", "adjustment": "-1"}]
    results = at_once(
        *[
            posting(owned, f"t{number}", SEVERAL, 10, **SUB, balances=forth if number % 2 else forth[::-1])
            for number in range(4)
        ]
    )
    assert statuses(results) == [200] * 40
    data, voice = Balance.objects.order_by("pk")
    assert (data.actual, voice.actual) == (10200, 260)
    assert len(chain(data)) == len(chain(voice)) == 41


def test_an_agent_at_the_limit_of_the_day(owned: RestClient, client_of: Any) -> None:
    for number in range(4):
        counted(owned, external_id=f"sub-{number}")
    limit(groups.CARE, "MEGABYTE", day="10")
    agent = client_of(groups.CARE)
    # Different subscriptions, so that nothing but the limit holds them apart.
    jobs = [
        posting(agent, f"t{number}", UPDATE, 5, subscription={"externalId": f"sub-{number}"}, adjustment="-1")
        for number in range(4)
    ]
    assert statuses(at_once(*jobs)) == [200] * 10 + [400] * 10
    assert sum(row.granted - row.actual for row in Balance.objects.all()) == 10


def test_grants_beside_adjustments_at_the_limit_of_the_day(owned: RestClient, client_of: Any) -> None:
    counted(owned)
    limit(groups.CARE, "MEGABYTE", day="10")
    agent = client_of(groups.CARE)
    made = {
        "account": {"externalId": "acc-1"},
        "offer": "indBalance",
        "state": ACTIVE,
        "unitsOfMeasurement": "MEGABYTE",
    }
    giving = [
        posting(agent, f"g{number}", "/individual-offers/create-balance", 4, **made, grantedBalance="1")
        for number in range(2)
    ]
    adjusting = posting(agent, "a", UPDATE, 4, **SUB, adjustment="-1")
    granter = poster(agent, "b")
    granting = [lambda: [granter.post(UPDATE, **SUB, grantedBalance=str(99 - at)) for at in range(4)]]
    results = at_once(*giving, adjusting, *granting)
    refused = [answer for answers in results for answer in answers if answer.status_code == 400]
    assert {answer.json()["code"] for answer in refused} <= {"CASM-ADJUSTMENT-LIMIT"}
    assert statuses(results) == [200] * (16 - len(refused)) + [400] * len(refused)
    # Each moved one, but for a grant after one that was refused, which would have moved further.
    assert sum(row.amount for row in AmountMoved.objects.all()) == 10
    given = sum(row.granted for row in Balance.objects.exclude(subscription__external_id="sub-1"))
    mine = Balance.objects.get(subscription__external_id="sub-1")
    assert given + (100 - mine.actual) + (100 - mine.granted) == 10


def test_an_adjustment_and_a_deactivation(owned: RestClient) -> None:
    counted(owned, "100")
    adjusting = posting(owned, "a", UPDATE, 10, **SUB, adjustment="-1")
    ending = posting(owned, "b", "/subscriptions/update-state", **SUB, state=ENDED)
    adjusted, ended = at_once(adjusting, ending)
    done = [answer.status_code for answer in adjusted].count(200)
    assert [answer.status_code for answer in adjusted] == [200] * done + [400] * (10 - done)
    assert ended[0].status_code == 200
    assert (Balance.objects.get().actual, len(chain())) == (100 - done, 1 + done)


def test_children_made_while_the_parents_account_ends(owned: RestClient) -> None:
    account(owned, "acc-2")
    subscribed(owned, "account", "acc-2", externalId="top")
    making = [
        posting(
            owned, f"t{number}", "/accounts/create-subscription", 5, account={"externalId": "acc-1"},
            offer="unlimitedVoice", state=ACTIVE, parentOfferSubscription={"externalId": "top"},
        )
        for number in range(3)
    ]  # fmt: skip
    body = {"account": {"externalId": "acc-2"}, "state": ENDED, "subordinateUpdated": True}
    *made, ended = at_once(*making, posting(owned, "end", "/accounts/update-state", **body))
    assert ended[0].status_code == 200, ended[0].content
    done = [answer.status_code for answers in made for answer in answers].count(200)
    family = Subscription.objects.all()
    assert family.count() == 1 + done
    # Whoever was made in time ended with the parent; nobody is left alive below it.
    assert set(family.values_list("state", flat=True)) == {"DEACTIVATED"}
