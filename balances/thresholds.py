"""Thresholds: percentages of use that, once crossed, are told of in an event."""

from decimal import Decimal

from balances.models import Balance
from ocsportal.transactions.representation import object_type, represent
from ocsportal.transactions.touched import ToldItem

EVENT = "BalanceThresholdReached"


def used_percentage(balance: Balance, actual: Decimal) -> Decimal:
    """Return how much of what was granted is used at a value, of hundred; nothing granted is all used."""
    if balance.granted <= 0:
        return Decimal(100)
    used = balance.granted - actual if balance.deducted else actual
    return used * 100 / balance.granted


def reached(balance: Balance, before: Decimal) -> list[ToldItem]:
    """Return an event for each threshold that a balance crossed on its way from a value to its present one."""
    was, now = used_percentage(balance, before), used_percentage(balance, balance.actual)
    crossed = [threshold for threshold in balance.thresholds if was < Decimal(threshold) <= now]
    return [
        {
            "name": EVENT,
            "object": {**represent(balance), "threshold": threshold},
            "objectType": object_type(balance),
        }
        for threshold in crossed
    ]
