"""What an adjustment would do, computed as the operation computes it, and written nowhere."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal

from balances.limits import adjusted_today, check_beyond, limits_of
from balances.models import Balance
from balances.operations.updating import Adjustment, moved_by, terms
from balances.thresholds import used_percentage
from ocsportal.entities.numbers import grouped
from ocsportal.transactions.change import Change
from offers.words import unit_words


@dataclass(frozen=True)
class Outlook:
    """A balance as it stands and as it would be, and the thresholds that it would cross on the way."""

    before: Balance
    after: Balance
    crossed: tuple[str, ...]


def foresee(change: Change, balances: Sequence[Balance], items: Sequence[Adjustment]) -> list[Outlook]:
    """Return what each item would make of its balance; raise what the operation would refuse."""
    found = []
    adjusted: dict[str, Decimal] = {}
    for number, (balance, item) in enumerate(zip(balances, items, strict=True)):
        prefix = f"balances[{number}]." if len(items) > 1 else ""
        after = copy(balance)
        actual = terms(after, item, prefix)
        if actual is not None:
            amount, unit = actual - balance.actual, balance.unit
            if change.actor.pk:
                limits = limits_of(change, unit)
                check_beyond(
                    change, balance, amount, f"{prefix}{moved_by(item)}", *limits, adjusted.get(unit, Decimal(0))
                )
            adjusted[unit] = adjusted.get(unit, Decimal(0)) + abs(amount)
            after.actual = actual
        found.append(Outlook(balance, after, _crossed(balance, after)))
    return found


def _crossed(before: Balance, after: Balance) -> tuple[str, ...]:
    was, now = used_percentage(after, before.actual), used_percentage(after, after.actual)
    return tuple(threshold for threshold in after.thresholds if was < Decimal(threshold) <= now)


def room(change: Change, unit: str) -> str:
    """Return how far the actor may adjust in a unit, in words; empty where nothing limits it."""
    each, day = limits_of(change, unit) if change.actor.pk else (None, None)
    words = unit_words(unit)
    parts = []
    if each is not None:
        parts.append(f"up to {grouped(each)} {words} at once")
    if day is not None:
        left = max(day - adjusted_today(change, unit), Decimal(0))
        parts.append(f"{grouped(left)} {words} left today")
    return f"You may adjust {', '.join(parts)}." if parts else ""
