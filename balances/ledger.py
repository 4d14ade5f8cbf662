"""The ledger: the only place where a balance's actual value changes, each time with its entry (docs/balances.md)."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from balances.fields import ExactDecimal
from balances.models import Balance, LedgerEntry
from ocsportal.entities.store.making import new
from ocsportal.entities.store.writing import insert
from ocsportal.transactions import macs, recording
from ocsportal.transactions.change import Change

ZERO = Decimal(0)


def entry(change: Change, operation: str, balance: Balance, before: Decimal, reason: str) -> LedgerEntry:
    """Return the entry for a balance that went from a value to its present one, not yet saved."""
    under_way = recording.current()
    assert under_way is not None
    salt = macs.new_salt()
    return new(
        LedgerEntry,
        balance=balance,
        number=balance.entries,
        amount=balance.actual - before,
        before=before,
        after=balance.actual,
        operation=operation,
        reason=reason,
        reason_digest=macs.text_digest(salt, reason),
        salt=salt,
        actor_name=change.actor.display_name[:150],
        at=change.recorded_at or change.at,
        transaction_id=under_way,
    )


def open_ledger(change: Change, operation: str, balances: Sequence[Balance]) -> None:
    """Write the first entry of new balances: their opening value."""
    for balance in balances:
        insert(entry(change, operation, balance, ZERO, change.reason))


def post(change: Change, operation: str, balance: Balance, after: Decimal, reason: str) -> None:
    """Give a locked balance another value, in memory, and write the entry for it."""
    before, balance.actual = balance.actual, after
    balance.entries += 1
    insert(entry(change, operation, balance, before, reason))


def off() -> models.QuerySet[Balance]:
    """Return the balances that do not equal the sum of their entries, or whose last entry says another value."""
    entries = LedgerEntry.objects.filter(balance=models.OuterRef("pk")).order_by().values("balance")
    total = entries.annotate(total=models.Sum("amount", output_field=ExactDecimal())).values("total")
    count = entries.annotate(count=models.Count("pk")).values("count")
    last = LedgerEntry.objects.filter(balance=models.OuterRef("pk")).order_by("-number")
    further = LedgerEntry.objects.filter(balance=models.OuterRef("pk")).exclude(number=1)
    before = LedgerEntry.objects.filter(
        balance=models.OuterRef("balance"), number=models.OuterRef("number") - 1, after=models.OuterRef("before")
    )
    return (
        Balance.objects.annotate(
            total=models.Subquery(total, output_field=ExactDecimal()),
            count=models.Subquery(count),
            last_value=models.Subquery(last.values("after")[:1], output_field=ExactDecimal()),
            unlinked=models.Exists(further.filter(~models.Exists(before))),
        )
        # Without any entry the sum is NULL, which is neither equal nor different.
        .filter(
            Q(total=None)
            | ~Q(total=F("actual"))
            | ~Q(count=F("entries"))
            | ~Q(last_value=F("actual"))
            | Q(unlinked=True)
        )
        .select_related("subscription", "service", "currency")
        .order_by("pk")
    )
