"""How a balance looks from outside (docs/rest.md, answers). Decimals are strings, which no client reads as a float."""

from decimal import Decimal

from balances.models import Balance, LedgerEntry
from ocsportal.entities.decimals import plain
from ocsportal.entities.representation import ITEM, REFERENCE, item_json, reference_json
from ocsportal.transactions.representation import instant, represents
from ocsportal.transactions.shapes import DECIMAL, FLAG, MOMENT, TEXT, WHOLE, entity, listed, maybe


def amount(balance: Balance, value: Decimal) -> str:
    """Return a value of a balance as text: money with its currency's digits, quantities without needless zeros."""
    return plain(value, balance.currency.digits if balance.currency else 0)


BALANCE = entity(
    refId=TEXT,
    subscription=REFERENCE,
    service=ITEM,
    unitsOfMeasurement=maybe(TEXT),
    currency=maybe(ITEM),
    grantedBalance=DECIMAL,
    actualBalance=DECIMAL,
    balanceDeducted=FLAG,
    validFrom=MOMENT,
    validTo=maybe(MOMENT),
    thresholds=listed(TEXT),
    rejectWhenExhausted=FLAG,
    changedAt=MOMENT,
    version=WHOLE,
    # With BalanceThresholdReached.
    threshold=TEXT,
)


@represents(Balance, "io.ocs.pbs.core.model.BalanceEx", BALANCE)
def balance_json(balance: Balance) -> dict[str, object]:
    """Return a balance, or a version of one, as JSON values."""
    return {
        "refId": balance.ref_id,
        "subscription": reference_json(balance.subscription),
        "service": item_json(balance.service),
        "unitsOfMeasurement": balance.units or None,
        "currency": item_json(balance.currency),
        "grantedBalance": amount(balance, balance.granted),
        "actualBalance": amount(balance, balance.actual),
        "balanceDeducted": balance.deducted,
        "validFrom": instant(balance.valid_from),
        "validTo": instant(balance.valid_to),
        "thresholds": balance.thresholds,
        "rejectWhenExhausted": balance.reject_when_exhausted,
        "changedAt": instant(balance.changed_at),
        "version": balance.version,
    }


def entry_json(entry: LedgerEntry) -> dict[str, object]:
    """Return one ledger entry as JSON values."""
    balance = entry.balance
    return {
        "number": entry.number,
        "amount": amount(balance, entry.amount),
        "before": amount(balance, entry.before),
        "after": amount(balance, entry.after),
        "operation": entry.operation,
        "reason": entry.reason or None,
        "actor": entry.actor_name,
        "at": instant(entry.at),
    }
