"""How much an agent may move: most at once, and most per agent and day (docs/balances.md, limits; decision 0019).

Whatever an actor moves is counted here by the operation that moves it: adjustments and grants by the operations on
balances, money, fees and discounts of new subscriptions because `count` is asked before one is made.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import Group
from django.db.models import Sum
from django.utils import timezone

from balances.fields import ExactDecimal
from balances.models import AdjustmentLimit, AmountMoved
from ocsportal.entities.configuration import remembered
from ocsportal.entities.decimals import plain
from ocsportal.entities.store.writing import insert
from ocsportal.people.models import User
from ocsportal.transactions import recording
from ocsportal.transactions.actor import Actor
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.operation import snake
from offers.worth import Worth

LIMIT = "CASM-ADJUSTMENT-LIMIT"
# The most at once, and the most a day; None is no limit.
Limits = tuple[Decimal | None, Decimal | None]
ZERO = Decimal(0)
ENDLESS: Limits = (None, None)
NOTHING: Limits = (ZERO, ZERO)


@dataclass(frozen=True)
class GroupLimits:
    """A group of an actor: its permissions' codenames, and its limits by unit."""

    may: frozenset[str | None]
    rows: dict[str, Limits]

    def of(self, unit: str) -> Limits:
        """Return the limits in a unit; who is limited at all may move nothing of what no limit names."""
        if not self.rows:
            return ENDLESS
        return self.rows.get(unit) or self.rows.get(AdjustmentLimit.OTHERS) or NOTHING


def groups_of(actor: Actor, stands: str | None = None) -> tuple[GroupLimits, ...]:
    """Return the groups of an actor with what each limits, none when no group of them limits anything."""
    return remembered((AdjustmentLimit, "actor", actor.pk), lambda: _groups(actor), stands) if actor.pk else ()


def _groups(actor: Actor) -> tuple[GroupLimits, ...]:
    limits: dict[int, dict[str, Limits]] = {}
    for row in AdjustmentLimit.objects.filter(group__user=actor.pk):
        limits.setdefault(row.group_id, {})[row.unit] = (row.per_adjustment, row.per_day)
    if not limits:
        return ()
    may: dict[int, set[str | None]] = {}
    for group, codename in Group.objects.filter(user=actor.pk).values_list("pk", "permissions__codename"):
        may.setdefault(group, set()).add(codename)
    return tuple(GroupLimits(frozenset(names), limits.get(group, {})) for group, names in may.items())


def limits_of(change: Change, operation: str, unit: str) -> Limits:
    """Return the most at once and a day that the actor may move in a unit by an operation, None for no limit.

    Who is in several groups that may do it may what the most generous of them lets them; such a group without limits
    lets them anything. Groups that may not do it, such as the auditors, let nobody do more.
    """
    groups = groups_of(change.actor)
    codename = snake(operation)
    chosen = [group for group in groups if codename in group.may] or groups
    found = [group.of(unit) for group in chosen] or [ENDLESS]
    return _most(each for each, _ in found), _most(day for _, day in found)


def _most(amounts: Iterable[Decimal | None]) -> Decimal | None:
    found = list(amounts)
    return None if None in found else max(amount for amount in found if amount is not None)


def count(change: Change, operation: str, worth: Sequence[Worth]) -> None:
    """Count what an operation is about to move; raise CASM-ADJUSTMENT-LIMIT when its actor may not move that much.

    It is kept for whoever is in a group with limits, also where none is for a day yet, so that one that is set at noon
    counts the morning. Everything else must be locked before: the actor is locked last.
    """
    moved = [each for each in worth if each.amount]
    actor = change.actor.pk
    if not moved or actor is None or not groups_of(change.actor):
        return
    if any(limits_of(change, operation, each.unit)[1] is not None for each in moved):
        # One of an agent at a time, so that two at once can't each find the day's rest.
        User.objects.select_for_update(no_key=True).only("pk").get(pk=actor)
    refuse_beyond(change, operation, moved)
    totals: dict[str, Decimal] = {}
    for each in moved:
        totals[each.unit] = totals.get(each.unit, ZERO) + each.amount
    under_way = recording.current()
    assert under_way is not None
    for unit, amount in totals.items():
        at = change.recorded_at or change.at
        insert(AmountMoved(transaction_id=under_way, actor_id=actor, unit=unit, amount=amount, at=at))


def refuse_beyond(change: Change, operation: str, worth: Sequence[Worth]) -> None:
    """Raise CASM-ADJUSTMENT-LIMIT when the actor may not move all this; writes nothing."""
    done: dict[str, Decimal] = {}
    for each in worth:
        once, day = limits_of(change, operation, each.unit)
        if once is not None and each.amount > once:
            words = f"At most {plain(once)} {each.unit} may be adjusted or given at once."
            raise OperationRefused(LIMIT, words, each.parameter)
        if day is None or not each.amount:
            continue
        before = done[each.unit] if each.unit in done else moved_today(change, each.unit)
        if before + each.amount > day:
            left = max(day - before, ZERO)
            words = f"At most {plain(day)} {each.unit} may be adjusted or given a day; {plain(left)} are left today."
            raise OperationRefused(LIMIT, words, each.parameter)
        done[each.unit] = before + each.amount


def moved_today(change: Change, unit: str) -> Decimal:
    """Return how much the actor has moved in a unit since midnight in the billing time zone, up and down alike."""
    midnight = timezone.localtime(change.at).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = AmountMoved.objects.filter(
        actor=change.actor.pk, unit=unit, at__gte=midnight, at__lt=midnight + timedelta(days=1)
    )
    total: Decimal | None = rows.aggregate(total=Sum("amount", output_field=ExactDecimal()))["total"]
    return total or ZERO
