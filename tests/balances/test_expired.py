"""Balances that have ended refuse adjustments, unless the same item lets them go on; null takes an end away."""

from datetime import timedelta
from typing import Any

import pytest

from balances.models import Balance, LedgerEntry
from ocsportal.transactions.change import present
from ocsportal.transactions.representation import instant
from tests.client import RestClient, problem
from tests.offers.world import ACTIVE

pytestmark = pytest.mark.django_db
ON = {"subscription": {"externalId": "o"}}


@pytest.fixture
def ended(api: RestClient) -> Balance:
    """A balance of 100 that ended an hour ago."""
    api.done("/customers/create", externalId="c", customerProfile="b2c")
    api.done(
        "/individual-offers/create-balance",
        customer={"externalId": "c"},
        externalId="o",
        offer="indBalance",
        state=ACTIVE,
        grantedBalance="100",
        unitsOfMeasurement="MEGABYTE",
    )
    start, end = (instant(present() - timedelta(hours=hours)) for hours in (2, 1))
    api.done("/subscriptions/update-balance", **ON, validFrom=start, validTo=end)
    return Balance.objects.get()


@pytest.mark.parametrize(
    "moved", [{"adjustment": "-1"}, {"balance": "5"}, {"adjustment": "1", "grantedBalance": "200"}]
)
def test_adjustment_is_refused(api: RestClient, ended: Balance, moved: dict[str, Any]) -> None:
    entries = LedgerEntry.objects.count()
    refused = api.post("/subscriptions/update-balance", **ON, **moved)
    problem(refused, 400, "CASM-BALANCE-EXPIRED", "balance" if "balance" in moved else "adjustment")
    several = api.post("/subscriptions/update-balances", **ON, balances=[moved])
    problem(several, 400, "CASM-BALANCE-EXPIRED")
    standing = Balance.objects.get()
    assert (standing.version, standing.actual, LedgerEntry.objects.count()) == (ended.version, 100, entries)


@pytest.mark.parametrize("end", [None, "2099-01-01T00:00:00Z"])
def test_unless_the_item_lets_it_go_on(api: RestClient, ended: Balance, end: str | None) -> None:
    done = api.done("/subscriptions/update-balance", **ON, adjustment="-1", validTo=end)
    assert (done["actualBalance"], done["validTo"] is None) == ("99", end is None)


def test_an_end_that_is_moved_and_over_is_over(api: RestClient, ended: Balance) -> None:
    end = instant(present() - timedelta(minutes=5))
    problem(api.post("/subscriptions/update-balance", **ON, adjustment="-1", validTo=end), 400, "CASM-BALANCE-EXPIRED")
    assert Balance.objects.get().valid_to == ended.valid_to


def test_what_has_not_ended_may_be_ended_with_its_last_adjustment(api: RestClient, ended: Balance) -> None:
    api.done("/subscriptions/update-balance", **ON, validTo=None)
    end = instant(present() - timedelta(minutes=5))
    assert api.done("/subscriptions/update-balance", **ON, balance="0", validTo=end)["actualBalance"] == "0"


def test_left_out_keeps_the_end_and_null_takes_it_away(api: RestClient, ended: Balance) -> None:
    assert api.done("/subscriptions/update-balance", **ON, grantedBalance="50")["validTo"] == instant(ended.valid_to)
    assert api.done("/subscriptions/update-balance", **ON, validTo=None)["validTo"] is None
