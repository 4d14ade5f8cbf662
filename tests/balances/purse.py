"""What the tests of balances share: ways to make some, to adjust them, and to read what the ledger says."""

from typing import Any

from django.http import HttpResponse

from balances.models import Balance, LedgerEntry
from tests.client import RestClient
from tests.offers.world import ACTIVE, offer, subscribed, version

UPDATE = "/subscriptions/update-balance"
SEVERAL = "/subscriptions/update-balances"
SUB = {"subscription": {"externalId": "sub-1"}}


def counted(api: RestClient, granted: str = "100", *, external_id: str = "sub-1", **attributes: Any) -> dict[str, Any]:
    """Subscribe acc-1 to one balance in megabytes that counts down."""
    return api.done(
        "/individual-offers/create-balance",
        account={"externalId": "acc-1"},
        offer="indBalance",
        externalId=external_id,
        state=ACTIVE,
        **{"grantedBalance": granted, "unitsOfMeasurement": "MEGABYTE", **attributes},
    )


def counting_up(api: RestClient, granted: str = "100", **attributes: Any) -> dict[str, Any]:
    """Subscribe acc-1 to one balance in events that counts up from 0."""
    version(
        offer("counter", ("used", "BALANCE"), counts_up=True),
        values={"used": {"grantedBalance": granted, **attributes}},
    )
    return subscribed(api, externalId="sub-1", offer="counter")


def money(api: RestClient, granted: str = "20", *, external_id: str = "sub-1", **attributes: Any) -> dict[str, Any]:
    """Subscribe acc-1 to one balance of money."""
    return api.done(
        "/individual-offers/create-monetary-balance",
        account={"externalId": "acc-1"},
        offer="indMonetaryBalance",
        externalId=external_id,
        state=ACTIVE,
        **{"grantedBalance": granted, **attributes},
    )


def adjust(
    api: RestClient, external_id: str = "sub-1", headers: dict[str, str] | None = None, **item: Any
) -> HttpResponse:
    """Adjust the balance of a subscription."""
    return api.post(UPDATE, headers, subscription={"externalId": external_id}, **item)


def adjusted(api: RestClient, external_id: str = "sub-1", **item: Any) -> dict[str, Any]:
    """Adjust, demand success, and return the balance."""
    response = adjust(api, external_id, **item)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()[0]["object"]
    return found


def chain(balance: Balance | None = None) -> list[tuple[int, str, str, str]]:
    """Return number, amount, before and after of a balance's entries, as plain text; check that they make its value."""
    found = balance or Balance.objects.get()
    entries = list(LedgerEntry.objects.filter(balance=found).order_by("number"))
    assert [entry.number for entry in entries] == list(range(1, found.entries + 1))
    assert [entry.before for entry in entries[1:]] == [entry.after for entry in entries[:-1]]
    assert sum(entry.amount for entry in entries) == entries[-1].after == found.actual
    return [(entry.number, *(f"{value.normalize():f}" for value in (entry.amount, entry.before, entry.after)))
            for entry in entries]  # fmt: skip
