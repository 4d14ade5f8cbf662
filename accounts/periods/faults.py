"""Which values a bill cycle may have, and which ones an account may bring for an individual cycle."""

from enum import StrEnum


class PeriodUnit(StrEnum):
    """What the duration of a cycle counts."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


MAX_DURATION = 999
MAX_OFFSET_HOURS = 23
FIRST_YEAR = 1970
LAST_YEAR = 2999

# Up to 28 every month has the day, so that no rule for a shorter month is needed.
LAST_BILLING_DAY: dict[str, int] = {PeriodUnit.WEEK: 7, PeriodUnit.MONTH: 28, PeriodUnit.YEAR: 28}

Faults = list[tuple[str, str]]


def cycle_faults(
    *,
    period: str,
    duration: int = 1,
    billing_day: int | None = None,
    billing_month: int | None = None,
    billing_year: int | None = None,
    offset_hours: int = 0,
) -> Faults:
    """Return everything that is wrong with a cycle's own values, as pairs of name and message; None is not given."""
    faults = _range_fault("duration", duration, 1, MAX_DURATION)
    faults += _range_fault("offset_hours", offset_hours, 0, MAX_OFFSET_HOURS)
    if period not in list(PeriodUnit):
        return [("period", f"Must be one of {', '.join(PeriodUnit)}."), *faults]
    return faults + _position_faults(period, billing_day, billing_month, billing_year)


def individual_faults(
    *,
    individual: bool,
    period: str,
    billing_day: int | None = None,
    billing_month: int | None = None,
    billing_year: int | None = None,
) -> Faults:
    """Return everything that is wrong with the values that an account brings for its cycle of the given kind."""
    if individual:
        return _position_faults(period, billing_day, billing_month, billing_year)
    given = {"billing_day": billing_day, "billing_month": billing_month, "billing_year": billing_year}
    message = "Can only be given with an individual bill cycle."
    return [(name, message) for name, value in given.items() if value is not None]


def _position_faults(period: str, day: int | None, month: int | None, year: int | None) -> Faults:
    faults: Faults = []
    if (last_day := LAST_BILLING_DAY.get(period)) is not None:
        faults += _range_fault("billing_day", day, 1, last_day)
    elif day is not None:
        faults.append(("billing_day", "Does not apply to cycles of days."))
    for name, value, first, last in (("billing_month", month, 1, 12), ("billing_year", year, FIRST_YEAR, LAST_YEAR)):
        if period == PeriodUnit.YEAR:
            faults += _range_fault(name, value, first, last)
        elif value is not None:
            faults.append((name, "Applies only to cycles of years."))
    return faults


def _range_fault(name: str, value: int | None, first: int, last: int) -> Faults:
    if value is None or first <= value <= last:
        return []
    return [(name, f"Must be between {first} and {last}.")]
