"""The arithmetic of bill cycles, as pure functions: no models, no clock, no settings (docs/bill-cycles.md)."""

from accounts.periods.cycles import (
    EARLIEST,
    LATEST,
    Cycle,
    InstantOutOfRange,
    Period,
    period_at,
)
from accounts.periods.faults import MAX_DURATION, PeriodUnit, cycle_faults, individual_faults
from accounts.periods.spans import Segment, Span, around_change, changed, periods, upcoming

__all__ = [
    "EARLIEST",
    "LATEST",
    "MAX_DURATION",
    "Cycle",
    "InstantOutOfRange",
    "Period",
    "PeriodUnit",
    "Segment",
    "Span",
    "around_change",
    "changed",
    "cycle_faults",
    "individual_faults",
    "period_at",
    "periods",
    "upcoming",
]
