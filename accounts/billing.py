"""From an account's columns to the periods it is billed in (docs/bill-cycles.md)."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Account, BillCycle
from accounts.periods import EARLIEST, Cycle, Segment, Span, around_change, changed, individual_faults, upcoming
from ocsportal.entities.representation import item_json
from ocsportal.entities.versions import Moment, steps
from ocsportal.transactions.errors import Fault, malformed
from ocsportal.transactions.given import Checked
from ocsportal.transactions.representation import instant

WIRE = {"billing_day": "billingDay", "billing_month": "billingMonth", "billing_year": "billingYear"}
SHOWN = 4


@dataclass(frozen=True)
class Plan:
    """A bill cycle with an account's own day, month and year, as a request asks for it or a column keeps it."""

    cycle: BillCycle
    billing_day: int | None = None
    billing_month: int | None = None
    billing_year: int | None = None

    def faults(self) -> list[Fault]:
        """Return what is wrong with the account's own values for this cycle."""
        found = individual_faults(individual=self.cycle.individual, period=self.cycle.period, **self.own)
        return [malformed(WIRE.get(name, name), message) for name, message in found]

    @property
    def own(self) -> dict[str, int | None]:
        """The account's own values, by their columns."""
        return {
            "billing_day": self.billing_day,
            "billing_month": self.billing_month,
            "billing_year": self.billing_year,
        }

    def keeping(self, standing: "Plan") -> "Plan":
        """Return the plan with the values that stand where it gives none; only an individual cycle has any."""
        if not self.cycle.individual or not standing.cycle.individual:
            return self
        kept: Checked = {name: value for name, value in standing.own.items() if getattr(self, name) is None}
        # A month and a year mean nothing to a shorter cycle, and a day nothing to one of days.
        if self.cycle.period != "YEAR":
            means_something = [] if self.cycle.period == "DAY" else ["billing_day"]
            kept = {name: value for name, value in kept.items() if name in means_something}
        return replace(self, **kept)

    def arithmetic(self) -> Cycle:
        """Return the cycle as the arithmetic takes it."""
        cycle = self.cycle
        return Cycle(
            period=cycle.period,
            duration=cycle.duration,
            billing_day=cycle.billing_day,
            billing_month=cycle.billing_month,
            billing_year=cycle.billing_year,
            offset_hours=cycle.offset_hours,
        ).with_individual(**self.own)


def standing(account: Account) -> Plan:
    """Return the cycle that an account has."""
    return Plan(account.bill_cycle, account.billing_day, account.billing_month, account.billing_year)


def planned(account: Account) -> Plan | None:
    """Return the cycle that is planned for an account, None when none is."""
    if account.planned_cycle is None:
        return None
    return Plan(
        account.planned_cycle,
        account.planned_billing_day,
        account.planned_billing_month,
        account.planned_billing_year,
    )


def zone() -> ZoneInfo:
    """Return the time zone that bills are cut in."""
    found = timezone.get_default_timezone()
    assert isinstance(found, ZoneInfo)
    return found


def as_it_stands(account: Account) -> list[Segment]:
    """Return the cycle that an account has, as if nothing were planned."""
    now = standing(account)
    return [Segment(cycle=now.arithmetic(), valid_from=max(account.cycle_valid_from, EARLIEST), code=now.cycle.code)]


def with_change(account: Account, plan: Plan, valid_from: datetime) -> list[Segment]:
    """Return the cycle that an account has until a change, and the one that follows."""
    stands = as_it_stands(account)
    # A change that waited for another one was asked for before that one came into force.
    return changed(stands, max(valid_from, stands[0].valid_from), plan.arithmetic(), plan.cycle.code)


def as_planned(account: Account) -> list[Segment]:
    """Return the cycle that an account has, and the one that is planned, if one is."""
    plan = planned(account)
    if plan is None or account.planned_cycle_from is None:
        return as_it_stands(account)
    return with_change(account, plan, account.planned_cycle_from)


def spans_around(account: Account, plan: Plan, valid_from: datetime) -> list[Span]:
    """Return the period that a change to a cycle ends, and those that follow it."""
    segments = with_change(account, plan, valid_from)
    return around_change(segments, segments[-1].valid_from, SHOWN, zone())


def spans_from(account: Account, at: datetime, count: int = SHOWN) -> list[Span]:
    """Return the period in which an instant lies and those that follow, a planned change included."""
    return upcoming(as_planned(account), max(at, account.cycle_valid_from), count, zone())


def span_json(span: Span) -> dict[str, object]:
    """Return a period as it looks in REST."""
    return {
        "start": instant(span.start),
        "end": instant(span.end),
        "billCycle": span.segment.code,
        "shortened": span.shortened,
    }


def bill_cycle_history(account: Account, moment: Moment | None = None) -> list[dict[str, object]]:
    """Return the cycles that an account had, oldest first, each with when it ended; those until a moment."""
    found = steps(account, "cycle_valid_from", ("bill_cycle_id", *WIRE), moment)
    return [
        {
            "billCycle": item_json(row.bill_cycle),
            **{wire: getattr(row, column) for column, wire in WIRE.items()},
            "validFrom": instant(row.cycle_valid_from),
            "validTo": instant(end),
        }
        for row, end in found
    ]
