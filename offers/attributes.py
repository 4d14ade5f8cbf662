"""The attributes of each service type, declared once: REST, OpenAPI, the portal's forms and the docs come from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from offers.models.catalogue import ServiceType, UnitsOfMeasurement


class AttributeKind(StrEnum):
    """What kind of value an attribute takes."""

    MONEY = "money"
    QUANTITY = "quantity"
    PERCENTAGE = "percentage"
    WHOLE = "whole"
    FLAG = "flag"
    TEXT = "text"
    WORD = "word"
    INSTANT = "instant"
    THRESHOLDS = "thresholds"
    CURRENCY = "currency"


CHARGE_AT = (
    "SUBSCRIBER_ANNIVERSARY", "OFFER_SUBSCRIPTION", "BILL_CYCLE_START", "BILL_CYCLE_END", "MONTH_START", "MONTH_END",
    "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY",
)  # fmt: skip
DISCOUNT_LEVELS = ("SUBSCRIPTION", "SUBSCRIBER", "ACCOUNT")


@dataclass(frozen=True)
class Attribute:
    """One attribute: its name in REST, what it takes, whether it must be given, and its bounds."""

    name: str
    kind: AttributeKind
    mandatory: bool = False
    words: tuple[str, ...] = ()
    # Bounds of numbers: `above` excludes itself, `least` and `most` include themselves.
    above: Decimal | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    explains: str = ""


ZERO, HUNDRED = Decimal(0), Decimal(100)
LONGEST_CODE = 60

CHARGE = Attribute("charge", AttributeKind.MONEY, mandatory=True, least=ZERO, explains="What is charged.")
TAX = Attribute("tax", AttributeKind.TEXT, explains="The code of the tax.")
TAX_INCLUDED = Attribute("taxIncluded", AttributeKind.FLAG, explains="The amount includes the tax.")
GL_CODE = Attribute("glCode", AttributeKind.TEXT, explains="The account of the general ledger.")
CHARGE_MIN = Attribute("chargeMin", AttributeKind.MONEY, least=ZERO, explains="Only charges from this amount on.")
CHARGE_MAX = Attribute("chargeMax", AttributeKind.MONEY, least=ZERO, explains="Only charges up to this amount.")
DISCOUNT = Attribute("discount", AttributeKind.MONEY, mandatory=True, above=ZERO, explains="What is taken off.")
PERCENTAGE = Attribute(
    "percentage",
    AttributeKind.PERCENTAGE,
    mandatory=True,
    above=ZERO,
    most=HUNDRED,
    explains="The percentage that is taken off.",
)
BILLING_LEVEL = Attribute(
    "billingDiscountType", AttributeKind.WORD, words=DISCOUNT_LEVELS, explains="Whose bill it is taken off."
)
PRO_RATE = Attribute(
    "proRateWhenNotCharged", AttributeKind.FLAG, explains="Pro rata if it was not charged for part of the period."
)
GRANTED = Attribute(
    "grantedBalance", AttributeKind.QUANTITY, mandatory=True, least=ZERO, explains="The initial balance."
)
GRANTED_MONEY = Attribute(
    "grantedBalance", AttributeKind.MONEY, mandatory=True, least=ZERO, explains="The initial balance."
)
VALID_FROM = Attribute(
    "validFrom", AttributeKind.INSTANT, explains="From when the balance may be used; by default, at once."
)
VALID_TO = Attribute(
    "validTo", AttributeKind.INSTANT, explains="Until when the balance may be used; by default, for ever."
)
THRESHOLDS = Attribute(
    "thresholds", AttributeKind.THRESHOLDS, explains="Up to three percentages of use at which an event is sent."
)
REJECT = Attribute("rejectWhenExhausted", AttributeKind.FLAG, explains="Usage is rejected once it is used up.")

ATTRIBUTES: dict[str, tuple[Attribute, ...]] = {
    ServiceType.ONE_TIME_FEE: (
        CHARGE,
        TAX,
        TAX_INCLUDED,
        GL_CODE,
        Attribute("chargingClass", AttributeKind.TEXT, explains="The class by which charges are grouped."),
    ),
    ServiceType.RECURRENT_FEE: (
        CHARGE,
        Attribute("chargeAt", AttributeKind.WORD, words=CHARGE_AT, explains="When it is charged."),
        Attribute("everyX", AttributeKind.WHOLE, least=Decimal(1), explains="Charged every how many of these times."),
        Attribute(
            "recurrenceCycles",
            AttributeKind.WHOLE,
            least=Decimal(1),
            explains="How many times in total; without it, endlessly.",
        ),
        Attribute("executeImmediately", AttributeKind.FLAG, explains="Also charged at once, at the start."),
        Attribute(
            "proRateWhenActivated", AttributeKind.FLAG, explains="Charged pro rata for the first, incomplete period."
        ),
        PRO_RATE,
        TAX,
        TAX_INCLUDED,
        GL_CODE,
    ),
    ServiceType.ABSOLUTE_DISCOUNT: (DISCOUNT, CHARGE_MIN, CHARGE_MAX, TAX_INCLUDED),
    ServiceType.PERCENTAGE_DISCOUNT: (PERCENTAGE, CHARGE_MIN, CHARGE_MAX),
    ServiceType.ABSOLUTE_BILLING_DISCOUNT: (DISCOUNT, CHARGE_MIN, CHARGE_MAX, BILLING_LEVEL, PRO_RATE),
    ServiceType.PERCENTAGE_BILLING_DISCOUNT: (PERCENTAGE, CHARGE_MIN, CHARGE_MAX, BILLING_LEVEL),
    ServiceType.BALANCE: (
        GRANTED,
        Attribute(
            "unitsOfMeasurement",
            AttributeKind.WORD,
            words=tuple(UnitsOfMeasurement.values),
            explains="What is counted.",
        ),
        VALID_FROM,
        VALID_TO,
        THRESHOLDS,
        REJECT,
    ),
    ServiceType.MONETARY_BALANCE: (
        GRANTED_MONEY,
        Attribute("currency", AttributeKind.CURRENCY, explains="ISO 4217; by default the payer's."),
        TAX_INCLUDED,
        VALID_FROM,
        VALID_TO,
        THRESHOLDS,
        REJECT,
    ),
}


def attribute(service_type: str, name: str) -> Attribute | None:
    """Return the attribute of a type by its name, None when the type has none of that name."""
    return next((entry for entry in ATTRIBUTES[service_type] if entry.name == name), None)


def missing(service_type: str, given: Mapping[str, object]) -> list[Attribute]:
    """Return the mandatory attributes that are not given."""
    return [entry for entry in ATTRIBUTES[service_type] if entry.mandatory and given.get(entry.name) is None]
