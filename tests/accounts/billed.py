"""An account whose bill cycle the tests change, at times of the billing time zone."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts import operations
from accounts.models import Account
from ocsportal.entities.identity import Ref
from ocsportal.transactions.errors import OperationRefused
from tests.accounts.world import standing

BERLIN = ZoneInfo("Europe/Berlin")
REF = Ref(external_id="acc-1")


def at(text: str) -> datetime:
    """Return a time of the billing time zone in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


BEGIN = at("2026-02-10T08:00")


class Billed:
    """An account that began on 10 February 2026 with the cycle monthly1."""

    def __init__(self, change: Any) -> None:
        self.make_change = change

    def change(self, now: str) -> Any:
        return self.make_change(at=at(now))

    def order(
        self, now: str, cycle: str, valid_from: str | None = None, **own: int
    ) -> list[tuple[str, str, str, bool]]:
        """Order a change; return the periods that the answer shows."""
        since = {"valid_from": at(valid_from)} if valid_from else {}
        outcome = operations.update_account_bill_cycle(self.change(now), account=REF, bill_cycle=cycle, **own, **since)
        return self.periods(outcome)

    def perform(self, now: str) -> list[tuple[str, str, str, bool]]:
        return self.periods(operations.perform_account_bill_cycle_change(self.change(now), account=REF))

    def cancel(self, now: str) -> None:
        operations.cancel_account_bill_cycle_change(self.change(now), account=REF)

    @staticmethod
    def periods(outcome: Any) -> list[tuple[str, str, str, bool]]:
        found = outcome.items[0]["object"]["billingPeriods"]
        return [(one["start"], one["end"], one["billCycle"], one["shortened"]) for one in found]

    @property
    def row(self) -> Account:
        return Account.objects.select_related("bill_cycle", "planned_cycle").get(external_id="acc-1")

    @property
    def cycle(self) -> tuple[str, datetime, tuple[int | None, ...]]:
        row = self.row
        return row.bill_cycle.code, row.cycle_valid_from, (row.billing_day, row.billing_month, row.billing_year)

    @property
    def plan(self) -> tuple[str, datetime | None] | None:
        row = self.row
        return (row.planned_cycle.code, row.planned_cycle_from) if row.planned_cycle else None

    def refused(self, code: str, parameter: str, work: Any) -> None:
        before = standing()
        with pytest.raises(OperationRefused) as caught:
            work()
        assert (caught.value.code, caught.value.parameter) == (code, parameter)
        assert standing() == before
