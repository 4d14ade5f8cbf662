"""Find anyone: by any ID first, then by phone, e-mail and name (docs/portal.md, search)."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from customers import operations
from customers.models import Customer
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction

MOST_HITS = 20
# Three letters are the least that an index of letter triples can look up.
SHORTEST_PART = 3


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    title: str
    how: str
    where: str
    state: str
    url: str


def find(user: User, term: str) -> list[Hit]:
    """Return what the user may see of what fits the term, an exact ID first."""
    term = term.strip()
    if not term or "\x00" in term:
        return []
    hits = _customers(term) if operations.read_customer.allowed(user) else []
    if user.has_perm("transactions.view_businesstransaction"):
        hits += _transactions(term)
    return hits[:MOST_HITS]


def _customers(term: str) -> list[Hit]:
    exact = list(Customer.objects.filter(Q(ref_id=term) | Q(external_id=term))[:2])
    found = [(customer, "customer · ID, exact") for customer in exact]
    digits = "".join(character for character in term if character.isdigit())
    if len(digits) >= 6 and not found:
        number = digits.removeprefix("00")
        phones = Customer.objects.filter(contact_phone__in=[f"+{number}", f"+49{number.lstrip('0')}"])
        found += [(customer, "customer · phone") for customer in phones[:MOST_HITS]]
    if "@" in term:
        found += [(c, "customer · e-mail") for c in Customer.objects.filter(contact_email__iexact=term)[:MOST_HITS]]
    if not found:
        found = [(customer, "customer") for customer in _by_name(term)]
    return [_hit(customer, how) for customer, how in found]


def _by_name(term: str) -> list[Customer]:
    lookup = "icontains" if len(term) >= SHORTEST_PART else "istartswith"
    wanted = Q(**{f"custom_name__{lookup}": term}) | Q(**{f"contact_name__{lookup}": term})
    return list(Customer.objects.filter(wanted).order_by("-pk")[:MOST_HITS])


def _hit(customer: Customer, how: str) -> Hit:
    where = " · ".join(
        part for part in (customer.contact_city, customer.contact_email, customer.external_id or "") if part
    )
    return Hit(
        str(customer), how, where, customer.state, reverse("admin:customers_customer_change", args=[customer.pk])
    )


def _transactions(term: str) -> list[Hit]:
    found = BusinessTransaction.objects.filter(Q(request_id=term) | Q(transaction_id=term))[:MOST_HITS]
    return [
        Hit(
            entry.operation,
            "transaction · request ID",
            f"{entry.actor_name}, {entry.target_ref_id}",
            "",
            reverse("admin:transactions_businesstransaction_change", args=[entry.pk]),
        )
        for entry in found
    ]
