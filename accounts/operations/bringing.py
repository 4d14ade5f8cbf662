"""What an account brings along that was billed elsewhere: since when its bill cycle stands, and which one is planned."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.billing import Plan
from accounts.models import Account, BillCycle
from accounts.operations.bill_cycles import checked_cycle, plan_cycle
from accounts.periods import EARLIEST
from ocsportal.entities.configuration import configured
from ocsportal.transactions.change import Change, to_millisecond
from ocsportal.transactions.errors import Fault, OperationRefused, malformed, refuse

PLANNED = "plannedBillCycle."


def bring_cycle(change: Change, account: Account, since: datetime | None, planned: Mapping[str, object]) -> None:
    """Write on a new account, in memory, since when it has its bill cycle, and the change of it that is planned.

    Raise what forbids either, with the parameters `cycleValidFrom` and `plannedBillCycle.…` (docs/importing.md).
    """
    if since is not None:
        if since > change.at:
            raise refuse(malformed("cycleValidFrom", "Must not be in the future."))
        account.cycle_valid_from = max(to_millisecond(since), EARLIEST)
    if planned:
        _bring_plan(change, account, planned)


def _bring_plan(change: Change, account: Account, planned: Mapping[str, object]) -> None:
    code, at = planned.get("bill_cycle"), planned.get("valid_from")
    if not isinstance(code, str) or not isinstance(at, datetime):
        raise refuse(malformed(f"{PLANNED}{'validFrom' if code else 'billCycle'}", "Is required for a planned change."))
    own = {name: _whole(planned.get(name)) for name in ("billing_day", "billing_month", "billing_year")}
    try:
        asked = Plan(configured(BillCycle, code, "billCycle"), **own)
        # One that is due by now comes into force as any other.
        new, begins = checked_cycle(account, asked, at, min(change.at, at - timedelta(milliseconds=1)))
    except OperationRefused as refusal:
        refusal.faults = tuple(Fault(fault.code, PLANNED + fault.parameter, fault.message) for fault in refusal.faults)
        raise
    plan_cycle(change, account, new, begins)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
