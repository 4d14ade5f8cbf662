"""Change the bill cycle of an account: at once, as a plan, and what becomes of the plan (docs/bill-cycles.md)."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.db.models import F, Q

from accounts.billing import WIRE, Plan, span_json, spans_around, standing
from accounts.billing import planned as planned_for
from accounts.models import Account, BillCycle
from accounts.periods import LATEST
from ocsportal.entities.configuration import configured
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.entering import set_columns
from ocsportal.entities.life.locking import lock
from ocsportal.entities.life.plans import PlannedChange, declared, kind_of, set_by
from ocsportal.entities.life.waiting import SCHEDULED, Decision, Queue, Waiting
from ocsportal.entities.models import Entity
from ocsportal.entities.store.writing import save
from ocsportal.transactions.change import Change, to_millisecond
from ocsportal.transactions.errors import OperationRefused, invalid, malformed
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Touched, operation

CYCLE_COLUMNS = ("bill_cycle", "billing_day", "billing_month", "billing_year", "cycle_valid_from")
IS_PLANNED = Q(planned_cycle__isnull=False)
PERFORM = Decision("Perform now", "perform-bill-cycle", "PerformAccountBillCycleChange", key="p")
MOVE = Decision("Move", "move-bill-cycle", "UpdateAccountBillCycle", key="m", dated=True)
CANCEL = Decision("Cancel", "cancel-bill-cycle", "CancelAccountBillCycleChange", key="Backspace")
BILL_CYCLES = Queue(
    "bill-cycles",
    "Planned bill cycles",
    "Planned bill cycles",
    "Each account gets its new bill cycle automatically when it is due, unless somebody moves, cancels or performs it first.",
)


def _waiting(queue: Queue) -> Waiting[Account]:
    return Waiting(queue, IS_PLANNED, lambda account: bool(account.has_cycle_plan), (PERFORM, MOVE, CANCEL))


def cycle_deed(changed: Checked) -> str:
    """Return what became of a bill cycle by the fields that changed."""
    own = {"billCycle", "billingDay", "billingMonth", "billingYear"}
    return "Bill cycle changed" if own & set(changed) else "Bill cycle planned"


@declared
class BillCyclePlan(PlannedChange[Account]):
    """A planned change of an account's bill cycle, which comes into force at its instant."""

    subject: ClassVar[str] = "BillCycle"
    model: ClassVar[type[Entity]] = Account
    columns: ClassVar[Mapping[str, object]] = {
        "planned_cycle": None,
        "planned_billing_day": None,
        "planned_billing_month": None,
        "planned_billing_year": None,
        "planned_cycle_from": None,
        "planned_cycle_by": "",
    }
    instant: ClassVar[str] = "planned_cycle_from"
    by: ClassVar[str] = "planned_cycle_by"
    scheduled: ClassVar[Q] = IS_PLANNED
    reason: ClassVar[str] = "Planned bill cycle in force"
    waiting: ClassVar[tuple[Waiting, ...]] = (_waiting(SCHEDULED), _waiting(BILL_CYCLES))

    def planned(self, entity: Account) -> str:
        """Return the planned bill cycle."""
        return str(entity.planned_cycle)

    def deed(self, changed: Checked) -> str:
        """Return that the bill cycle changed."""
        return cycle_deed(changed)

    def why(self, entity: Account) -> str:
        """Return the bill cycle that it takes the place of."""
        return f"now {entity.bill_cycle}"

    def waits(self, entity: Account) -> bool:
        """Whether one is planned; it is never uncertain."""
        return entity.has_cycle_plan

    def taken(self, at: datetime) -> dict[str, object]:
        """Return the columns of a bill cycle in force from its planned instant."""
        own = {name: F(f"planned_{name}") for name in WIRE}
        return {
            **self.columns,
            **own,
            "bill_cycle": F("planned_cycle"),
            "cycle_valid_from": F("planned_cycle_from"),
        }

    def declined(self, refusal: OperationRefused, at: datetime) -> dict[str, object]:
        """Return the columns without the plan; why it was dropped stands in the audit trail."""
        return dict(self.columns)


PLAN_COLUMNS = tuple(BillCyclePlan.columns)


@operation("UpdateAccountBillCycle", Account, deed=cycle_deed)
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
        plan_cycle(change, found, new, at)
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
        raise invalid([malformed("billCycle", "The account already has this bill cycle.")])
    at = now if valid_from is None else to_millisecond(valid_from)
    if valid_from is not None and at <= now:
        raise invalid([malformed("validFrom", "Must be in the future; leave it out to change the cycle at once.")])
    if at > LATEST:
        raise invalid([malformed("validFrom", f"Must be before {LATEST.year}.")])
    return new, at


@operation("CancelAccountBillCycleChange", Account, deed="Planned bill cycle cancelled")
def cancel_account_bill_cycle_change(change: Change, *, account: Ref) -> Touched:
    """Drop the planned change of an account's bill cycle."""
    found = lock(change, Account, account, "account")
    _planned(found)
    kind_of(BillCyclePlan.subject).drop(change, found)
    return Touched([found])


@operation("PerformAccountBillCycleChange", Account, deed="Planned bill cycle performed", dangerous=True)
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
    set_columns(account, BillCyclePlan.columns)
    save(change, account, *CYCLE_COLUMNS, *PLAN_COLUMNS)


def plan_cycle(change: Change, account: Account, plan: Plan, valid_from: datetime) -> None:
    """Write a plan to change an account's bill cycle at an instant."""
    account.planned_cycle = plan.cycle
    for name, value in plan.own.items():
        setattr(account, f"planned_{name}", value)
    account.planned_cycle_from = valid_from
    account.planned_cycle_by = set_by(change)
    save(change, account, *PLAN_COLUMNS)
