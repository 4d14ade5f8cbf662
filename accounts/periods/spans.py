"""The periods of an account whose bill cycle changes: whole ones, and those that a change shortened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from accounts.periods.cycles import EARLIEST, LATEST, Cycle, in_utc, period_at

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of an account's history in which one cycle held: [valid_from, valid_to), None being open."""

    cycle: Cycle
    valid_from: datetime
    valid_to: datetime | None = None
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Span:
    """One period as it is billed, [start, end) in UTC; shortened when it lacks its cycle's own start or end."""

    start: datetime
    end: datetime
    shortened: bool
    segment: Segment


def periods(segments: Sequence[Segment], from_: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """Yield, in order, every whole span that has an instant in [from_, until), one after the other.

    The segments must follow each other without gap or overlap, else ValueError; only the last may be open, and ones
    that held for no time are passed over. Before the first of them there are no spans. A far end costs nothing until
    the spans are fetched.
    """
    stretches, first, last = _stretches(segments), in_utc(from_), in_utc(until)
    return _spans(stretches, first, last, zone) if first < last else iter(())


def upcoming(segments: Sequence[Segment], at: datetime, count: int, zone: ZoneInfo) -> list[Span]:
    """Return the span in which the instant lies and those that follow, at most count in all."""
    return list(islice(_spans(_stretches(segments), in_utc(at), NEVER, zone), count))


def around_change(segments: Sequence[Segment], at: datetime, count: int, zone: ZoneInfo) -> list[Span]:
    """Return the span that a change of cycle at the instant ends, if there is one, and at most count that follow."""
    just_before = max(in_utc(at) - datetime.resolution, EARLIEST)
    return upcoming(segments, just_before, count + 1, zone)


def changed(segments: Sequence[Segment], at: datetime, cycle: Cycle, code: str = "") -> list[Segment]:
    """Return the history with another cycle from the instant on; raise ValueError before the last change."""
    before = [*segments[:-1], replace(segments[-1], valid_to=at)] if segments else []
    history = [*before, Segment(cycle=cycle, valid_from=at, code=code)]
    _stretches(history)
    return history


@dataclass(frozen=True)
class _Stretch:
    """A segment with its bounds in UTC: datetimes of one zone compare by the wall clock, wrongly across DST."""

    segment: Segment
    start: datetime
    end: datetime


def _stretches(segments: Sequence[Segment]) -> list[_Stretch]:
    stretches = [
        _Stretch(segment, in_utc(segment.valid_from), NEVER if segment.valid_to is None else in_utc(segment.valid_to))
        for segment in segments
    ]
    if any(stretch.end < stretch.start for stretch in stretches):
        raise ValueError("A segment ends before it starts.")
    if any(earlier.end != later.start for earlier, later in pairwise(stretches)):
        raise ValueError("A segment must start where the one before it ends.")
    return stretches


def _spans(stretches: list[_Stretch], first: datetime, last: datetime, zone: ZoneInfo) -> Iterator[Span]:
    for stretch in stretches:
        if stretch.end <= first:
            continue
        cycle = stretch.segment.cycle
        start = max(stretch.start, period_at(cycle, max(first, stretch.start), zone).start)
        while start < min(stretch.end, last) and start <= LATEST:
            whole = period_at(cycle, start, zone)
            end = min(whole.end, stretch.end)
            shortened = (start, end) != (whole.start, whole.end)
            yield Span(start=start, end=end, shortened=shortened, segment=stretch.segment)
            start = end
