"""A balance as people see it: how much is left or used, on a bar with its thresholds, and in words."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from balances.models import Balance
from balances.thresholds import used_percentage
from ocsportal.entities.decimals import grouped
from offers.words import unit_words

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Drawing:
    """The bar of a balance: its filled share and marks in percent, its look, and the same in words."""

    fill: str
    marks: tuple[str, ...]
    look: str
    words: str
    warning: str
    title: str

    @property
    def badge(self) -> str:
        """The look of the badge with the warning."""
        return {"out": "deactivated", "low": "suspended"}.get(self.look, "plain")


def money(balance: Balance, value: Decimal) -> str:
    """Return a value of a balance as people read it, with its unit."""
    digits = balance.currency.digits if balance.currency else 0
    return f"{grouped(value, digits)} {unit_words(balance.unit)}"


def number(balance: Balance, value: Decimal) -> str:
    """Return a value of a balance without its unit."""
    return grouped(value, balance.currency.digits if balance.currency else 0)


def drawn(balance: Balance, at: datetime | None = None) -> Drawing:
    """Return the bar: what counts down shows what is left of it, what counts up what is used."""
    used = used_percentage(balance, balance.actual)
    kind = "left" if balance.deducted else "used"
    share = HUNDRED - used if balance.deducted else used
    thresholds = [Decimal(threshold) for threshold in balance.thresholds]
    crossed = [threshold for threshold in thresholds if used >= threshold]
    marks = [HUNDRED - threshold if balance.deducted else threshold for threshold in thresholds]
    words = f"{number(balance, balance.actual)} of {money(balance, balance.granted)} {kind}"
    warning, look = _warning(balance, used, crossed, at or timezone.now())
    listed = ", ".join(f"{grouped(threshold)} %" for threshold in thresholds)
    return Drawing(
        fill=_percent(min(max(share, Decimal(0)), HUNDRED)),
        marks=tuple(_percent(mark) for mark in marks if 0 < mark < HUNDRED),
        look=look,
        words=words,
        warning=warning,
        title=f"{words}; {grouped(used.quantize(Decimal(1)))} % used" + (f"; thresholds {listed}" if listed else ""),
    )


def _percent(share: Decimal) -> str:
    return f"{share.quantize(Decimal('0.1')):f}%"


def _warning(balance: Balance, used: Decimal, crossed: list[Decimal], at: datetime) -> tuple[str, str]:
    if balance.valid_to is not None and balance.valid_to <= at:
        return "expired", "over"
    if balance.valid_from > at:
        return "not yet valid", "over"
    if used >= HUNDRED:
        return "used up", "out"
    return (f"past {grouped(max(crossed))} %", "low") if crossed else ("", "well")
