"""The contact of a customer: what a CRM transfers of the person or company. Personal data, so never in logs."""

from collections.abc import Callable, Sequence
from typing import Any

from customers.models import CONTACT_FIELDS, Customer
from ocsportal.entities.values import COUNTRY, E164, LANGUAGE, is_email, is_storable
from ocsportal.transactions.errors import Fault, invalid, malformed

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


def _longest(name: str) -> int:
    column: Any = Customer._meta.get_field(f"contact_{name}")
    return int(column.max_length)


LONGEST = {name: _longest(name) for name in CONTACT_FIELDS}
COLUMNS = tuple(f"contact_{name}" for name in CONTACT_FIELDS)


FORMATS: dict[str, tuple[Callable[[str], Any], str]] = {
    "email": (is_email, "Is no e-mail address."),
    "phone": (E164.fullmatch, "Must be E.164: a plus sign, the country code and the number, digits only."),
    "country": (COUNTRY.fullmatch, "Must be an ISO 3166-1 code of two capital letters, such as DE."),
    "language": (LANGUAGE.fullmatch, "Must be a BCP 47 tag, such as de or de-AT."),
}


def contact_faults(contact: dict[str, str | None], prefix: str = "contact") -> list[Fault]:
    """Return everything that is wrong with the given parts of a contact; a part that is None or empty clears."""
    faults = []
    for name, value in contact.items():
        if not value:
            continue
        longest = LONGEST[name]
        check, complaint = FORMATS.get(name, (None, ""))
        parameter = f"{prefix}.{WIRE_NAMES[name]}"
        if not is_storable(value):
            faults.append(malformed(parameter, "Contains characters that can't be stored."))
        elif len(value) > longest:
            faults.append(malformed(parameter, f"Has {len(value)} characters; at most {longest} are allowed."))
        elif check and not check(value):
            faults.append(malformed(parameter, complaint))
    return faults


def set_contact(customer: Customer, given: dict[str, str | None] | None, merge: bool) -> Sequence[str]:
    """Write a contact on a customer, in memory: the whole of it by default, only the given parts with merge."""
    contact = given or {}
    if faults := contact_faults(contact):
        raise invalid(faults)
    for name in CONTACT_FIELDS:
        if name in contact or not merge:
            setattr(customer, f"contact_{name}", contact.get(name) or "")
    return COLUMNS


def contact_json(customer: Customer) -> dict[str, str]:
    """Return the parts of a contact that are there, by their names in REST."""
    return {wire: value for name, wire in WIRE_NAMES.items() if (value := getattr(customer, f"contact_{name}"))}
