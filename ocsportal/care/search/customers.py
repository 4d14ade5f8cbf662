"""Find customers: by ID, by where they are reached, by name."""

from customers.models import Customer
from ocsportal.care.search.hits import MOST_HITS, Hit, by_id, hit, part

SHORTEST_NUMBER = 6


def exact(term: str) -> list[Hit]:
    """Return who has this very ID."""
    return [_hit(customer, "customer · ID, exact") for customer in by_id(Customer, term)]


def reached(term: str) -> list[Hit]:
    """Return who is reached at a phone number or an e-mail address."""
    hits = []
    digits = "".join(character for character in term if character.isdigit())
    if len(digits) >= SHORTEST_NUMBER:
        number = digits.removeprefix("00")
        phones = Customer.objects.filter(contact_phone__in=[f"+{number}", f"+49{number.lstrip('0')}"])
        hits += [_hit(customer, "customer · phone") for customer in phones[:MOST_HITS]]
    if "@" in term:
        mails = Customer.objects.filter(contact_email__iexact=term)
        hits += [_hit(customer, "customer · e-mail") for customer in mails[:MOST_HITS]]
    return hits


def named(term: str) -> list[Hit]:
    """Return whose name has the term in it."""
    rows = Customer.objects.filter(part("custom_name", term) | part("contact_name", term)).order_by("-pk")
    return [_hit(customer, "customer") for customer in rows[:MOST_HITS]]


def _hit(customer: Customer, how: str) -> Hit:
    return hit(customer, how, customer.contact_city, customer.contact_email)
