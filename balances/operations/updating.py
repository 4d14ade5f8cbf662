"""Adjust balances: to a new value or by a difference, one or several, all or nothing (docs/balances.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from balances.ledger import post
from balances.limits import count
from balances.models import Balance
from balances.thresholds import reached
from ocsportal.entities.decimals import LIMIT, PLACES, read_decimal
from ocsportal.entities.identity import Ref
from ocsportal.entities.life.locking import lock
from ocsportal.entities.store.reading import LOCK, fetch_all
from ocsportal.entities.store.writing import update
from ocsportal.entities.values import KEEP, Keep, text_fault
from ocsportal.transactions.change import Change, to_millisecond
from ocsportal.transactions.errors import Fault, OperationRefused, Stale, invalid, malformed
from ocsportal.transactions.groups import AGENTS
from ocsportal.transactions.operation import Touched, operation
from ocsportal.transactions.representation import instant
from offers.models import Subscription
from offers.worth import Worth

UPDATE_ONE, UPDATE_SEVERAL = "UpdateSubscriptionBalance", "UpdateSubscriptionBalances"
MAX_REASON = 1000
NOT_FOUND = "CASM-BALANCE-NOT-FOUND"
INSUFFICIENT = "CASM-BALANCE-INSUFFICIENT"
EXPIRED = "CASM-BALANCE-EXPIRED"


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """One item of an update: which balance, to which value or by how much, and what else changes."""

    service: str | None = None
    balance: object = None
    adjustment: object = None
    granted_balance: object = None
    valid_from: datetime | None = None
    # None takes the end away.
    valid_to: datetime | Keep | None = KEEP
    reason: str = ""
    # The version of the balance that the caller saw, None for any: several balances are told apart by it, where the
    # change itself names one version only.
    version: str | None = None


@operation(UPDATE_ONE, Balance, groups=AGENTS)
def update_subscription_balance(change: Change, *, subscription: Ref, item: Adjustment) -> Touched:
    """Set or adjust one balance of a subscription; the service may be left out where there is just one."""
    return _update(change, UPDATE_ONE, subscription, [item], [""])


@operation(UPDATE_SEVERAL, Balance, groups=AGENTS)
def update_subscription_balances(change: Change, *, subscription: Ref, balances: Sequence[Adjustment]) -> Touched:
    """Set or adjust several balances of one subscription, all or nothing."""
    prefixes = [f"balances[{number}]." for number in range(len(balances))]
    return _update(change, UPDATE_SEVERAL, subscription, balances, prefixes)


def _update(
    change: Change, name: str, subscription: Ref, items: Sequence[Adjustment], prefixes: Sequence[str]
) -> Touched:
    if not items:
        raise invalid([malformed("balances", "Give at least one balance.")])
    found = lock(change, Subscription, subscription, "subscription", target=False)
    standing = _locked(found)
    if not standing:
        raise OperationRefused(NOT_FOUND, "The subscription has no balance.", "subscription")
    _refuse_stale(change, found, standing)
    chosen = [_chosen(standing, item, prefix) for item, prefix in zip(items, prefixes, strict=True)]
    _refuse_repeated(chosen, prefixes)
    if any(item.version not in (None, balance.etag) for balance, item in zip(chosen, items, strict=True)):
        raise Stale
    before = {balance.pk: balance.actual for balance in chosen}
    moved: list[Worth] = []
    values: list[Decimal | None] = []
    for balance, item, prefix in zip(chosen, items, prefixes, strict=True):
        granted = balance.granted
        values.append(agreed(change, balance, item, prefix))
        moved += worth(balance, granted, values[-1], item, prefix)
    count(change, name, moved)
    for balance, item, after in zip(chosen, items, values, strict=True):
        if after is not None:
            post(change, name, balance, after, item.reason or change.reason)
        balance.version += 1
        balance.changed_at = change.written_at
        update(balance, "granted", "actual", "valid_from", "valid_to", "entries", "changed_at", "version")
    events = [event for balance in chosen for event in reached(balance, before[balance.pk])]
    return Touched(list(chosen), extra_items=events, trees=[found])


def _refuse_stale(change: Change, subscription: Subscription, balances: Sequence[Balance]) -> None:
    """Accept what the client read of the subscription or of any of its balances."""
    tags = {subscription.etag, *(balance.etag for balance in balances)}
    if change.if_match is not None and "*" not in change.if_match and tags.isdisjoint(change.if_match):
        raise Stale


def _locked(subscription: Subscription) -> list[Balance]:
    return fetch_all(Balance, {"subscription_id": subscription.pk}, LOCK)


def _chosen(standing: Sequence[Balance], item: Adjustment, prefix: str) -> Balance:
    if item.service is None:
        if len(standing) > 1:
            codes = ", ".join(balance.service.code for balance in standing)
            raise invalid([malformed(f"{prefix}service", f"Is required, since there are several: {codes}.")])
        return standing[0]
    for balance in standing:
        if balance.service.code == item.service:
            return balance
    raise OperationRefused(NOT_FOUND, f"The subscription has no balance of {item.service!r}.", f"{prefix}service")


def _refuse_repeated(chosen: Sequence[Balance], prefixes: Sequence[str]) -> None:
    seen: set[int] = set()
    for balance, prefix in zip(chosen, prefixes, strict=True):
        if balance.pk in seen:
            raise invalid([malformed(f"{prefix}service", f"{balance.service.code} is given twice.")])
        seen.add(balance.pk)


def agreed(change: Change, balance: Balance, item: Adjustment, prefix: str) -> Decimal | None:
    """Write an item's grant and validity on a balance, in memory; return its new actual value, None when it stays.

    CASM-BALANCE-EXPIRED for another value of one that has ended, and that the item does not let go on.
    """
    faults: list[Fault] = []
    digits = balance.currency.digits if balance.currency else PLACES

    def read(name: str, value: object) -> Decimal | None:
        try:
            return None if value is None else read_decimal(value, digits)
        except ValueError as error:
            faults.append(malformed(f"{prefix}{name}", str(error)))
            return None

    absolute, relative = read("balance", item.balance), read("adjustment", item.adjustment)
    granted = read("grantedBalance", item.granted_balance)
    if item.balance is not None and item.adjustment is not None:
        faults.append(malformed(f"{prefix}adjustment", "Give either balance or adjustment, not both."))
    others = (item.granted_balance, item.valid_from, None if item.valid_to is KEEP else item)
    if item.balance is None and item.adjustment is None and all(value is None for value in others):
        faults.append(malformed(f"{prefix}balance", "Give balance or adjustment."))
    if granted is not None and granted < 0:
        faults.append(malformed(f"{prefix}grantedBalance", "Must be at least 0."))
    if item.reason and (fault := text_fault(f"{prefix}reason", item.reason, MAX_REASON)):
        faults.append(fault)
    start = to_millisecond(item.valid_from) if item.valid_from else balance.valid_from
    end = balance.valid_to if isinstance(item.valid_to, Keep) else item.valid_to and to_millisecond(item.valid_to)
    if end is not None and end <= start:
        faults.append(malformed(f"{prefix}validTo", "Must be after validFrom."))
    if faults:
        raise invalid(faults)
    moves = absolute is not None or relative is not None
    if moves and all(ends is not None and ends <= change.at for ends in (balance.valid_to, end)):
        words = f"The balance ended at {instant(balance.valid_to)}; an adjustment must move validTo as well."
        raise OperationRefused(EXPIRED, words, f"{prefix}{moved_by(item)}")
    balance.granted = balance.granted if granted is None else granted
    balance.valid_from, balance.valid_to = start, end
    after = balance.actual + relative if relative is not None else absolute
    if after is None:
        return None
    if after < 0 or _exhausts(balance, after):
        raise OperationRefused(
            INSUFFICIENT,
            f"The balance would be {after.normalize():f}; it has {balance.actual.normalize():f}.",
            f"{prefix}{moved_by(item)}",
        )
    if after >= LIMIT:
        raise invalid([malformed(f"{prefix}{moved_by(item)}", "Is too large.")])
    return after


def worth(balance: Balance, granted: Decimal, after: Decimal | None, item: Adjustment, prefix: str) -> list[Worth]:
    """Return what an item moves: the grant from what it was, and the value to what it will be; up and down alike."""
    found = [Worth(balance.unit, abs(balance.granted - granted), f"{prefix}grantedBalance")]
    if after is not None:
        found.append(Worth(balance.unit, abs(after - balance.actual), f"{prefix}{moved_by(item)}"))
    return found


def moved_by(item: Adjustment) -> str:
    """Return which of the two fields gives the new value."""
    return "balance" if item.adjustment is None else "adjustment"


def _exhausts(balance: Balance, after: Decimal) -> bool:
    """Whether a balance that counts up would count beyond what was granted, and rejects that."""
    return not balance.deducted and balance.reject_when_exhausted and after > balance.granted and after > balance.actual
