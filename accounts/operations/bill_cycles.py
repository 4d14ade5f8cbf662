"""Change the bill cycle of an account: at once, as a plan, and what becomes of the plan (docs/bill-cycles.md)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from accounts.billing import Plan, span_json, spans_around, standing
from accounts.billing import planned as planned_for
from accounts.models import Account, BillCycle
from accounts.models.accounts import NO_CYCLE_PLAN
from accounts.periods import LATEST
from ocsportal.entities import due, plans
from ocsportal.entities.configuration import configured
from ocsportal.entities.identity import Ref
from ocsportal.entities.loading import lock
from ocsportal.entities.states import PlanStatus
from ocsportal.entities.writing import save
from ocsportal.transactions import door
from ocsportal.transactions.change import Change, to_millisecond
from ocsportal.transactions.errors import OperationRefused, invalid, malformed
from ocsportal.transactions.models import Channel
from ocsportal.transactions.operation import Touched, operation
from ocsportal.transactions.system import SystemActor

CYCLE_COLUMNS = ("bill_cycle", "billing_day", "billing_month", "billing_year", "cycle_valid_from")
PLAN_COLUMNS = tuple(NO_CYCLE_PLAN)
NAME = "UpdateAccountBillCycle"


@operation(NAME, Account)
def update_account_bill_cycle(
    change: Change,
    *,
    account: Ref,
    bill_cycle: str,
    billing_day: int | None = None,
    billing_month: int | None = None,
    billing_year: int | None = None,
    valid_from: datetime | None = None,
) -> Touched:
    """Change an account's bill cycle, at once or from an instant in the future; answers with the resulting periods."""
    found = lock(change, Account, account, "account")
    asked = Plan(configured(BillCycle, bill_cycle, "billCycle"), billing_day, billing_month, billing_year)
    new, at = checked_cycle(found, asked, valid_from, _present(change.at, found))
    periods = {"billingPeriods": [span_json(span) for span in spans_around(found, new, at)]}
    if valid_from is None:
        enter_cycle(change, found, new, at)
    else:
        _plan(change, found, new, at)
    return Touched([found], details=periods)


def checked_cycle(account: Account, asked: Plan, valid_from: datetime | None, now: datetime) -> tuple[Plan, datetime]:
    """Return the cycle that an account would get and from when; raise what forbids it (docs/bill-cycles.md)."""
    if account.has_cycle_plan:
        raise OperationRefused(
            "BILL-CYCLE-CHANGE-PENDING", "A change of the bill cycle is planned; cancel or perform it first.", "account"
        )
    present = standing(account)
    new = asked.keeping(present)
    if faults := new.faults():
        raise invalid(faults)
    if new == present:
        raise invalid([malformed("billCycle", "The account has this very bill cycle already.")])
    at = now if valid_from is None else to_millisecond(valid_from)
    if valid_from is not None and at <= now:
        raise invalid([malformed("validFrom", "Must lie in the future; leave it out to change the cycle at once.")])
    if at > LATEST:
        raise invalid([malformed("validFrom", f"Must lie before {LATEST.year}.")])
    return new, at


@operation("CancelAccountBillCycleChange", Account)
def cancel_account_bill_cycle_change(change: Change, *, account: Ref) -> Touched:
    """Drop the planned change of an account's bill cycle."""
    found = lock(change, Account, account, "account")
    _planned(found)
    drop_cycle_plan(found)
    save(change, found, *PLAN_COLUMNS)
    return Touched([found])


@operation("PerformAccountBillCycleChange", Account, dangerous=True)
def perform_account_bill_cycle_change(change: Change, *, account: Ref) -> Touched:
    """Carry out the planned change of an account's bill cycle now; there is no way back."""
    found = lock(change, Account, account, "account")
    new = _planned(found)
    at = _present(change.at, found)
    periods = {"billingPeriods": [span_json(span) for span in spans_around(found, new, at)]}
    enter_cycle(change, found, new, at)
    return Touched([found], details=periods)


def _present(at: datetime, account: Account) -> datetime:
    """Return when a change at once begins: never before the present cycle, which may be a moment younger than it."""
    return max(at, account.cycle_valid_from)


