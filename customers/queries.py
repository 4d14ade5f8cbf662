"""Read customers."""

from django.db.models import QuerySet

from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.store.reading import fetch
from ocsportal.entities.store.remembering import with_configuration


def customers() -> QuerySet[Customer]:
    """Return all customers with what their representation needs."""
    return with_configuration(Customer.objects.all())


def customer(ref: Ref) -> Customer:
    """Return the customer that a reference names; raise ENTITY-NOT-FOUND."""
    return fetch(Customer, ref)
