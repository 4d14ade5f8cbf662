"""Bill cycles: which values they may have, and which ones an account may bring."""

import pytest

from accounts.periods import (
    Cycle,
    PeriodUnit,
    cycle_faults,
    individual_faults,
)

pytestmark = pytest.mark.once


class TestValues:
    """Which values a cycle and an account may have."""

    @pytest.mark.parametrize(
        "values",
        [
            {"period": "DAY", "duration": 999, "offset_hours": 23},
            {"period": "WEEK", "billing_day": 7},
            {"period": "MONTH", "billing_day": 28, "duration": 1, "offset_hours": 0},
            {"period": "YEAR", "billing_day": 28, "billing_month": 12, "billing_year": 2999},
            {"period": "YEAR", "billing_day": 1, "billing_month": 1, "billing_year": 1970},
            {"period": PeriodUnit.YEAR},
        ],
        ids=str,
    )
    def test_good(self, values: dict):
        assert cycle_faults(**values) == []
        assert Cycle(**values).period == values["period"]

    @pytest.mark.parametrize(
        ("values", "faulty"),
        [
            ({"period": "DECADE"}, ["period"]),
            ({"period": "DAY", "duration": 0}, ["duration"]),
            ({"period": "DAY", "duration": 1000}, ["duration"]),
            ({"period": "DAY", "offset_hours": -1}, ["offset_hours"]),
            ({"period": "DAY", "offset_hours": 24}, ["offset_hours"]),
            ({"period": "DAY", "billing_day": 1}, ["billing_day"]),
            ({"period": "WEEK", "billing_day": 8}, ["billing_day"]),
            ({"period": "WEEK", "billing_day": 0, "billing_month": 1}, ["billing_day", "billing_month"]),
            ({"period": "MONTH", "billing_day": 29}, ["billing_day"]),
            ({"period": "MONTH", "billing_month": 1, "billing_year": 2026}, ["billing_month", "billing_year"]),
            (
                {"period": "YEAR", "billing_day": 29, "billing_month": 13, "billing_year": 1969},
                ["billing_day", "billing_month", "billing_year"],
            ),
            (
                {"period": "YEAR", "billing_day": 0, "billing_month": 0, "billing_year": 3000},
                ["billing_day", "billing_month", "billing_year"],
            ),
        ],
        ids=str,
    )
    def test_bad(self, values: dict, faulty: list[str]):
        assert [name for name, _ in cycle_faults(**values)] == faulty
        with pytest.raises(ValueError, match=faulty[0]):
            Cycle(**values)

    def test_only_an_individual_cycle_takes_values_of_the_account(self):
        values = {"billing_day": 5, "billing_month": 6, "billing_year": 2026}
        only = "Can only be given with an individual bill cycle."
        assert individual_faults(individual=False, period="YEAR", **values) == [(name, only) for name in values]
        assert individual_faults(individual=True, period="YEAR", **values) == []
        assert individual_faults(individual=False, period="YEAR") == []
        assert individual_faults(individual=True, period="MONTH", billing_day=29) == [
            ("billing_day", "Must be between 1 and 28.")
        ]
        assert individual_faults(individual=True, period="MONTH", billing_month=2) == [
            ("billing_month", "Applies only to cycles of years.")
        ]
