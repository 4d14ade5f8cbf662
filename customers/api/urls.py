"""The customers' paths under /v1/casm/, one line per operation."""

from django.urls import path

from customers import operations as do
from customers.api import configuration, examples, serializers, views
from ocsportal.rest.configuration import declare
from ocsportal.rest.level import Write, shared_writes, write_paths

WRITES: list[Write] = [
    ("create", do.create_customer, serializers.CreateCustomer, examples.CREATE),
    *shared_writes(
        do.level,
        sample=examples.CUSTOMER,
        segment="vip",
        extra={"contact": serializers.Contact(required=False, allow_null=True)},
    ),
    ("update-contact", do.update_customer_contact, serializers.UpdateContact, examples.CONTACT),
]

declare(*configuration.KINDS)

urlpatterns = [
    path("customers", views.CustomerListView.as_view()),
    path("customers/read", views.ReadCustomerView.as_view()),
    path("customers/history", views.CustomerHistoryView.as_view()),
    *write_paths("customers", WRITES),
]
