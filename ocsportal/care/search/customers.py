"""Find customers: by ID, by where they are reached, by name."""

from django.db.models import Q, QuerySet

from customers.models import Customer
from ocsportal.backoffice.reading import portal_reading
from ocsportal.care.search.hits import MOST_HITS, Hit, by_id, hit, part
from ocsportal.values.emails import EMAIL
from ocsportal.values.phones import PHONE


def exact(term: str) -> QuerySet[Customer]:
    """Return who has this very ID."""
    return by_id(Customer, term)


def told(customer: Customer) -> Hit:
    """Return the hit for what has this very ID."""
    return _hit(customer, "customer · ID, exact")


def reached(term: str) -> list[Hit]:
    """Return who is reached at a phone number or an e-mail address."""
    reading = portal_reading()
    number = PHONE.canonical_or_none(term, reading) or PHONE.canonical_or_none(f"+{term}")
    wanted = Q(contact_phone=number) if number else Q()
    if address := EMAIL.canonical_or_none(term, reading):
        wanted |= Q(contact_email__iexact=address)
    found = list(Customer.objects.filter(wanted)[:MOST_HITS]) if wanted else []
    found.sort(key=lambda customer: customer.contact_phone != number)
    return [
        _hit(customer, "customer · phone" if customer.contact_phone == number else "customer · e-mail")
        for customer in found
    ]


def named(term: str) -> list[Hit]:
    """Return whose name has the term in it."""
    rows = Customer.objects.filter(part("custom_name", term) | part("contact_name", term)).order_by("-pk")
    return [_hit(customer, "customer") for customer in rows[:MOST_HITS]]


def _hit(customer: Customer, how: str) -> Hit:
    return hit(customer, how, customer.contact_city, EMAIL.shown_or_same(customer.contact_email))
