"""Find customers: by ID, by where they are reached, by name."""

from django.db.models import Q, QuerySet

from customers.models import Customer
from ocsportal.care.search.hits import MOST_HITS, Hit, by_id, hit, part

SHORTEST_NUMBER = 6


def exact(term: str) -> QuerySet[Customer]:
    """Return who has this very ID."""
    return by_id(Customer, term)


def told(customer: Customer) -> Hit:
    """Return the hit for what has this very ID."""
    return _hit(customer, "customer · ID, exact")


def reached(term: str) -> list[Hit]:
    """Return who is reached at a phone number or an e-mail address."""
    numbers: list[str] = []
    digits = "".join(character for character in term if character.isdigit())
    if len(digits) >= SHORTEST_NUMBER:
        number = digits.removeprefix("00")
        numbers = [f"+{number}", f"+49{number.lstrip('0')}"]
    wanted = Q(contact_phone__in=numbers) if numbers else Q()
    if "@" in term:
        wanted |= Q(contact_email__iexact=term)
    found = list(Customer.objects.filter(wanted)[:MOST_HITS]) if wanted else []
    found.sort(key=lambda customer: customer.contact_phone not in numbers)
    return [
        _hit(customer, "customer · phone" if customer.contact_phone in numbers else "customer · e-mail")
        for customer in found
    ]


def named(term: str) -> list[Hit]:
    """Return whose name has the term in it."""
    rows = Customer.objects.filter(part("custom_name", term) | part("contact_name", term)).order_by("-pk")
    return [_hit(customer, "customer") for customer in rows[:MOST_HITS]]


def _hit(customer: Customer, how: str) -> Hit:
    return hit(customer, how, customer.contact_city, customer.contact_email)
