"""Find anyone: by any ID first, then by phone, e-mail and name (docs/portal.md, search)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts import operations as account_operations
from accounts.models import Account
from customers import operations as customer_operations
from customers.models import Customer
from ocsportal.entities.models import Entity
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction

MOST_HITS = 20
# What customers leave to the other levels, however many of them fit.
MOST_OF_A_LEVEL = 12
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
    customers = customer_operations.read_customer.allowed(user)
    accounts = account_operations.read_account.allowed(user)
    hits = _exact(Customer, term) if customers else []
    hits += _exact(Account, term) if accounts else []
    if not hits and customers:
        hits = _reached(term)
    if not hits:
        hits = _named_customers(term)[:MOST_OF_A_LEVEL] if customers else []
        hits += _named_accounts(term) if accounts else []
    if user.has_perm("transactions.view_businesstransaction"):
        hits += _transactions(term)
    return hits[:MOST_HITS]


def _exact(model: type[Entity], term: str) -> list[Hit]:
    related = model.superiors
    rows = model._default_manager.select_related(*related).filter(Q(ref_id=term) | Q(external_id=term))
    return [_hit(entity, f"{model._meta.verbose_name} · ID, exact") for entity in rows[:2]]


def _reached(term: str) -> list[Hit]:
    """Return the customers that are reached at a phone number or an e-mail address."""
    hits = []
    digits = "".join(character for character in term if character.isdigit())
    if len(digits) >= 6:
        number = digits.removeprefix("00")
        phones = Customer.objects.filter(contact_phone__in=[f"+{number}", f"+49{number.lstrip('0')}"])
        hits += [_hit(customer, "customer · phone") for customer in phones[:MOST_HITS]]
    if "@" in term:
        mails = Customer.objects.filter(contact_email__iexact=term)
        hits += [_hit(customer, "customer · e-mail") for customer in mails[:MOST_HITS]]
    return hits


def _part(column: str, term: str) -> Q:
    lookup = "icontains" if len(term) >= SHORTEST_PART else "istartswith"
    return Q(**{f"{column}__{lookup}": term})


def _named_customers(term: str) -> list[Hit]:
    rows = Customer.objects.filter(_part("custom_name", term) | _part("contact_name", term)).order_by("-pk")
    return [_hit(customer, "customer") for customer in rows[:MOST_HITS]]


def _named_accounts(term: str) -> list[Hit]:
    rows = Account.objects.select_related("customer").filter(_part("custom_name", term)).order_by("-pk")
    return [_hit(account, "account") for account in rows[:MOST_HITS]]


def _hit(entity: Any, how: str) -> Hit:
    is_customer = isinstance(entity, Customer)
    where = [entity.contact_city, entity.contact_email] if is_customer else [str(entity.customer)]
    name = f"admin:{entity._meta.app_label}_{entity._meta.model_name}_change"
    return Hit(
        str(entity),
        how,
        " · ".join(filter(None, [*where, entity.external_id])),
        entity.state,
        reverse(name, args=[entity.pk]),
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
