"""Read the values of attributes: each as its kind demands, kept as JSON, decimals as exact text (docs/offers.md)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from accounts.models import Currency
from ocsportal.entities.decimals import PLACES, plain, read_decimal
from ocsportal.entities.values import read_instant, text_fault
from ocsportal.transactions.change import to_millisecond
from ocsportal.transactions.errors import Fault, malformed
from ocsportal.transactions.given import Checked
from ocsportal.transactions.representation import instant
from offers.attributes import ATTRIBUTES, LONGEST_CODE, Attribute, AttributeKind, missing

MOST_WHOLE = 2**31 - 1
MOST_THRESHOLDS = 3


def read_value(entry: Attribute, data: object, money_digits: int = PLACES) -> object:
    """Return a value as JSON keeps it; raise ValueError, in words, when the attribute can't take it."""
    if entry.kind in (AttributeKind.MONEY, AttributeKind.QUANTITY, AttributeKind.PERCENTAGE):
        digits = money_digits if entry.kind == AttributeKind.MONEY else PLACES
        # Money keeps its currency's digits; where no currency is known yet, none are made up.
        shown = digits if entry.kind == AttributeKind.MONEY and digits != PLACES else 0
        return plain(_within(entry, read_decimal(data, digits)), shown)
    return READERS[entry.kind](entry, data)


def _within(entry: Attribute, value: Decimal) -> Decimal:
    if entry.above is not None and value <= entry.above:
        raise ValueError(f"Must be more than {entry.above}.")
    if entry.least is not None and value < entry.least:
        raise ValueError(f"Must be at least {entry.least}.")
    if entry.most is not None and value > entry.most:
        raise ValueError(f"Must be at most {entry.most}.")
    return value


def _whole(entry: Attribute, data: object) -> int:
    if isinstance(data, bool) or not isinstance(data, int) or data > MOST_WHOLE:
        raise ValueError("Must be a whole number.")
    return int(_within(entry, Decimal(data)))


def _flag(entry: Attribute, data: object) -> bool:
    if not isinstance(data, bool):
        raise ValueError("Must be true or false.")
    return data


def _text(entry: Attribute, data: object) -> str:
    if fault := text_fault(entry.name, data, LONGEST_CODE):
        raise ValueError(fault.message)
    return str(data)


def _word(entry: Attribute, data: object) -> str:
    if not isinstance(data, str) or data not in entry.words:
        raise ValueError(f"Must be one of {', '.join(entry.words)}.")
    return data


def _instant(entry: Attribute, data: object) -> str:
    return str(instant(to_millisecond(read_instant(data))))


def _thresholds(entry: Attribute, data: object) -> list[str]:
    if not isinstance(data, list) or len(data) > MOST_THRESHOLDS:
        raise ValueError("Must be a list of up to three percentages.")
    found = sorted({read_decimal(percentage) for percentage in data})
    if len(found) != len(data):
        raise ValueError("Has the same percentage twice.")
    if not all(0 <= percentage <= 100 for percentage in found):
        raise ValueError("Percentages must be from 0 to 100.")
    return [plain(percentage) for percentage in found]


READERS = {
    AttributeKind.WHOLE: _whole,
    AttributeKind.FLAG: _flag,
    AttributeKind.TEXT: _text,
    AttributeKind.WORD: _word,
    AttributeKind.INSTANT: _instant,
    AttributeKind.THRESHOLDS: _thresholds,
    # That it is configured is for the operation to say, which may ask the database.
    AttributeKind.CURRENCY: _text,
}


def read_values(
    service_type: str,
    given: Mapping[str, object],
    currency: Currency | None,
    prefix: str = "",
    *,
    begins: datetime | None = None,
) -> tuple[dict[str, object], list[Fault]]:
    """Return a service's values as they are kept, and everything that is wrong with them; what is None is not given.

    `currency` says how many digits money may have, `begins` is from when a balance is valid that does not say it.
    """
    values: Checked = {}
    faults = [malformed(f"{prefix}{entry.name}", "Is required.") for entry in missing(service_type, given)]
    digits = PLACES if currency is None else currency.digits
    for entry in ATTRIBUTES[service_type]:
        data = given.get(entry.name)
        if data is None:
            continue
        try:
            values[entry.name] = read_value(entry, data, digits)
        except ValueError as error:
            faults.append(malformed(f"{prefix}{entry.name}", str(error)))
    known = {entry.name for entry in ATTRIBUTES[service_type]}
    words = service_type.lower().replace("_", " ")
    faults += [malformed(f"{prefix}{name}", f"Not an attribute of a {words}.") for name in given if name not in known]
    return values, faults + _contradictions(values, begins, prefix)


def has_money(service_type: str, values: Mapping[str, object]) -> bool:
    """Whether values have amounts of money without their currency, which would be as many of whatever the payer pays in."""
    amounts = [
        entry.name for entry in ATTRIBUTES[service_type] if entry.kind == AttributeKind.MONEY and entry.name in values
    ]
    return bool(amounts) and "currency" not in values


def _contradictions(values: Checked, begins: datetime | None, prefix: str) -> list[Fault]:
    faults = []
    if "chargeMin" in values and "chargeMax" in values and Decimal(values["chargeMin"]) > Decimal(values["chargeMax"]):
        faults.append(malformed(f"{prefix}chargeMax", "Must not be less than chargeMin."))
    start = read_instant(values["validFrom"]) if "validFrom" in values else begins
    if start and "validTo" in values and read_instant(values["validTo"]) <= start:
        faults.append(malformed(f"{prefix}validTo", "Must be after validFrom, which by default is the start."))
    return faults
