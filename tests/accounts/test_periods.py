"""Bill cycles: periods tile time whatever the cycle, the zone and the changes, and worked examples to the second."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.periods import (
    EARLIEST,
    LATEST,
    Cycle,
    InstantOutOfRange,
    Period,
    PeriodUnit,
    Segment,
    Span,
    around_change,
    changed,
    cycle_faults,
    individual_faults,
    period_at,
    periods,
    upcoming,
)

BERLIN = ZoneInfo("Europe/Berlin")
APIA = ZoneInfo("Pacific/Apia")
NUUK = ZoneInfo("America/Nuuk")
ZONES = [
    ZoneInfo("UTC"),
    BERLIN,
    ZoneInfo("America/New_York"),
    ZoneInfo("America/St_Johns"),  # skipped 0:01 to 1:01, and went back from 0:01 to 23:01 of the day before
    ZoneInfo("America/Havana"),  # skips midnight, and has it twice
    ZoneInfo("Africa/Cairo"),  # skips midnight
    NUUK,  # skips the last hour of a day
    APIA,  # skipped 30 December 2011
    ZoneInfo("Pacific/Kiritimati"),  # skipped 31 December 1994
    ZoneInfo("Asia/Kolkata"),
    ZoneInfo("Australia/Lord_Howe"),  # shifts by half an hour
]
INSTANT = datetime.resolution
properties = settings(derandomize=True, database=None, deadline=None, max_examples=200)


def transitions(zone: ZoneInfo) -> list[datetime]:
    """Return the days, in UTC, within which the zone's clocks were set between 1990 and 2040."""
    days = [datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(50 * 365)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    return [day for (day, _), (before, after) in zip(pairwise(days), pairwise(offsets), strict=True) if before != after]


TRANSITIONS = {zone: transitions(zone) for zone in ZONES}
durations = st.one_of(st.integers(1, 6), st.integers(1, 999))
offsets = st.one_of(st.just(0), st.integers(0, 23))
or_none = st.none()
cycles = st.one_of(
    st.builds(Cycle, period=st.just("DAY"), duration=durations, offset_hours=offsets),
    st.builds(
        Cycle,
        period=st.just("WEEK"),
        duration=durations,
        offset_hours=offsets,
        billing_day=or_none | st.integers(1, 7),
    ),
    st.builds(
        Cycle,
        period=st.just("MONTH"),
        duration=durations,
        offset_hours=offsets,
        billing_day=or_none | st.integers(1, 28),
    ),
    st.builds(
        Cycle,
        period=st.just("YEAR"),
        duration=durations,
        offset_hours=offsets,
        billing_day=or_none | st.integers(1, 28),
        billing_month=or_none | st.integers(1, 12),
        billing_year=or_none | st.integers(1970, 2999),
    ),
)


@st.composite
def places(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """Draw a zone and an instant in it, more often than not within days of a change of its clocks."""
    zone = draw(st.sampled_from(ZONES))
    anywhere = st.datetimes(datetime(1971, 1, 1), datetime(2990, 1, 1), timezones=st.just(UTC))
    if not TRANSITIONS[zone]:
        return zone, draw(anywhere)
    near = st.builds(
        lambda day, seconds: day + timedelta(seconds=seconds),
        st.sampled_from(TRANSITIONS[zone]),
        st.integers(-2 * 86400, 2 * 86400),
    )
    return zone, draw(near | near | anywhere)


@st.composite
def histories(draw: st.DrawFn) -> tuple[ZoneInfo, list[Segment]]:
    """Draw a zone and a history of one to five cycles, some of which held for a moment or for no time at all."""
    zone, at = draw(places())
    history: list[Segment] = []
    lengths = st.one_of(
        st.just(timedelta()),
        st.just(INSTANT),
        st.timedeltas(timedelta(), timedelta(days=3)),
        st.timedeltas(timedelta(), timedelta(days=900)),
        st.integers(0, 60).map(lambda days: timedelta(days=days)),
    )
    for number in range(draw(st.integers(1, 5))):
        history = changed(history, at, draw(cycles), str(number))
        at += draw(lengths)
    return zone, history


@st.composite
def plans(draw: st.DrawFn) -> tuple[ZoneInfo, list[Segment], datetime, Cycle]:
    """Draw a history and a change of cycle some time after its last."""
    zone, history = draw(histories())
    start = history[-1].valid_from
    at = draw(st.timedeltas(timedelta(), timedelta(days=60)).map(lambda later: start + later))
    return zone, history, at, draw(cycles)


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def utc(period: Period | Span) -> tuple[str, str]:
    return f"{period.start:%Y-%m-%d %H:%M:%S}", f"{period.end:%Y-%m-%d %H:%M:%S}"


def starts(cycle: Cycle, first: str, count: int, zone: ZoneInfo = BERLIN) -> list[str]:
    """Return the local beginnings of the cycle's period at the instant and of those that follow."""
    segment = Segment(cycle=cycle, valid_from=EARLIEST)
    return [wall(span.start, zone).isoformat(" ", "minutes") for span in upcoming([segment], local(first), count, zone)]


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


class TestChangesOfCycle:
    """An account's spans tile time from its first cycle on, whatever changes."""

    @properties
    @given(histories())
    def test_spans_tile_time(self, drawn: tuple[ZoneInfo, list[Segment]]):
        zone, history = drawn
        until = history[-1].valid_from + timedelta(days=40)
        spans = list(islice(periods(history, EARLIEST, until, zone), 3000))
        assert spans[0].start == history[0].valid_from
        assert spans[-1].end >= until or len(spans) == 3000
        assert all(span.start < span.end for span in spans)
        assert all(earlier.end == later.start for earlier, later in pairwise(spans))

    @properties
    @given(histories())
    def test_a_span_keeps_to_its_cycle_and_is_shortened_exactly_when_it_is_no_whole_period(
        self, drawn: tuple[ZoneInfo, list[Segment]]
    ):
        zone, history = drawn
        until = history[-1].valid_from + timedelta(days=40)
        for span in islice(periods(history, EARLIEST, until, zone), 3000):
            segment = span.segment
            assert segment in history
            assert segment.valid_from <= span.start
            assert segment.valid_to is None or span.end <= segment.valid_to
            whole = period_at(segment.cycle, span.start, zone)
            assert span.shortened == (Period(start=span.start, end=span.end) != whole)
            assert whole.start <= span.start < span.end <= whole.end
            assert span.start in (whole.start, segment.valid_from)
            assert span.end in (whole.end, segment.valid_to)

    @properties
    @given(histories(), st.timedeltas(timedelta(), timedelta(days=300)), st.integers(1, 12))
    def test_a_window_shows_the_same_spans_as_the_whole(
        self, drawn: tuple[ZoneInfo, list[Segment]], later: timedelta, count: int
    ):
        zone, history = drawn
        at = history[0].valid_from + later
        window = upcoming(history, at, count, zone)
        assert len(window) == count or window[-1].end > LATEST
        assert window[0].start <= at < window[0].end
        whole = periods(history, EARLIEST, min(window[-1].end, LATEST), zone)
        assert [span for span in whole if span.end > at] == window

    @properties
    @given(plans())
    def test_a_change_leaves_what_is_over_and_cuts_the_period_it_falls_in(
        self, plan: tuple[ZoneInfo, list[Segment], datetime, Cycle]
    ):
        zone, history, at, cycle = plan
        after = changed(history, at, cycle, "new")
        horizon = at + timedelta(days=2)
        unchanged = [span for span in periods(history, EARLIEST, horizon, zone) if span.end <= at]
        [falls_in] = periods(history, at, at + INSTANT, zone)
        spans = list(periods(after, EARLIEST, horizon, zone))
        kept = [span for span in spans if span.end <= at]
        following = [span for span in spans if span.end > at]
        assert [(span.start, span.end, span.shortened) for span in kept[: len(unchanged)]] == [
            (span.start, span.end, span.shortened) for span in unchanged
        ]
        cut = [(span.start, span.end, span.shortened) for span in kept[len(unchanged) :]]
        assert cut == ([] if falls_in.start == at else [(falls_in.start, at, True)])
        assert {span.segment.code for span in following} == {"new"}
        own = period_at(cycle, at, zone)
        assert (following[0].start, following[0].end) == (at, own.end)
        assert following[0].shortened == (at != own.start)
        assert not any(span.shortened for span in following[1:])

    def test_at_once(self):
        history = [Segment(cycle=Cycle(period="MONTH"), valid_from=local("2026-01-01T00:00"), code="monthly1")]
        after = changed(history, local("2026-03-10T14:30"), Cycle(period="MONTH", billing_day=15), "monthly15")
        spans = upcoming(after, local("2026-03-10T14:29"), 4, BERLIN)
        assert [(*utc(span), span.shortened, span.segment.code) for span in spans] == [
            ("2026-02-28 23:00:00", "2026-03-10 13:30:00", True, "monthly1"),
            ("2026-03-10 13:30:00", "2026-03-14 23:00:00", True, "monthly15"),
            ("2026-03-14 23:00:00", "2026-04-14 22:00:00", False, "monthly15"),
            ("2026-04-14 22:00:00", "2026-05-14 22:00:00", False, "monthly15"),
        ]

    def test_planned_on_a_boundary_of_both_cycles_shortens_nothing(self):
        history = [Segment(cycle=Cycle(period="MONTH"), valid_from=local("2026-01-01T00:00"), code="monthly1")]
        after = changed(history, local("2026-05-01T00:00"), Cycle(period="MONTH", duration=2), "twomonthly")
        spans = upcoming(after, local("2026-04-15T00:00"), 3, BERLIN)
        assert [(*utc(span), span.shortened, span.segment.code) for span in spans] == [
            ("2026-03-31 22:00:00", "2026-04-30 22:00:00", False, "monthly1"),
            ("2026-04-30 22:00:00", "2026-06-30 22:00:00", False, "twomonthly"),
            ("2026-06-30 22:00:00", "2026-08-31 22:00:00", False, "twomonthly"),
        ]

    def test_a_period_cut_at_both_ends_and_an_account_that_starts_amid_one(self):
        history = [Segment(cycle=Cycle(period="YEAR"), valid_from=local("2026-02-01T00:00"), code="yearly")]
        after = changed(history, local("2026-03-01T00:00"), Cycle(period="MONTH"), "monthly")
        spans = upcoming(after, EARLIEST, 2, BERLIN)
        assert [(*utc(span), span.shortened) for span in spans] == [
            ("2026-01-31 23:00:00", "2026-02-28 23:00:00", True),
            ("2026-02-28 23:00:00", "2026-03-31 22:00:00", False),
        ]

    def test_around_a_change_far_ahead(self):
        history = [Segment(cycle=Cycle(period="DAY"), valid_from=local("2026-01-01T00:00"), code="daily")]
        change = local("2028-10-29T12:00")
        after = changed(history, change, Cycle(period="WEEK"), "weekly")
        spans = around_change(after, change, 2, BERLIN)
        assert [(*utc(span), span.shortened, span.segment.code) for span in spans] == [
            ("2028-10-28 22:00:00", "2028-10-29 11:00:00", True, "daily"),
            ("2028-10-29 11:00:00", "2028-10-29 23:00:00", True, "weekly"),
            ("2028-10-29 23:00:00", "2028-11-05 23:00:00", False, "weekly"),
        ]

    def test_the_second_of_two_changes_at_one_instant_counts(self):
        history = [Segment(cycle=Cycle(period="MONTH"), valid_from=local("2026-01-01T00:00"), code="a")]
        at = local("2026-02-10T00:00")
        after = changed(changed(history, at, Cycle(period="DAY"), "b"), at, Cycle(period="YEAR"), "c")
        assert [span.segment.code for span in around_change(after, at, 1, BERLIN)] == ["a", "c"]

    def test_changes_an_hour_apart_where_the_clocks_show_the_same_time(self):
        first, second = local("2026-10-25T02:30"), local("2026-10-25T02:30").replace(fold=1)
        history = changed([Segment(cycle=Cycle(period="MONTH"), valid_from=EARLIEST)], first, Cycle(period="DAY"), "b")
        spans = upcoming(changed(history, second, Cycle(period="YEAR"), "c"), first, 1, BERLIN)
        assert [(*utc(span), span.segment.code) for span in spans] == [
            ("2026-10-25 00:30:00", "2026-10-25 01:30:00", "b")
        ]

    def test_a_closed_history_ends(self):
        closed = Segment(
            cycle=Cycle(period="MONTH"), valid_from=local("2026-01-01T00:00"), valid_to=local("2026-02-10T00:00")
        )
        assert [utc(span)[1] for span in upcoming([closed], EARLIEST, 9, BERLIN)] == [
            "2026-01-31 23:00:00",
            "2026-02-09 23:00:00",
        ]
        assert upcoming([closed], local("2026-02-10T00:00"), 9, BERLIN) == []
        assert upcoming([], EARLIEST, 9, BERLIN) == []

    @pytest.mark.parametrize("gap", [timedelta(seconds=-1), timedelta(seconds=1)])
    def test_a_history_with_a_gap_or_an_overlap_is_refused(self, gap: timedelta):
        middle = local("2026-02-01T00:00")
        cycle = Cycle(period="MONTH")
        history = [
            Segment(cycle=cycle, valid_from=local("2026-01-01T00:00"), valid_to=middle),
            Segment(cycle=cycle, valid_from=middle + gap),
        ]
        with pytest.raises(ValueError, match="must start where"):
            periods(history, EARLIEST, LATEST, BERLIN)

    def test_a_change_before_the_last_one_is_refused(self):
        history = [Segment(cycle=Cycle(period="MONTH"), valid_from=local("2026-01-01T00:00"))]
        with pytest.raises(ValueError, match="ends before it starts"):
            changed(history, local("2025-12-31T23:59"), Cycle(period="DAY"))


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
            ("billing_day", "Must lie between 1 and 28.")
        ]
        assert individual_faults(individual=True, period="MONTH", billing_month=2) == [
            ("billing_month", "Applies only to a cycle of years.")
        ]
