"""Changing the bill cycle: at once, planned, cancelled, performed; the resulting periods to the instant, across DST."""

from typing import Any

import pytest

from accounts.models import BillCycle
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.transactions import door
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from tests.accounts.billed import BEGIN, Billed, at

pytestmark = pytest.mark.django_db


class TestAtOnce:
    def test_shortens_the_period_it_falls_in(self, billed: Billed) -> None:
        """As in docs/bill-cycles.md; the clocks go forward on 29 March."""
        assert billed.order("2026-03-10T14:30", "monthly15") == [
            ("2026-03-01T00:00:00.000+01:00", "2026-03-10T14:30:00.000+01:00", "monthly1", True),
            ("2026-03-10T14:30:00.000+01:00", "2026-03-15T00:00:00.000+01:00", "monthly15", True),
            ("2026-03-15T00:00:00.000+01:00", "2026-04-15T00:00:00.000+02:00", "monthly15", False),
            ("2026-04-15T00:00:00.000+02:00", "2026-05-15T00:00:00.000+02:00", "monthly15", False),
            ("2026-05-15T00:00:00.000+02:00", "2026-06-15T00:00:00.000+02:00", "monthly15", False),
        ]
        assert billed.cycle == ("monthly15", at("2026-03-10T14:30"), (None, None, None))
        assert billed.plan is None

    def test_the_first_period_began_with_the_account(self, billed: Billed) -> None:
        first = billed.order("2026-02-20T00:00", "monthly15")[0]
        assert first == ("2026-02-10T08:00:00.000+01:00", "2026-02-20T00:00:00.000+01:00", "monthly1", True)

    def test_back_from_summer_time(self, billed: Billed) -> None:
        shown = billed.order("2026-10-25T02:30", "biweekly")
        assert shown[0][:2] == ("2026-10-01T00:00:00.000+02:00", "2026-10-25T02:30:00.000+02:00")
        assert shown[1] == ("2026-10-25T02:30:00.000+02:00", "2026-11-02T00:00:00.000+01:00", "biweekly", True)

    def test_individual_values(self, billed: Billed) -> None:
        shown = billed.order("2026-03-10T00:00", "individualYearly", billing_day=20, billing_month=3)
        assert shown[1][:2] == ("2026-03-10T00:00:00.000+01:00", "2026-03-20T00:00:00.000+01:00")
        assert shown[2][:2] == ("2026-03-20T00:00:00.000+01:00", "2027-03-20T00:00:00.000+01:00")
        assert billed.cycle[2] == (20, 3, None)

    def test_what_is_null_keeps_what_stands(self, billed: Billed) -> None:
        billed.order("2026-03-01T00:00", "individualYearly", billing_day=20, billing_month=3, billing_year=2025)
        billed.order("2026-03-02T00:00", "individualYearly", billing_month=4)
        assert billed.cycle[2] == (20, 4, 2025)
        billed.order("2026-03-03T00:00", "individualMonthly")
        assert billed.cycle[2] == (20, None, None)
        billed.order("2026-03-04T00:00", "individualMonthly", billing_day=5)
        assert billed.cycle[2] == (5, None, None)

    def test_from_individual_to_common_nothing_is_kept(self, billed: Billed) -> None:
        billed.order("2026-03-01T00:00", "individualMonthly", billing_day=20)
        billed.order("2026-03-02T00:00", "monthly15")
        assert billed.cycle[2] == (None, None, None)
        billed.order("2026-03-03T00:00", "individualMonthly")
        assert billed.cycle[2] == (None, None, None)

    def test_a_day_is_not_kept_for_a_cycle_of_days(self, billed: Billed) -> None:
        def work() -> Touched:
            return Touched([BillCycle.objects.create(code="ownDays", name="Days", period="DAY", individual=True)])

        door.record("AddBillCycle", system_change("tests"), None, work)
        billed.order("2026-03-01T00:00", "individualMonthly", billing_day=20)
        billed.order("2026-03-02T00:00", "ownDays")
        assert billed.cycle[2] == (None, None, None)

    def test_a_clock_behind_that_of_the_last_change(self, billed: Billed) -> None:
        """Two requests that waited for one lock may come in another order than their clocks say."""
        billed.order("2026-03-02T00:00", "monthly15")
        shown = billed.order("2026-03-01T23:59", "biweekly")
        assert billed.cycle[:2] == ("biweekly", at("2026-03-02T00:00"))
        assert shown[0][:2] == ("2026-03-02T00:00:00.000+01:00", "2026-03-09T00:00:00.000+01:00")


