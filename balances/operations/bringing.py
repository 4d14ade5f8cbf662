"""What a balance brings along from elsewhere: the grant, what is left of it, and until when; its opening entry says the same."""

from collections.abc import Mapping
from datetime import datetime

from balances.models import Balance, LedgerEntry
from balances.operations.updating import Adjustment, agreed
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault, OperationRefused

# What an item of an update calls otherwise.
CALLED = {"balance": "actual", "grantedBalance": "granted"}


def bring_balance(
    change: Change, balance: Balance, opening: LedgerEntry, brought: Mapping[str, object], prefix: str
) -> list[Fault]:
    """Write `granted`, `actual`, `validFrom` and `validTo` on a new balance and its opening entry, in memory.

    Return what the rules of an update refuse of it. Without an actual value, a balance that counts down has its grant. A balance
    that has ended brings its value along all the same.
    """
    granted, actual = brought.get("granted"), brought.get("actual")
    begins, ends = brought.get("validFrom"), brought.get("validTo", balance.valid_to)
    if actual is None:
        actual = granted if balance.deducted and granted is not None else str(balance.actual)
    item = Adjustment(
        balance=actual,
        granted_balance=granted,
        valid_from=begins if isinstance(begins, datetime) else None,
        valid_to=ends if isinstance(ends, datetime) else None,
    )
    # With an end that has passed it would refuse another value.
    balance.valid_to = None
    try:
        after = agreed(change, balance, item, "")
    except OperationRefused as refusal:
        return [
            Fault(fault.code, prefix + CALLED.get(fault.parameter, fault.parameter), fault.message)
            for fault in refusal.faults
        ]
    assert after is not None
    balance.actual = opening.amount = opening.after = after
    return []