def _planned(account: Account) -> Plan:
    plan = planned_for(account)
    if plan is None:
        raise OperationRefused("BILL-CYCLE-CHANGE-NOT-PENDING", "No change of the bill cycle is planned.", "account")
    return plan


def enter_cycle(change: Change, account: Account, plan: Plan, valid_from: datetime) -> None:
    """Write an account into a bill cycle from an instant on; its plan is done with."""
    account.bill_cycle = plan.cycle
    for name, value in plan.own.items():
        setattr(account, name, value)
    account.cycle_valid_from = valid_from
    drop_cycle_plan(account)
    save(change, account, *CYCLE_COLUMNS, *PLAN_COLUMNS)


def _plan(change: Change, account: Account, plan: Plan, valid_from: datetime) -> None:
    account.planned_cycle = plan.cycle
    for name, value in plan.own.items():
        setattr(account, f"planned_{name}", value)
    account.planned_cycle_from = valid_from
    account.planned_cycle_by = (change.on_behalf_of or change.actor.display_name)[:150]
    save(change, account, *PLAN_COLUMNS)


def drop_cycle_plan(account: Account) -> None:
    """Forget the planned bill cycle, in memory."""
    for name, value in NO_CYCLE_PLAN.items():
        setattr(account, name, value)


# When its time has come


def due_cycle(account: Account, at: datetime) -> tuple[datetime, plans.Settle] | None:
    """Return a due change of bill cycle with what settles it, None when none is due."""
    if account.planned_cycle_from is None or account.planned_cycle_from > at:
        return None
    return account.planned_cycle_from, settle_cycle


def settle_cycle(change: Change, account: Account) -> None:
    """Bring the due bill cycle of a locked account into force, under a transaction of its own."""
    scheduled = replace(scheduled_change(account, change.at), recorded_at=change.recorded_at)

    def work() -> Touched:
        plan, valid_from = _planned(account), account.planned_cycle_from
        assert valid_from is not None
        enter_cycle(scheduled, account, plan, valid_from)
        return Touched([account])

    door.record_nested(NAME, scheduled, work)


def scheduled_change(account: Account, at: datetime) -> Change:
    """Return the change under which a due bill cycle comes into force: by the schedule, on behalf of who planned it."""
    return Change(
        actor=SystemActor("schedule"),  # type: ignore[arg-type]
        channel=Channel.SCHEDULE,
        at=at,
        request_id=f"cycle-{account.etag}",
        on_behalf_of=account.planned_cycle_by,
        reason="Planned bill cycle in force",
    )


def due_accounts(at: datetime) -> QuerySet[Account]:
    """Return the accounts whose bill cycle is due, but not those whose state has to change before."""
    rows = Account.objects.filter(planned_cycle__isnull=False, planned_cycle_from__lte=at)
    earlier = Q(plan_status=PlanStatus.SCHEDULED, plan_valid_from__lte=F("planned_cycle_from"))
    return rows.exclude(earlier).order_by("planned_cycle_from", "pk")


def bring_cycles_into_force(at: datetime) -> int:
    """Bring every due bill cycle into force, a batch per planner and statement; return how many."""
    done = 0
    while first := due_accounts(at).first():
        rows = due.batch_of(due_accounts(at).filter(planned_cycle_by=first.planned_cycle_by))
        entered = due.recorded_batch(NAME, scheduled_change(first, at), rows, lambda found: _enter_all(found, at))
        if not entered:
            break
        done += entered
    return done


def _enter_all(rows: list[Account], at: datetime) -> None:
    Account.objects.filter(pk__in=[row.pk for row in rows]).update(
        **{
            **NO_CYCLE_PLAN,
            "bill_cycle": F("planned_cycle"),
            **{name: F(f"planned_{name}") for name in ("billing_day", "billing_month", "billing_year")},
            "cycle_valid_from": F("planned_cycle_from"),
            "changed_at": at,
            "version": F("version") + 1,
        }
    )
    for row in rows:
        plan: Any = planned_for(row)
        row.bill_cycle, row.cycle_valid_from = plan.cycle, row.planned_cycle_from  # type: ignore[assignment]
        for name, value in plan.own.items():
            setattr(row, name, value)
        drop_cycle_plan(row)
        row.version += 1
        row.changed_at = at


plans.FURTHER_PLANS[Account] = (due_cycle,)
due.JOBS.append(bring_cycles_into_force)
