"""Events: each threshold that a balance crosses on the way to more use is told of once."""

from typing import Any

import pytest

from balances.models import Balance
from ocsportal.transactions.models import BusinessTransaction
from tests.balances.purse import SEVERAL, SUB, adjust, counted, counting_up
from tests.client import RestClient
from tests.offers.world import subscribed

pytestmark = pytest.mark.django_db

EVENT = "BalanceThresholdReached"


def told(answer: Any) -> list[str]:
    """Return the thresholds that an answer tells of; everything else in it must be as always."""
    assert answer.status_code == 200, answer.content
    items = answer.json()
    assert [item["seqno"] for item in items] == list(range(1, len(items) + 1))
    events = [item for item in items if item["name"] == EVENT]
    assert items[len(items) - len(events) :] == events
    for event in events:
        balance = next(item["object"] for item in items if item["object"]["refId"] == event["object"]["refId"])
        assert event["objectType"] == "io.ocs.pbs.core.model.BalanceEx"
        assert {**event["object"], "threshold": None} == {**balance, "threshold": None}
    return [event["object"]["threshold"] for event in events]


def test_counting_down(owned: RestClient) -> None:
    counted(owned, "200", thresholds=["50", "80", "100"])
    steps = [
        ("-99", []),
        ("-1", ["50"]),
        ("-1", []),
        ("-58", []),
        ("-1", ["80"]),
        ("-39.999999", []),
        ("-0.000001", ["100"]),
        ("60", []),
        ("-20", ["80"]),
        ("140", []),
        ("-180", ["50", "80", "100"]),
    ]
    assert [(step, told(adjust(owned, adjustment=step))) for step, _ in steps] == steps


def test_counting_up(owned: RestClient) -> None:
    counting_up(owned, "200", thresholds=["50", "80", "100"])
    steps = [("99", []), ("1", ["50"]), ("60", ["80"]), ("-30", []), ("30", ["80"]), ("140", ["100"]), ("10", [])]
    assert [(step, told(adjust(owned, adjustment=step))) for step, _ in steps] == steps


def test_by_a_new_value(owned: RestClient) -> None:
    counted(owned, "100", thresholds=[50])
    assert told(adjust(owned, balance="50")) == ["50"]
    assert told(adjust(owned, balance="50")) == []
    assert told(adjust(owned, balance="51")) == []
    assert told(adjust(owned, balance="0")) == ["50"]


def test_a_grant_alone_crosses_nothing(owned: RestClient) -> None:
    counted(owned, "100", thresholds=[50])
    assert told(adjust(owned, grantedBalance="1000")) == []
    assert told(adjust(owned, grantedBalance="0")) == []
    assert told(adjust(owned, adjustment="-100")) == []


def test_each_of_several(owned: RestClient) -> None:
    subscribed(owned, externalId="sub-1")
    items = [{"service": "data", "adjustment": "-9999"}, {"service": "voice", "balance": "30"}]
    answer = owned.post(SEVERAL, **SUB, balances=items)
    assert told(answer) == ["80", "95", "80"]
    assert [item["object"]["service"]["code"] for item in answer.json()] == ["data", "voice", "data", "data", "voice"]


def test_it_stands_in_the_business_transaction_and_is_told_once(owned: RestClient) -> None:
    counted(owned, "100", thresholds=[50])
    first = adjust(owned, requestId="once", adjustment="-60")
    assert told(first) == ["50"]
    entry = BusinessTransaction.objects.get(request_id="once")
    assert entry.answer == first.content.decode()
    assert entry.outbox is not None
    count = BusinessTransaction.objects.count()
    assert adjust(owned, requestId="once", adjustment="-60").content == first.content
    assert BusinessTransaction.objects.count() == count
    assert Balance.objects.get().actual == 40


def test_none_without_thresholds(owned: RestClient) -> None:
    counted(owned, "100")
    assert told(adjust(owned, adjustment="-100")) == []
