"""What an account prefers: the language and the way of its bills, and whether it wants notices."""

from collections.abc import Sequence

from accounts.models import PREFERENCES, Account, InvoiceDelivery
from ocsportal.transactions.errors import Fault, invalid, malformed
from ocsportal.transactions.given import Checked
from ocsportal.values.emails import EMAIL
from ocsportal.values.languages import LANGUAGE
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal

PREFERENCE_NAMES = {
    "language": "language",
    "invoice_delivery": "invoiceDelivery",
    "invoice_email": "invoiceEmail",
    "itemized_bill": "itemizedBill",
    "notifications": "notifications",
}
COLUMNS = tuple(f"preference_{name}" for name in PREFERENCES)
FLAGS = ("itemized_bill", "notifications")


KINDS: dict[str, Kind] = {"language": LANGUAGE, "invoice_email": EMAIL}


def understood(
    preferences: dict[str, object], prefix: str = "preferences", reading: Reading = STRICT
) -> tuple[dict[str, object], list[Fault]]:
    """Return the given preferences in their canonical form, and what is wrong with the others.

    One that is None or empty clears (docs/values.md).
    """
    found: Checked = {}
    faults = []
    for name, value in preferences.items():
        try:
            found[name] = None if value is None or value == "" else _canonical(name, value, reading)
        except Refusal as refusal:
            faults.append(malformed(f"{prefix}.{PREFERENCE_NAMES[name]}", refusal.message))
    return found, faults


def _canonical(name: str, value: object, reading: Reading) -> object:
    if name in FLAGS:
        if not isinstance(value, bool):
            raise Refusal("Must be true or false.")
        return value
    if name == "invoice_delivery":
        if value not in InvoiceDelivery.values:
            raise Refusal(f"Must be one of {', '.join(InvoiceDelivery.values)}.")
        return value
    if not isinstance(value, str):
        raise Refusal("Must be a string.")
    return KINDS[name].canonical(value, reading)


def set_preferences(account: Account, given: Checked | None, merge: bool) -> Sequence[str]:
    """Write preferences on an account, in memory: all of them by default, only the given ones with merge."""
    preferences, faults = understood(given or {})
    if faults:
        raise invalid(faults)
    for name in PREFERENCES:
        if name in preferences or not merge:
            nothing = None if name in FLAGS else ""
            value = preferences.get(name)
            setattr(account, f"preference_{name}", nothing if value in (None, "") else value)
    return COLUMNS


def preferences_json(account: Account) -> dict[str, object]:
    """Return the preferences that were given."""
    given = {PREFERENCE_NAMES[name]: getattr(account, f"preference_{name}") for name in PREFERENCES}
    return {wire: value for wire, value in given.items() if value not in (None, "")}
