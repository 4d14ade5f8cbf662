"""Bill cycles: worked examples to the second."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from accounts.periods import (
    EARLIEST,
    Cycle,
    Segment,
    period_at,
    upcoming,
)
from tests.accounts.cycles import APIA, BERLIN, NUUK, local, starts, utc, wall

pytestmark = pytest.mark.once


class TestExamples:
    """Instants worked out by hand."""

    @pytest.mark.parametrize(
        ("cycle", "at", "expected"),
        [
            pytest.param(
                Cycle(period="MONTH"),
                "2026-03-15T12:00",
                ("2026-02-28 23:00:00", "2026-03-31 22:00:00"),
                id="a month across the spring change, 743 hours",
            ),
            pytest.param(
                Cycle(period="MONTH"),
                "2026-10-31T23:59:59",
                ("2026-09-30 22:00:00", "2026-10-31 23:00:00"),
                id="a month across the autumn change, 745 hours",
            ),
            pytest.param(
                Cycle(period="DAY"),
                "2026-03-29T12:00",
                ("2026-03-28 23:00:00", "2026-03-29 22:00:00"),
                id="a day of 23 hours",
            ),
            pytest.param(
                Cycle(period="DAY"),
                "2026-10-25T12:00",
                ("2026-10-24 22:00:00", "2026-10-25 23:00:00"),
                id="a day of 25 hours",
            ),
            pytest.param(
                Cycle(period="DAY", offset_hours=2),
                "2026-03-29T12:00",
                ("2026-03-29 01:00:00", "2026-03-30 00:00:00"),
                id="02:00 does not exist, so the day begins at 03:00",
            ),
            pytest.param(
                Cycle(period="DAY", offset_hours=2),
                "2026-10-25T12:00",
                ("2026-10-25 00:00:00", "2026-10-26 01:00:00"),
                id="02:00 comes twice, and the first one counts",
            ),
            pytest.param(
                Cycle(period="MONTH", billing_day=15, offset_hours=6),
                "2026-04-15T05:59:59",
                ("2026-03-15 05:00:00", "2026-04-15 04:00:00"),
                id="the hours before the offset belong to the period before",
            ),
            pytest.param(
                Cycle(period="MONTH", billing_day=28),
                "2024-02-29T00:00",
                ("2024-02-27 23:00:00", "2024-03-27 23:00:00"),
                id="day 28 across 29 February",
            ),
            pytest.param(
                Cycle(period="DAY"),
                "2024-02-29T00:00",
                ("2024-02-28 23:00:00", "2024-02-29 23:00:00"),
                id="29 February itself",
            ),
            pytest.param(
                Cycle(period="MONTH", billing_day=15),
                "2025-12-31T23:59:59",
                ("2025-12-14 23:00:00", "2026-01-14 23:00:00"),
                id="across the end of the year",
            ),
            pytest.param(
                Cycle(period="YEAR", billing_month=7, billing_day=1),
                "2026-06-30T23:59:59",
                ("2025-06-30 22:00:00", "2026-06-30 22:00:00"),
                id="a year that begins in July",
            ),
        ],
    )
    def test_period(self, cycle: Cycle, at: str, expected: tuple[str, str]):
        assert utc(period_at(cycle, local(at), BERLIN)) == expected

    @pytest.mark.parametrize(
        ("cycle", "first", "expected"),
        [
            pytest.param(
                Cycle(period="WEEK", duration=2),
                "2026-01-01T00:00",
                ["2025-12-29 00:00", "2026-01-12 00:00", "2026-01-26 00:00"],
                id="every second Monday, counted from 3 January 2000",
            ),
            pytest.param(
                Cycle(period="WEEK", billing_day=7),
                "2026-03-28T00:00",
                ["2026-03-22 00:00", "2026-03-29 00:00", "2026-04-05 00:00"],
                id="Sundays",
            ),
            pytest.param(
                Cycle(period="DAY", duration=10),
                "2000-01-10T23:59",
                ["2000-01-01 00:00", "2000-01-11 00:00", "2000-01-21 00:00"],
                id="ten days, counted from 1 January 2000",
            ),
            pytest.param(
                Cycle(period="DAY", duration=10),
                "1999-12-31T23:59",
                ["1999-12-22 00:00", "2000-01-01 00:00"],
                id="and backwards from there",
            ),
            pytest.param(
                Cycle(period="MONTH", duration=3, billing_day=10),
                "2026-01-09T00:00",
                ["2025-10-10 00:00", "2026-01-10 00:00", "2026-04-10 00:00"],
                id="quarters, counted from January 2000",
            ),
            pytest.param(
                Cycle(period="MONTH", duration=5),
                "2026-01-09T00:00",
                ["2025-11-01 00:00", "2026-04-01 00:00", "2026-09-01 00:00"],
                id="five months do not follow the calendar year",
            ),
            pytest.param(
                Cycle(period="YEAR", duration=3, billing_year=2024, billing_month=2, billing_day=28),
                "2024-02-27T00:00",
                ["2021-02-28 00:00", "2024-02-28 00:00", "2027-02-28 00:00"],
                id="three years, counted from the billing year",
            ),
            pytest.param(
                Cycle(period="YEAR", duration=3),
                "2024-02-27T00:00",
                ["2024-01-01 00:00", "2027-01-01 00:00"],
                id="three years, counted from 2000",
            ),
            pytest.param(
                Cycle(period="YEAR", billing_month=12, billing_day=28, billing_year=2030),
                "2026-12-28T00:00",
                ["2026-12-28 00:00", "2027-12-28 00:00"],
                id="a billing year says nothing to a yearly cycle",
            ),
        ],
    )
    def test_consecutive_periods(self, cycle: Cycle, first: str, expected: list[str]):
        assert starts(cycle, first, len(expected)) == expected

    def test_individual_values_replace_those_of_the_cycle_and_null_keeps_them(self):
        cycle = Cycle(period="YEAR", billing_day=15, billing_month=3, billing_year=2020, duration=2)
        own = cycle.with_individual(billing_day=28)
        assert own == Cycle(period="YEAR", billing_day=28, billing_month=3, billing_year=2020, duration=2)
        assert starts(own, "2026-01-01T00:00", 2) == ["2024-03-28 00:00", "2026-03-28 00:00"]
        own = cycle.with_individual(billing_month=6, billing_year=2021)
        assert starts(own, "2026-01-01T00:00", 2) == ["2025-06-15 00:00", "2027-06-15 00:00"]
        with pytest.raises(ValueError, match="billing_day"):
            cycle.with_individual(billing_day=29)

    def test_a_midnight_that_does_not_exist(self):
        cairo = ZoneInfo("Africa/Cairo")  # 2024-04-26: 00:00 becomes 01:00
        period = period_at(Cycle(period="DAY"), local("2024-04-26T12:00", cairo), cairo)
        assert utc(period) == ("2024-04-25 22:00:00", "2024-04-26 21:00:00")
        assert wall(period.start, cairo) == datetime(2024, 4, 26, 1)

    def test_an_hour_that_does_not_exist_gives_way_to_the_first_instant_after_it(self):
        st_johns = ZoneInfo("America/St_Johns")  # 2009-03-08: 00:01 becomes 01:01
        period = period_at(Cycle(period="DAY", offset_hours=1), local("2009-03-08T12:00", st_johns), st_johns)
        assert utc(period) == ("2009-03-08 03:31:00", "2009-03-09 03:30:00")
        assert wall(period.start, st_johns) == datetime(2009, 3, 8, 1, 1)

    def test_a_midnight_that_comes_twice(self):
        havana = ZoneInfo("America/Havana")  # 2024-11-03: 01:00 becomes 00:00
        period = period_at(Cycle(period="DAY"), local("2024-11-03T12:00", havana), havana)
        assert utc(period) == ("2024-11-03 04:00:00", "2024-11-04 05:00:00")

    def test_clocks_that_go_back_into_the_day_before(self):
        st_johns = ZoneInfo("America/St_Johns")  # 2008-11-02: 00:01 becomes 23:01 of 1 November
        evening_again = local("2008-11-01T23:30", st_johns).replace(fold=1)
        assert wall(evening_again.astimezone(UTC), st_johns) == datetime(2008, 11, 1, 23, 30)
        period = period_at(Cycle(period="DAY"), evening_again, st_johns)
        assert utc(period) == ("2008-11-02 02:30:00", "2008-11-03 03:30:00")

    def test_the_last_hour_of_a_day_that_does_not_exist(self):
        cycle = Cycle(period="DAY", offset_hours=23)  # 2024-03-30: 23:00 becomes 00:00 of 31 March
        assert starts(cycle, "2024-03-30T12:00", 4, NUUK) == [
            "2024-03-29 23:00",
            "2024-03-31 00:00",
            "2024-03-31 23:00",
            "2024-04-01 23:00",
        ]

    @pytest.mark.parametrize(("offset", "hour"), [(0, "00:00"), (5, "05:00")])
    def test_a_day_that_does_not_exist_has_no_period(self, offset: int, hour: str):
        segment = Segment(cycle=Cycle(period="DAY", offset_hours=offset), valid_from=EARLIEST)
        spans = upcoming([segment], local("2011-12-28T12:00", APIA), 4, APIA)
        assert [f"{wall(span.start, APIA):%m-%d %H:%M}" for span in spans] == [
            f"12-28 {hour}",
            f"12-29 {hour}",
            f"12-31 {hour}",
            f"01-01 {hour}",
        ]
        assert {span.end - span.start for span in spans} == {timedelta(days=1)}
        assert not any(span.shortened for span in spans)

    def test_a_month_that_begins_on_a_day_that_does_not_exist_begins_on_the_next(self):
        kiritimati = ZoneInfo("Pacific/Kiritimati")  # no 31 December 1994: the day after the 30th is 1 January
        cycle = Cycle(period="WEEK", billing_day=6, offset_hours=5)
        period = period_at(cycle, local("1995-01-03T00:00", kiritimati), kiritimati)
        assert wall(period.start, kiritimati) == datetime(1995, 1, 1, 5)
        assert wall(period.end, kiritimati) == datetime(1995, 1, 7, 5)

    def test_the_caller_may_give_instants_in_any_offset(self):
        cycle = Cycle(period="MONTH")
        instant = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
        elsewhere = instant.astimezone(timezone(timedelta(hours=-9)))
        assert elsewhere.month == 3
        assert period_at(cycle, instant, BERLIN) == period_at(cycle, elsewhere, BERLIN)
        assert utc(period_at(cycle, elsewhere, BERLIN)) == ("2026-03-31 22:00:00", "2026-04-30 22:00:00")
