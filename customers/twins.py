"""Customers that may be the same person or company: with one e-mail, phone, tax number, or name and post code.

Nothing is refused for it; people and programs are told (docs/customers.md, twins). Each part has an index, and no more
than a few rows of each are looked at.
"""

from dataclasses import dataclass

from django.db import connection

from customers.models import Customer
from ocsportal.entities.states import State
from ocsportal.transactions.prepared import prepared_cursor

NOTICE = "POSSIBLE-DUPLICATE"
# How many a creation tells of.
MOST_TOLD = 5


@dataclass(frozen=True)
class Trait:
    """What two customers may share: how it is called, its columns, and the condition that the index answers."""

    words: str
    columns: tuple[str, ...]
    condition: str


PARTS = (
    Trait("e-mail address", ("contact_email",), "contact_email <> '' AND UPPER(contact_email) = UPPER(%s)"),
    Trait("phone number", ("contact_phone",), "contact_phone <> '' AND contact_phone = %s"),
    Trait("tax number", ("contact_tax_number",), "contact_tax_number <> '' AND contact_tax_number = %s"),
    Trait(
        "name and postal code",
        ("contact_postal_code", "contact_name"),
        "contact_postal_code <> '' AND contact_name <> '' AND contact_postal_code = %s AND UPPER(contact_name) = UPPER(%s)",
    ),
)


@dataclass(frozen=True)
class Twin:
    """A customer that shares something with another one."""

    key: int
    ref_id: str
    shares: str


def question(customer: Customer) -> tuple[str, list[str]]:
    """Return the expression of the reference IDs of a customer's twins, between blanks, and its values.

    It stands where a new customer is inserted, so that asking costs no statement of its own; empty when there is
    nothing to ask.
    """
    parts, values = _asked(customer, MOST_TOLD)
    if not parts:
        return "", []
    joined = "string_agg(t.ref_id, ' ')" if connection.vendor == "postgresql" else "group_concat(t.ref_id, ' ')"
    rows = " UNION ".join(f"SELECT ref_id FROM {part} p{number}" for number, part in enumerate(parts))
    return f"(SELECT {joined} FROM (SELECT ref_id FROM ({rows}) u LIMIT {MOST_TOLD}) t)", values


def twins(customer: Customer, most: int = MOST_TOLD) -> list[Twin]:
    """Return the customers that stand already and share something with one, each with the first thing that it shares."""
    parts, values = _asked(customer, most)
    if not parts:
        return []
    rows = " UNION ALL ".join(f"SELECT id, ref_id, shares FROM {part} p{number}" for number, part in enumerate(parts))
    # One UNION ALL of index scans. As one condition with OR it would be no index scan at all, but a look at every
    # customer.
    with prepared_cursor() as cursor:
        cursor.execute(rows, values)
        found = [Twin(*row) for row in cursor.fetchall()]
    first = {twin.key: twin for twin in reversed(found)}
    return sorted(first.values(), key=lambda twin: twin.key)[:most]


def notice(ref_ids: str) -> str:
    """Return what the header says of twins: the word, and their reference IDs; empty without any."""
    return f"{NOTICE} {ref_ids}" if ref_ids else ""


def _asked(customer: Customer, most: int) -> tuple[list[str], list[str]]:
    """Return a bounded query for each part that a customer has, and their values in order."""
    parts, values = [], []
    for part in PARTS:
        own = [getattr(customer, column) for column in part.columns]
        if all(own):
            parts.append(
                f"(SELECT id, ref_id, '{part.words}' AS shares FROM customers_customer "
                f"WHERE {part.condition} AND state <> '{State.DEACTIVATED}' AND ref_id <> %s LIMIT {most})"
            )
            values += [*own, customer.ref_id]
    return parts, values
