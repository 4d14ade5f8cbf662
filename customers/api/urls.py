"""The customers' paths under /v1/casm/, one line per operation."""

from typing import Any

from django.urls import path

from customers import operations as do
from customers.api import examples, serializers, views
from ocsportal.rest.fields import OperationRequest
from ocsportal.rest.views import operation_view
from ocsportal.transactions.operation import Operation

WRITES: list[tuple[str, Operation, type[OperationRequest], dict[str, Any]]] = [
    ("create", do.create_customer, serializers.CreateCustomer, examples.CREATE),
    ("update-external-id", do.update_customer_external_id, serializers.UpdateExternalId, examples.EXTERNAL_ID),
    ("update-custom-name", do.update_customer_custom_name, serializers.UpdateCustomName, examples.CUSTOM_NAME),
    (
        "update-custom-attributes",
        do.update_customer_custom_attributes,
        serializers.UpdateCustomAttributes,
        examples.CUSTOM_ATTRIBUTES,
    ),
    ("update-segment", do.update_customer_segment, serializers.UpdateSegment, examples.SEGMENT),
    ("update-state", do.update_customer_state, serializers.UpdateState, examples.STATE),
    ("confirm-state", do.confirm_customer_state, serializers.ConfirmState, examples.CONFIRM),
    ("cancel-state", do.cancel_customer_state, serializers.CancelState, examples.CANCEL),
    ("update-contact", do.update_customer_contact, serializers.UpdateContact, examples.CONTACT),
    ("update", do.update_customer, serializers.UpdateCustomer, examples.UPDATE),
]

urlpatterns = [
    path("customers", views.CustomerListView.as_view()),
    path("customers/read", views.ReadCustomerView.as_view()),
    path("customers/history", views.CustomerHistoryView.as_view()),
    *[path(f"customers/{route}", operation_view(do_it, body, example)) for route, do_it, body, example in WRITES],
]
