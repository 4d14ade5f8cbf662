"""Amounts are exact on both engines, from JSON to the row and back: no binary float on the way."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from balances.models import Balance, LedgerEntry
from offers.models import Subscription
from tests.balances.purse import UPDATE, adjusted, chain, counted, money
from tests.client import RestClient

pytestmark = pytest.mark.django_db

MILLIONTH = Decimal("0.000001")
# Eighteen digits at most, six of them after the point: all that the column holds.
AMOUNTS = st.integers(0, 10**18 - 1).map(lambda number: Decimal(number).scaleb(-6))


def sent(api: RestClient, field: str, amount: str, number: bool, request: str) -> dict[str, Any]:
    """Send an amount as a JSON number or string, as it is written; return the balance."""
    value = amount if number else json.dumps(amount)
    body = f'{{"requestId": "{request}", "subscription": {{"externalId": "sub-1"}}, "{field}": {value}}}'
    response = api.raw(UPDATE, body)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()[0]["object"]
    return found


def test_what_is_sent_comes_back(owned: RestClient) -> None:
    counted(owned, "0")
    numbers = iter(range(10**6))

    @settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(amount=AMOUNTS, number=st.booleans(), zeros=st.integers(0, 3))
    @example(amount=Decimal("999999999999.999999"), number=True, zeros=0)
    @example(amount=Decimal("123456789012.345678"), number=True, zeros=0)
    @example(amount=Decimal("9007199254.740993"), number=False, zeros=0)
    @example(amount=Decimal("0.000001"), number=True, zeros=3)
    def check(amount: Decimal, number: bool, zeros: int) -> None:
        written = f"{amount:f}" + "0" * zeros
        shown = sent(owned, "balance", written, number, f"set-{next(numbers)}")
        assert Decimal(shown["actualBalance"]) == amount
        assert "E" not in shown["actualBalance"]
        balance = Balance.objects.get()
        assert (balance.actual, Balance.history.latest("history_id").actual) == (amount, amount)
        entry = LedgerEntry.objects.order_by("-number").first()
        assert entry is not None
        assert (entry.after, entry.before + entry.amount) == (amount, amount)
        # There and back by the difference is where it was.
        step = min(amount, Decimal("1234.567891"))
        for difference in (-step, step):
            shown = sent(owned, "adjustment", f"{difference:f}", number, f"by-{next(numbers)}")
        assert Decimal(shown["actualBalance"]) == amount

    check()
    chain()


def test_a_tenth_ten_times_is_one(owned: RestClient) -> None:
    counted(owned, "0")
    for number in range(10):
        sent(owned, "adjustment", "0.1", True, f"r-{number}")
    assert Balance.objects.get().actual == 1
    assert adjusted(owned, balance="1")["actualBalance"] == "1"
    assert [row[1] for row in chain()[1:]] == ["0.1"] * 10 + ["0"]


def test_the_smallest_beside_the_largest(owned: RestClient) -> None:
    counted(owned, "999999999999.999998")
    assert adjusted(owned, adjustment=f"{MILLIONTH:f}")["actualBalance"] == "999999999999.999999"
    assert adjusted(owned, adjustment="-999999999999.999999")["actualBalance"] == "0"
    chain()


def test_granted_amounts_and_charges_survive_too(owned: RestClient) -> None:
    money(owned, "123456789012.35")
    balance = Balance.objects.get()
    assert (str(balance.granted), str(balance.actual)) == ("123456789012.350000", "123456789012.350000")
    kept = Subscription.objects.get().offer_attributes["monetaryBalance"]["grantedBalance"]
    assert kept == "123456789012.35"


@pytest.mark.parametrize(("given", "shown"), [("-0", "0"), ("0.0", "0"), ("007", "7"), ("-0.000000", "0")])
def test_zero_has_no_sign(owned: RestClient, given: str, shown: str) -> None:
    counted(owned, "5")
    assert adjusted(owned, balance=given)["actualBalance"] == shown


def test_a_decimal_beyond_the_column_is_never_cut() -> None:
    from django.db import connection

    from balances.fields import ExactDecimal

    with pytest.raises(ValueError, match="digits"):
        ExactDecimal().get_db_prep_value(Decimal("0.0000005"), connection)
