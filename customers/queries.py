"""Read customers."""

from django.db.models import QuerySet

from customers.models import Customer
from ocsportal.entities.fetching import fetch
from ocsportal.entities.identity import Ref

RELATED = ("profile", "segment", "state_reason", "plan_reason")


def customers() -> QuerySet[Customer]:
    """Return all customers with what their representation needs, in one statement."""
    return Customer.objects.select_related(*RELATED)


def customer(ref: Ref) -> Customer:
    """Return the customer that a reference names; raise ENTITY-NOT-FOUND."""
    return fetch(Customer, ref)
