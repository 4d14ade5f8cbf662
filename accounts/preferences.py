"""What an account prefers: the language and the way of its bills, and whether it wants notices."""

from collections.abc import Sequence
from typing import Any

from accounts.models import PREFERENCES, Account, InvoiceDelivery
from ocsportal.entities.values import LANGUAGE, is_email, is_storable
from ocsportal.transactions.errors import Fault, invalid, malformed

PREFERENCE_NAMES = {
    "language": "language",
    "invoice_delivery": "invoiceDelivery",
    "invoice_email": "invoiceEmail",
    "itemized_bill": "itemizedBill",
    "notifications": "notifications",
}
COLUMNS = tuple(f"preference_{name}" for name in PREFERENCES)
FLAGS = ("itemized_bill", "notifications")


def preference_faults(preferences: dict[str, Any], prefix: str = "preferences") -> list[Fault]:
    """Return everything that is wrong with the given preferences; one that is None or empty clears."""
    faults = []
    for name, value in preferences.items():
        parameter = f"{prefix}.{PREFERENCE_NAMES[name]}"
        if value is None or value == "":
            continue
        if name in FLAGS:
            complaint = "" if isinstance(value, bool) else "Must be true or false."
        elif not isinstance(value, str) or not is_storable(value):
            complaint = "Must be a string without control characters that can't be stored."
        elif name == "invoice_delivery":
            complaint = (
                "" if value in InvoiceDelivery.values else f"Must be one of {', '.join(InvoiceDelivery.values)}."
            )
        elif name == "invoice_email":
            complaint = "" if is_email(value) and len(value) <= 254 else "Is no e-mail address."
        else:
            good = LANGUAGE.fullmatch(value) and len(value) <= 35
            complaint = "" if good else "Must be a BCP 47 tag, such as de or de-AT."
        if complaint:
            faults.append(malformed(parameter, complaint))
    return faults


def set_preferences(account: Account, given: dict[str, Any] | None, merge: bool) -> Sequence[str]:
    """Write preferences on an account, in memory: all of them by default, only the given ones with merge."""
    preferences = given or {}
    if faults := preference_faults(preferences):
        raise invalid(faults)
    for name in PREFERENCES:
        if name in preferences or not merge:
            nothing = None if name in FLAGS else ""
            value = preferences.get(name)
            setattr(account, f"preference_{name}", nothing if value in (None, "") else value)
    return COLUMNS


def preferences_json(account: Account) -> dict[str, Any]:
    """Return the preferences that were given."""
    given = {PREFERENCE_NAMES[name]: getattr(account, f"preference_{name}") for name in PREFERENCES}
    return {wire: value for wire, value in given.items() if value not in (None, "")}
