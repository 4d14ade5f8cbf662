"""The reads of customers; the writes are declared in urls.py."""

from typing import Any

from django.db.models import QuerySet

from customers import operations, queries
from customers.api.filters import CustomerFilters
from customers.api.serializers import ReadCustomerParameters
from ocsportal.rest.entities import EntityHistoryView, EntityListView, EntityReadView


class ReadCustomerView(EntityReadView):
    """Read a customer by refId or externalId, with states, accounts and offers if asked."""

    operation = operations.read_customer
    parameter_class = ReadCustomerParameters
    find = staticmethod(queries.customer)


class CustomerHistoryView(EntityHistoryView):
    """Read a customer's history, newest first, or the customer as it stood at an instant."""

    operation = operations.read_customer
    find = staticmethod(queries.customer)


class CustomerListView(EntityListView):
    """List and search customers."""

    operation = operations.read_customer
    filters = CustomerFilters

    @classmethod
    def entities(cls) -> QuerySet[Any]:
        """Return all customers."""
        return queries.customers()
