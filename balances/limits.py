"""How far an agent may adjust: most per adjustment, and most per agent and day (docs/balances.md, limits)."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from balances.models import AdjustmentLimit, Balance, LedgerEntry
from ocsportal.entities.configuration import remembered
from ocsportal.entities.numbers import plain
from ocsportal.people.models import User
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused

LIMIT = "CASM-ADJUSTMENT-LIMIT"
PERMISSIONS = ("update_subscription_balance", "update_subscription_balances")


def limits_of(change: Change, unit: str) -> tuple[Decimal | None, Decimal | None]:
    """Return the most per adjustment and per day for the actor in a unit; None is no limit.

    Who is in several groups that may adjust may what the most generous of them lets them; such a group without a limit
    lets them anything. Groups that may not adjust, such as the auditors, let nobody do more.
    """
    return remembered((AdjustmentLimit, change.actor.pk, unit), lambda: _limits(change.actor, unit))


def _limits(actor: User, unit: str) -> tuple[Decimal | None, Decimal | None]:
    mine = actor.groups.all()
    groups = set(mine.filter(permissions__codename__in=PERMISSIONS).values_list("pk", flat=True))
    groups = groups or set(mine.values_list("pk", flat=True))
    rows = list(AdjustmentLimit.objects.filter(group__in=groups, unit=unit))
    if not rows or len(rows) < len(groups):
        return None, None
    each = [row.per_adjustment for row in rows]
    day = [row.per_day for row in rows]
    return (None if None in each else max(each)), (None if None in day else max(day))


def refuse_beyond(change: Change, balance: Balance, amount: Decimal, parameter: str) -> None:
    """Raise CASM-ADJUSTMENT-LIMIT when an adjustment is beyond what its actor may; up and down count alike."""
    if not change.actor.pk:
        return
    each, day = limits_of(change, balance.unit)
    if day is not None:
        # One adjustment of an agent at a time, so that two at once can't each find the day's rest.
        User.objects.select_for_update(no_key=True).get(pk=change.actor.pk)
    check_beyond(change, balance, amount, parameter, each, day)


def check_beyond(
    change: Change,
    balance: Balance,
    amount: Decimal,
    parameter: str,
    each: Decimal | None,
    day: Decimal | None,
    also: Decimal = Decimal(0),
) -> None:
    """Raise CASM-ADJUSTMENT-LIMIT for an amount beyond the limits; `also` is what else is about to be adjusted."""
    size = abs(amount)
    if each is not None and size > each:
        raise OperationRefused(LIMIT, f"At most {plain(each)} {balance.unit} may be adjusted at once.", parameter)
    if day is not None and (done := adjusted_today(change, balance.unit) + also) + size > day:
        left = max(day - done, Decimal(0))
        raise OperationRefused(
            LIMIT,
            f"At most {plain(day)} {balance.unit} may be adjusted a day; {plain(left)} are left today.",
            parameter,
        )


def adjusted_today(change: Change, unit: str) -> Decimal:
    """Return how much the actor has adjusted in a unit since midnight, up and down alike, this operation included."""
    midnight = timezone.localtime(change.at).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = LedgerEntry.objects.filter(
        transaction__actor=change.actor.pk,
        at__gte=midnight,
        at__lt=midnight + timedelta(days=1),
        number__gt=1,
        operation__startswith="UpdateSubscription",
    )
    currency = rows.filter(balance__currency__code=unit) | rows.filter(balance__units=unit)
    return sum((abs(amount) for amount in currency.values_list("amount", flat=True)), Decimal(0))
