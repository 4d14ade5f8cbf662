"""Find customers: by ID, by where they are reached, by name, contact or attribute."""

from typing import Any

from django.db.models import QuerySet

from customers.models import Customer
from customers.operations import read_customer
from ocsportal.care.search.hits import Hit, Searched, Source, found_by, hit
from ocsportal.entities.search.ranking import Condition, Rank, Tier, by_id, by_text, either
from ocsportal.entities.store.whole import whole
from ocsportal.values.emails import EMAIL
from ocsportal.values.phones import PHONE

TABLE = "customers_customer"
STREET = ("contact_address_line1", "contact_address_line2", "contact_postal_code", "contact_city")


def tiers(query: Searched) -> list[Tier]:
    """Return where customers are looked for."""
    reached = []
    if number := _number(query):
        reached.append(Condition("contact_phone <> '' AND contact_phone = %s", (number,)))
    if address := EMAIL.canonical_or_none(query.term, query.reading):
        reached.append(Condition("UPPER(contact_email) = UPPER(%s)", (address,)))
    very = [Tier(Rank.VALUE, TABLE, either(reached))] if reached else []
    return [by_id(TABLE, *query.ids), *very, *by_text(TABLE, query.asked)]


def _number(query: Searched) -> str | None:
    return PHONE.canonical_or_none(query.term, query.reading) or PHONE.canonical_or_none(f"+{query.term}")


def _rows() -> QuerySet[Customer]:
    return whole(Customer.objects.all())


def told(customer: Any, rank: Rank, query: Searched) -> Hit:
    """Return the hit for a customer."""
    if rank is Rank.VALUE:
        how = "phone, exact" if customer.contact_phone == _number(query) else "e-mail, exact"
    else:
        texts = [("address", " ".join(getattr(customer, name) for name in STREET))]
        texts += [("e-mail", EMAIL.shown_or_same(customer.contact_email)), ("e-mail", customer.contact_email)]
        texts += [("phone", customer.contact_phone), ("tax number", customer.contact_tax_number)]
        how = found_by(customer, rank, query, texts)
    return hit(customer, how, rank, customer.contact_city, EMAIL.shown_or_same(customer.contact_email))


SOURCE = Source("customers", "Customers", read_customer.allowed, tiers, _rows, told)
