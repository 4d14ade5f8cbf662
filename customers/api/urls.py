"""The customers' paths under /v1/casm/, one line per operation."""

from django.urls import path

from customers import erasing, notes, queries
from customers import operations as do
from customers.api import configuration, examples, serializers
from customers.api.filters import CustomerFilters
from customers.api.views import CustomerNotesView
from ocsportal.rest.configuration import declare
from ocsportal.rest.level import Write, shared_writes, write_paths
from ocsportal.rest.reads import read_paths

WRITES: list[Write] = [
    ("create", do.create_customer, serializers.CreateCustomer, examples.CREATE),
    *shared_writes(
        do.level,
        sample=examples.CUSTOMER,
        segment="vip",
        extra={"contact": serializers.Contact(required=False, allow_null=True)},
    ),
    ("notes/create", notes.create_customer_note, serializers.CreateCustomerNote, examples.NOTE),
    ("notes/close", notes.close_customer_note, serializers.CloseCustomerNote, examples.CLOSE_NOTE),
    ("erase", erasing.erase_customer, serializers.EraseCustomer, examples.ERASE),
    ("update-contact", do.update_customer_contact, serializers.UpdateContact, examples.CONTACT),
]

declare(*configuration.KINDS)

urlpatterns = [
    *read_paths(
        "customers",
        do.read_customer,
        "Read a customer by refId or externalId, with states, accounts and offers if asked.",
        find=queries.customer,
        entities=queries.customers,
        parameters=serializers.ReadCustomerParameters,
        filters=CustomerFilters,
    ),
    path("customers/notes", CustomerNotesView.as_view()),
    *write_paths("customers", WRITES),
]
