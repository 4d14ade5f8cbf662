"""What an adjustment would do, computed as the operation computes it, and written nowhere."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal

from balances.limits import limits_of, moved_today, refuse_beyond
from balances.models import Balance
from balances.operations.updating import Adjustment, agreed, worth
from balances.thresholds import used_percentage
from ocsportal.entities.decimals import grouped
from ocsportal.transactions.change import Change
from offers.words import unit_words
from offers.worth import Worth

ZERO = Decimal(0)


@dataclass(frozen=True)
class Outlook:
    """A balance as it stands and as it would be, and the thresholds that it would cross on the way."""

    before: Balance
    after: Balance
    crossed: tuple[str, ...]


def foresee(change: Change, operation: str, balances: Sequence[Balance], items: Sequence[Adjustment]) -> list[Outlook]:
    """Return what each item would make of its balance; raise what the operation of that name would refuse."""
    found = []
    moved: list[Worth] = []
    for number, (balance, item) in enumerate(zip(balances, items, strict=True)):
        prefix = f"balances[{number}]." if len(items) > 1 else ""
        after = copy(balance)
        actual = agreed(change, after, item, prefix)
        moved += worth(after, balance.granted, actual, item, prefix)
        after.actual = balance.actual if actual is None else actual
        found.append(Outlook(balance, after, _crossed(balance, after)))
    refuse_beyond(change, operation, moved)
    return found


def _crossed(before: Balance, after: Balance) -> tuple[str, ...]:
    was, now = used_percentage(after, before.actual), used_percentage(after, after.actual)
    return tuple(threshold for threshold in after.thresholds if was < Decimal(threshold) <= now)


def room(change: Change, operation: str, unit: str) -> str:
    """Return how much the actor may move in a unit by an operation, in words; empty where nothing limits it."""
    each, day = limits_of(change, operation, unit)
    words = unit_words(unit)
    if ZERO in (each, day):
        return f"You may not adjust {words}."
    parts = []
    if each is not None:
        parts.append(f"up to {grouped(each)} {words} at once")
    if day is not None:
        left = max(day - moved_today(change, unit), ZERO)
        parts.append(f"{grouped(left)} {words} left today")
    return f"You may adjust {', '.join(parts)}." if parts else ""
