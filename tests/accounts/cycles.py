"""What the tests of bill cycles draw from: zones, instants near changes of clocks, cycles, histories of cycles."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from accounts.periods import (
    EARLIEST,
    Cycle,
    Period,
    Segment,
    Span,
    changed,
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