class TestPlanned:
    def test_shows_the_periods_and_changes_nothing_yet(self, billed: Billed) -> None:
        """As in docs/bill-cycles.md."""
        assert billed.order("2026-03-10T12:00", "biweekly", "2026-05-01T00:00") == [
            ("2026-04-01T00:00:00.000+02:00", "2026-05-01T00:00:00.000+02:00", "monthly1", False),
            ("2026-05-01T00:00:00.000+02:00", "2026-05-04T00:00:00.000+02:00", "biweekly", True),
            ("2026-05-04T00:00:00.000+02:00", "2026-05-18T00:00:00.000+02:00", "biweekly", False),
            ("2026-05-18T00:00:00.000+02:00", "2026-06-01T00:00:00.000+02:00", "biweekly", False),
            ("2026-06-01T00:00:00.000+02:00", "2026-06-15T00:00:00.000+02:00", "biweekly", False),
        ]
        assert billed.cycle == ("monthly1", BEGIN, (None, None, None))
        assert billed.plan == ("biweekly", at("2026-05-01T00:00"))

    def test_one_at_a_time(self, billed: Billed) -> None:
        billed.order("2026-03-10T12:00", "biweekly", "2026-05-01T00:00")
        for valid_from in (None, "2026-06-01T00:00"):
            billed.refused(
                "BILL-CYCLE-CHANGE-PENDING", "account",
                lambda valid_from=valid_from: billed.order("2026-03-11T12:00", "monthly15", valid_from),
            )  # fmt: skip

    def test_cancelled(self, billed: Billed) -> None:
        billed.order("2026-03-10T12:00", "biweekly", "2026-05-01T00:00")
        billed.cancel("2026-04-01T00:00")
        assert (billed.plan, billed.cycle[0]) == (None, "monthly1")
        assert bring_due_into_force(at("2026-06-01T00:00")) == 0
        assert billed.order("2026-06-01T12:00", "monthly15")[0][2] == "monthly1"

    def test_performed(self, billed: Billed) -> None:
        billed.order("2026-03-10T12:00", "individualMonthly", "2026-05-01T00:00", billing_day=12)
        shown = billed.perform("2026-04-10T12:00")
        assert shown[:3] == [
            ("2026-04-01T00:00:00.000+02:00", "2026-04-10T12:00:00.000+02:00", "monthly1", True),
            ("2026-04-10T12:00:00.000+02:00", "2026-04-12T00:00:00.000+02:00", "individualMonthly", True),
            ("2026-04-12T00:00:00.000+02:00", "2026-05-12T00:00:00.000+02:00", "individualMonthly", False),
        ]
        assert billed.cycle == ("individualMonthly", at("2026-04-10T12:00"), (12, None, None))
        assert billed.plan is None

    @pytest.mark.parametrize("verb", ["cancel", "perform"])
    def test_nothing_planned(self, billed: Billed, verb: str) -> None:
        code = "BILL-CYCLE-CHANGE-NOT-PENDING"
        billed.refused(code, "account", lambda: getattr(billed, verb)("2026-03-10T12:00"))
        billed.order("2026-03-10T12:00", "biweekly", "2026-05-01T00:00")
        getattr(billed, verb)("2026-03-11T12:00")
        billed.refused(code, "account", lambda: getattr(billed, verb)("2026-03-12T12:00"))


class TestRefused:
    @pytest.mark.parametrize("valid_from", ["2026-03-10T11:59:59.999", "2026-03-10T12:00", "2025-01-01T00:00"])
    def test_past(self, billed: Billed, valid_from: str) -> None:
        billed.refused(
            "REQUEST-VALIDATION", "validFrom", lambda: billed.order("2026-03-10T12:00", "biweekly", valid_from)
        )

    def test_too_far_away(self, billed: Billed) -> None:
        billed.refused(
            "REQUEST-VALIDATION", "validFrom", lambda: billed.order("2026-03-10T12:00", "biweekly", "3000-01-02T00:00")
        )
        assert len(billed.order("2026-03-10T12:00", "biweekly", "2999-12-31T00:00")) >= 2

    @pytest.mark.parametrize("own", [{}, {"billing_day": 20}])
    def test_the_very_same(self, billed: Billed, own: dict[str, int]) -> None:
        billed.refused("REQUEST-VALIDATION", "billCycle", lambda: billed.order("2026-03-10T12:00", "monthly1"))
        billed.order("2026-03-10T12:00", "individualMonthly", billing_day=20)
        billed.refused(
            "REQUEST-VALIDATION", "billCycle", lambda: billed.order("2026-03-11T12:00", "individualMonthly", **own)
        )

    def test_unknown(self, billed: Billed) -> None:
        billed.refused("CONFIG-NOT-FOUND", "billCycle", lambda: billed.order("2026-03-10T12:00", "nope"))

    @pytest.mark.parametrize(
        ("cycle", "own", "parameter"),
        [
            ("monthly15", {"billing_day": 3}, "billingDay"),
            ("yearly1", {"billing_month": 3}, "billingMonth"),
            ("individualMonthly", {"billing_month": 3}, "billingMonth"),
            ("individualMonthly", {"billing_day": 29}, "billingDay"),
            ("individualYearly", {"billing_year": 1969}, "billingYear"),
        ],
    )
    def test_values_that_do_not_go_with_the_cycle(self, billed: Billed, cycle: str, own: Any, parameter: str) -> None:
        billed.refused("REQUEST-VALIDATION", parameter, lambda: billed.order("2026-03-10T12:00", cycle, **own))
