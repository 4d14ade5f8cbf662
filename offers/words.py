"""Commercial values in words, as agents and product managers read them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone

from ocsportal.entities.decimals import grouped
from ocsportal.entities.values import read_instant
from offers.attributes import ATTRIBUTES, Attribute, AttributeKind
from offers.models import OfferVersion, Service, UnitsOfMeasurement

SHORT_UNITS = {
    UnitsOfMeasurement.EVENT: "events",
    UnitsOfMeasurement.SECOND: "s",
    UnitsOfMeasurement.MINUTE: "min",
    UnitsOfMeasurement.HOUR: "h",
    UnitsOfMeasurement.DAY: "days",
    UnitsOfMeasurement.BYTE: "bytes",
    UnitsOfMeasurement.KILOBYTE: "kB",
    UnitsOfMeasurement.MEGABYTE: "MB",
    UnitsOfMeasurement.GIGABYTE: "GB",
    UnitsOfMeasurement.TERABYTE: "TB",
}
LABELS = {
    "everyX": "Every",
    "glCode": "Ledger account",
    "grantedBalance": "Granted",
    "unitsOfMeasurement": "Counted in",
    "billingDiscountType": "Taken off the bill of",
    "chargeMin": "Charges from",
    "chargeMax": "Charges up to",
    "proRateWhenActivated": "Pro rata when activated",
    "proRateWhenNotCharged": "Pro rata when not charged",
    "recurrenceCycles": "Cycles",
    "executeImmediately": "At once",
    "rejectWhenExhausted": "Reject when used up",
    "validFrom": "Usable from",
    "validTo": "Usable until",
}


def label(entry: Attribute) -> str:
    """Return what an attribute is called."""
    return LABELS.get(entry.name) or spoken(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", entry.name))


def spoken(word: str) -> str:
    """Return an UPPER_CASE word as one says it: `BILL_CYCLE_START` is `Bill cycle start`."""
    words = word.replace("_", " ").lower()
    return words[:1].upper() + words[1:]


def unit_words(unit: str) -> str:
    """Return a unit or a currency's code, short."""
    return SHORT_UNITS.get(unit, unit)  # type: ignore[call-overload]


def value_words(entry: Attribute, value: object, money: str = "") -> str:
    """Return a kept value in words; `money` is the code of the currency that amounts are in.

    What was typed into the database past the forms, and can't be read, stands as it is.
    """
    try:
        return _value_words(entry, value, money)
    except (ValueError, ArithmeticError, TypeError, AttributeError):
        return str(value)


def _value_words(entry: Attribute, value: Any, money: str) -> str:
    if entry.kind == AttributeKind.MONEY:
        return f"{grouped(Decimal(value), 2)} {money}".strip()
    if entry.kind in (AttributeKind.QUANTITY, AttributeKind.WHOLE):
        return grouped(Decimal(value))
    if entry.kind == AttributeKind.PERCENTAGE:
        return f"{grouped(Decimal(value))} %"
    if entry.kind == AttributeKind.THRESHOLDS:
        return ", ".join(f"{grouped(Decimal(part))} %" for part in value) or "none"
    if entry.kind == AttributeKind.FLAG:
        return "yes" if value else "no"
    if entry.kind == AttributeKind.INSTANT:
        return f"{timezone.localtime(read_instant(value)):%d %b %Y %H:%M}"
    return spoken(value) if entry.kind == AttributeKind.WORD else str(value)


def values_words(service_type: str, values: Mapping[str, object], money: str = "") -> list[tuple[str, str]]:
    """Return a service's values as names and words, in the order of their declaration."""
    money = str(values.get("currency") or money)
    known = [entry for entry in ATTRIBUTES[service_type] if values.get(entry.name) is not None]
    return [(label(entry), value_words(entry, values[entry.name], money)) for entry in known]


def sentence(service: Service, values: Mapping[str, Any], money: str = "") -> str:
    """Return a service's values on one line, the quantity together with its unit."""
    rows = values_words(service.type, values, money)
    unit = values.get("unitsOfMeasurement")
    if unit:
        rows = [(name, f"{words} {unit_words(unit)}" if name == "Granted" else words) for name, words in rows]
        rows = [row for row in rows if row[0] != "Counted in"]
    return ", ".join(f"{name.lower()} {words}" for name, words in rows) or "no values"


def validity_words(version: OfferVersion) -> str:
    """Return from when to when a version may be subscribed, in words."""
    start = timezone.localtime(version.valid_from)
    words = f"from {start.day} {start:%b %Y}"
    if version.valid_to is None:
        return f"{words}, no end"
    end = timezone.localtime(version.valid_to)
    return f"{words} until {end.day} {end:%b %Y}"


def standing_words(version: OfferVersion) -> tuple[str, str]:
    """Return whether a version can be subscribed now: the look of its badge, and in words."""
    at = timezone.now()
    if version.covers(at):
        return "active", "Can be subscribed"
    return ("planned", "To come") if at < version.valid_from else ("inactive", "Over")
