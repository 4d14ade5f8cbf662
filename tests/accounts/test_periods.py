"""Bill cycles: periods tile time whatever the cycle and the zone, near and far."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.periods import (
    EARLIEST,
    LATEST,
    Cycle,
    InstantOutOfRange,
    Segment,
    changed,
    period_at,
    periods,
    upcoming,
)
from tests.accounts.cycles import BERLIN, INSTANT, TRANSITIONS, ZONES, cycles, local, places, properties, wall

pytestmark = pytest.mark.once


class TestPeriodsOfACycle:
    """One cycle cuts all of time into periods."""

    @properties
    @given(places(), cycles)
    def test_the_instant_lies_in_its_period_and_so_does_all_of_the_period(
        self, place: tuple[ZoneInfo, datetime], cycle: Cycle
    ):
        zone, instant = place
        period = period_at(cycle, instant, zone)
        assert period.start <= instant < period.end
        assert period.start.tzinfo is UTC
        assert period.end.tzinfo is UTC
        for inside in (period.start, period.start + (period.end - period.start) / 3, period.end - INSTANT):
            if EARLIEST <= inside <= LATEST:
                assert period_at(cycle, inside, zone) == period

    @properties
    @given(places(), cycles)
    def test_a_period_starts_where_the_one_before_it_ends(self, place: tuple[ZoneInfo, datetime], cycle: Cycle):
        zone, instant = place
        period = period_at(cycle, instant, zone)
        if period.end <= LATEST:
            assert period_at(cycle, period.end, zone).start == period.end
        if period.start > EARLIEST:
            assert period_at(cycle, period.start - INSTANT, zone).end == period.start

    @properties
    @given(places(), cycles, st.timedeltas(timedelta(), timedelta(days=2000)))
    def test_a_later_instant_has_no_earlier_period(
        self, place: tuple[ZoneInfo, datetime], cycle: Cycle, later: timedelta
    ):
        zone, instant = place
        first, second = period_at(cycle, instant, zone), period_at(cycle, instant + later, zone)
        assert first.start <= second.start
        assert first.end <= second.end
        assert first == second or first.end <= second.start

    @properties
    @given(places(), cycles)
    def test_a_period_starts_at_its_hour_of_its_day_by_the_wall_clock(
        self, place: tuple[ZoneInfo, datetime], cycle: Cycle
    ):
        zone, instant = place
        start = period_at(cycle, instant, zone).start
        clock = wall(start, zone)
        second_before = wall(start - timedelta(seconds=1), zone)
        if (clock - second_before) > timedelta(seconds=1):
            return  # The clocks jumped here: what they skipped has examples below.
        if date(2011, 12, 31) == clock.date() or date(1995, 1, 1) == clock.date():
            return  # The day before was skipped.
        assert (clock.hour, clock.minute, clock.second, clock.microsecond) == (cycle.offset_hours, 0, 0, 0)
        day = cycle.billing_day or 1
        match cycle.period:
            case "DAY":
                assert (clock.date() - date(2000, 1, 1)).days % cycle.duration == 0
            case "WEEK":
                assert clock.isoweekday() == day
                monday = clock.date() - timedelta(days=day - 1)
                assert (monday - date(2000, 1, 3)).days % (7 * cycle.duration) == 0
            case "MONTH":
                assert clock.day == day
                assert ((clock.year - 2000) * 12 + clock.month - 1) % cycle.duration == 0
            case "YEAR":
                assert (clock.month, clock.day) == (cycle.billing_month or 1, day)
                assert (clock.year - (cycle.billing_year or 2000)) % cycle.duration == 0

    @properties
    @given(places(), cycles)
    def test_a_period_has_its_length_by_the_wall_clock(self, place: tuple[ZoneInfo, datetime], cycle: Cycle):
        zone, instant = place
        period = period_at(cycle, instant, zone)
        days = (wall(period.end, zone).date() - wall(period.start, zone).date()).days
        least, most = {"DAY": (1, 1), "WEEK": (7, 7), "MONTH": (28, 31), "YEAR": (365, 366)}[cycle.period]
        # A day more or less where the clocks skip a day, or the last hour of one.
        assert cycle.duration * least - 1 <= days <= cycle.duration * most + 1

    @pytest.mark.parametrize("zone", ZONES, ids=str)
    @pytest.mark.parametrize("offset", [0, 1, 2, 5, 23])
    def test_days_last_from_22_to_26_hours_whatever_the_clocks_do(self, zone: ZoneInfo, offset: int):
        cycle = Cycle(period="DAY", offset_hours=offset)
        for changes in TRANSITIONS[zone]:
            near = periods(
                [Segment(cycle=cycle, valid_from=EARLIEST)],
                changes - timedelta(days=3),
                changes + timedelta(days=3),
                zone,
            )
            lengths = {span.end - span.start for span in near}
            assert timedelta(hours=22) <= min(lengths)
            assert max(lengths) <= timedelta(hours=26)


class TestFarAway:
    """Extreme instants are refused by name; everything short of them is answered."""

    @pytest.mark.parametrize(
        "instant",
        [
            datetime.min.replace(tzinfo=UTC),
            datetime.max.replace(tzinfo=UTC),
            datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
            datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
            EARLIEST - INSTANT,
            LATEST + INSTANT,
        ],
        ids=str,
    )
    def test_out_of_range(self, instant: datetime):
        cycle = Cycle(period="DAY")
        segment = Segment(cycle=cycle, valid_from=EARLIEST)
        with pytest.raises(InstantOutOfRange, match=r"between 1970-01-01 and 3000-01-01"):
            period_at(cycle, instant, BERLIN)
        with pytest.raises(InstantOutOfRange):
            upcoming([segment], instant, 1, BERLIN)
        with pytest.raises(InstantOutOfRange):
            changed([segment], instant, cycle)
        with pytest.raises(InstantOutOfRange):
            changed([], instant, cycle)

    @properties
    @given(cycles, st.sampled_from(ZONES), st.sampled_from([EARLIEST, EARLIEST + INSTANT, LATEST - INSTANT, LATEST]))
    def test_the_ends_of_the_range_have_periods(self, cycle: Cycle, zone: ZoneInfo, instant: datetime):
        period = period_at(cycle, instant, zone)
        assert period.start <= instant < period.end
        spans = upcoming([Segment(cycle=cycle, valid_from=EARLIEST)], instant, 3, zone)
        assert spans[0].start <= instant < spans[0].end
        assert all(earlier.end == later.start for earlier, later in pairwise(spans))
        assert len(spans) == 3 or spans[-1].end > LATEST

    def test_an_empty_window_has_no_spans(self):
        segment = Segment(cycle=Cycle(period="MONTH"), valid_from=EARLIEST)
        inside = local("2026-03-10T00:00")
        assert list(periods([segment], inside, inside, BERLIN)) == []
        assert list(periods([segment], inside, inside - timedelta(days=1), BERLIN)) == []
        assert len(list(periods([segment], inside, inside + INSTANT, BERLIN))) == 1

    def test_a_naive_instant_is_refused(self):
        with pytest.raises(ValueError, match="UTC offset"):
            period_at(Cycle(period="DAY"), datetime(2026, 1, 1), BERLIN)
