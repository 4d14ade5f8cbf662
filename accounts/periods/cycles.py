"""A bill cycle cuts all of time into periods; this finds the one that an instant falls in, in constant time."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.periods.faults import FIRST_YEAR, LAST_YEAR, PeriodUnit, cycle_faults

EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
LATEST = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)

# What cycles of several days, weeks, months or years are counted from. It says nothing of an account, so that two
# accounts on the same cycle have the same periods.
ANCHOR_YEAR = 2000
ANCHOR_DAY = date(ANCHOR_YEAR, 1, 1)
ANCHOR_MONDAY = date(ANCHOR_YEAR, 1, 3)


class InstantOutOfRange(ValueError):
    """The instant lies before EARLIEST or after LATEST, where no periods are computed."""


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """A bill cycle, an account's individual values already merged in; a value that is None counts as the first."""

    period: str
    duration: int = 1
    billing_day: int | None = None
    billing_month: int | None = None
    billing_year: int | None = None
    offset_hours: int = 0

    def __post_init__(self) -> None:
        """Refuse values that no cycle can have, with ValueError; callers ask cycle_faults() before."""
        faults = cycle_faults(
            period=self.period,
            duration=self.duration,
            billing_day=self.billing_day,
            billing_month=self.billing_month,
            billing_year=self.billing_year,
            offset_hours=self.offset_hours,
        )
        if faults:
            raise ValueError("; ".join(f"{name}: {message}" for name, message in faults))

    def with_individual(
        self, *, billing_day: int | None = None, billing_month: int | None = None, billing_year: int | None = None
    ) -> "Cycle":
        """Return the cycle with an account's own values; None keeps what stands."""
        return replace(
            self,
            billing_day=self.billing_day if billing_day is None else billing_day,
            billing_month=self.billing_month if billing_month is None else billing_month,
            billing_year=self.billing_year if billing_year is None else billing_year,
        )


@dataclass(frozen=True, kw_only=True)
class Period:
    """A half-open stretch of time, [start, end), in UTC."""

    start: datetime
    end: datetime


def period_at(cycle: Cycle, instant: datetime, zone: ZoneInfo) -> Period:
    """Return the cycle's whole period that the instant falls in; raise InstantOutOfRange far away from today."""
    moment = in_utc(instant)
    index = _index_of(cycle, moment.astimezone(zone).date())
    # The day alone may mislead by one or two: by the hours of the offset, and by a local day that was skipped or began
    # twice. Where several periods begin at once, all but the last are empty; this finds the last.
    while (start := _beginning(cycle, index, zone)) > moment:
        index -= 1
    while (end := _beginning(cycle, index + 1, zone)) <= moment:
        start, index = end, index + 1
    return Period(start=start, end=end)


def in_utc(instant: datetime) -> datetime:
    """Return an aware instant in UTC; raise ValueError for a naive one, InstantOutOfRange far away from today."""
    if instant.utcoffset() is None:
        raise ValueError("An instant needs a UTC offset.")
    # The year first: converting an instant of year 1 or 9999 can overflow.
    if FIRST_YEAR - 1 <= instant.year <= LAST_YEAR + 1:
        moment = instant.astimezone(UTC)
        if EARLIEST <= moment <= LATEST:
            return moment
    raise InstantOutOfRange(f"Must be between {EARLIEST:%Y-%m-%d} and {LATEST:%Y-%m-%d}.")


def _index_of(cycle: Cycle, day: date) -> int:
    """Return the number of the period whose first day is the day, or the last one before it."""
    if cycle.period in (PeriodUnit.DAY, PeriodUnit.WEEK):
        return (day - _anchor_day(cycle)).days // _step(cycle)
    months = day.year * 12 + day.month - 1 - (day.day < _billing_day(cycle))
    return (months - _anchor_month(cycle)) // _step(cycle)


def _first_day(cycle: Cycle, index: int) -> date:
    if cycle.period in (PeriodUnit.DAY, PeriodUnit.WEEK):
        return _anchor_day(cycle) + timedelta(days=index * _step(cycle))
    year, month = divmod(_anchor_month(cycle) + index * _step(cycle), 12)
    return date(year, month + 1, _billing_day(cycle))


def _step(cycle: Cycle) -> int:
    """Return the length of a period: in days for cycles of days and weeks, in months for the others."""
    return cycle.duration * {PeriodUnit.WEEK: 7, PeriodUnit.YEAR: 12}.get(PeriodUnit(cycle.period), 1)


def _anchor_day(cycle: Cycle) -> date:
    if cycle.period == PeriodUnit.DAY:
        return ANCHOR_DAY
    return ANCHOR_MONDAY + timedelta(days=_billing_day(cycle) - 1)


def _anchor_month(cycle: Cycle) -> int:
    """Return the first month of period 0, counted from January of year 0."""
    return (cycle.billing_year or ANCHOR_YEAR) * 12 + (cycle.billing_month or 1) - 1


def _billing_day(cycle: Cycle) -> int:
    return cycle.billing_day or 1


def _beginning(cycle: Cycle, index: int, zone: ZoneInfo) -> datetime:
    """Return when a period begins, in UTC: its hour, by the wall clock, of its first local day."""
    hour = time(cycle.offset_hours)
    wall = datetime.combine(_first_day(cycle, index), hour)
    begins = _reached(wall, zone)
    if _wall(begins, zone) == wall:
        return begins
    # Skipped may be this hour alone, or all of the day where a zone crosses the date line: then the next day counts.
    midnight = _reached(datetime.combine(wall, time()), zone)
    return _reached(datetime.combine(_wall(midnight, zone), hour), zone)


def _reached(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, at which the zone's clocks show the time or, where they skip it, a later one."""
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _wall(instant, zone) == wall:
        return instant
    # Clocks go forward over this time. Python's fold=1 then lies before the jump, and fold=0 at or after it.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while (seconds := (instant - before) // timedelta(seconds=1)) > 1:
        middle = before + timedelta(seconds=seconds // 2)
        if _wall(middle, zone) < wall:
            before = middle
        else:
            instant = middle
    return instant


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)
