"""The contact of a customer: what a CRM transfers of the person or company. Personal data, so never in logs."""

from collections.abc import Sequence

from customers.models import CONTACT_FIELDS, Customer
from ocsportal.transactions.errors import Fault, invalid, malformed
from ocsportal.values.countries import COUNTRY
from ocsportal.values.emails import EMAIL
from ocsportal.values.languages import LANGUAGE
from ocsportal.values.phones import PHONE
from ocsportal.values.reading import STRICT, Kind, Reading, Refusal
from ocsportal.values.texts import CITY, NAME, POSTAL_CODE, TAX_NUMBER

WIRE_NAMES = {
    "name": "name",
    "email": "email",
    "phone": "phone",
    "address_line1": "addressLine1",
    "address_line2": "addressLine2",
    "postal_code": "postalCode",
    "city": "city",
    "country": "country",
    "language": "language",
    "tax_number": "taxNumber",
}


COLUMNS = tuple(f"contact_{name}" for name in CONTACT_FIELDS)


# What each part is; a part that is none of the kinds with rules of their own is a line of text.
KINDS: dict[str, Kind] = {
    "email": EMAIL,
    "phone": PHONE,
    "postal_code": POSTAL_CODE,
    "city": CITY,
    "country": COUNTRY,
    "language": LANGUAGE,
    "tax_number": TAX_NUMBER,
}


def kind_of(name: str) -> Kind:
    """Return what understands a part of a contact."""
    return KINDS.get(name, NAME)


def understood(
    contact: dict[str, str | None], prefix: str = "contact", reading: Reading = STRICT
) -> tuple[dict[str, str | None], list[Fault]]:
    """Return the given parts of a contact in their canonical form, and what is wrong with the others.

    A part that is None or empty clears (docs/values.md).
    """
    found: dict[str, str | None] = {}
    faults = []
    for name, value in contact.items():
        try:
            found[name] = kind_of(name).canonical(value, reading) if value else None
        except Refusal as refusal:
            faults.append(malformed(f"{prefix}.{WIRE_NAMES[name]}", refusal.message))
    return found, faults


def set_contact(customer: Customer, given: dict[str, str | None] | None, merge: bool) -> Sequence[str]:
    """Write a contact on a customer, in memory: the whole of it by default, only the given parts with merge."""
    contact, faults = understood(given or {})
    if faults:
        raise invalid(faults)
    for name in CONTACT_FIELDS:
        if name in contact or not merge:
            setattr(customer, f"contact_{name}", contact.get(name) or "")
    return COLUMNS


def shown(customer: Customer, name: str) -> str:
    """Return a part of a contact as people read it, empty where there is none."""
    value: str = getattr(customer, f"contact_{name}")
    return kind_of(name).shown_or_same(value) if value else ""


def contact_json(customer: Customer) -> dict[str, str]:
    """Return the parts of a contact that are there, by their names in REST."""
    return {wire: value for name, wire in WIRE_NAMES.items() if (value := getattr(customer, f"contact_{name}"))}
