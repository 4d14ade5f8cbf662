"""Bill cycles that change: which periods are shortened, and that they go on tiling time."""

from datetime import datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.periods import (
    EARLIEST,
    LATEST,
    Cycle,
    Period,
    Segment,
    around_change,
    changed,
    period_at,
    periods,
    upcoming,
)
from tests.accounts.cycles import BERLIN, INSTANT, histories, local, plans, properties, utc

pytestmark = pytest.mark.once


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
