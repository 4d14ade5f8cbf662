"""Exact decimals: money and quantities, read from JSON and written to it without ever being a binary float."""

import re
from decimal import Decimal, InvalidOperation

# numeric(18,6): twelve digits before the point, six after it.
PLACES = 6
LIMIT = Decimal(10) ** 12
PLAIN = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


def read_decimal(data: object, digits: int = PLACES) -> Decimal:
    """Return an exact decimal from a JSON number or string; raise ValueError, in words, for anything else.

    `digits` is how many may stand after the point; zeros at the end don't count.
    """
    if isinstance(data, bool) or not isinstance(data, int | Decimal | str):
        raise ValueError("Must be a decimal number, or a string with one.")
    if isinstance(data, str) and not PLAIN.fullmatch(data):
        raise ValueError("Must be a decimal number, such as 12.50.")
    try:
        value = Decimal(data)
    except InvalidOperation as error:
        raise ValueError("Must be a decimal number, such as 12.50.") from error
    # `abs` would compute with the number, and overflow on a boundless exponent.
    if not value.is_finite() or value.copy_abs() >= LIMIT:
        raise ValueError("Is too large; at most twelve digits before the point are allowed.")
    # `quantize` would round; a digit too many is the client's error.
    if value != value.quantize(Decimal(1).scaleb(-PLACES)) or value != value.quantize(Decimal(1).scaleb(-digits)):
        raise ValueError(f"Has more than {digits} digits after the point.")
    # Plus 0, since there is a negative zero, which would come back as one.
    return value.quantize(Decimal(1).scaleb(-PLACES)) + 0


def grouped(value: Decimal, digits: int = 0) -> str:
    """Return a decimal as people read it: `10 240.50`, with a minus sign where it is negative."""
    whole, point, fraction = plain(abs(value), digits).partition(".")
    return ("−" if value < 0 else "") + f"{int(whole):,}".replace(",", "\u202f") + point + fraction


def plain(value: Decimal, digits: int = 0) -> str:
    """Return a decimal as text without an exponent or needless zeros, but with at least so many digits."""
    text = f"{value:f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(digits, "0")
    return f"{whole}.{fraction}" if fraction else whole
