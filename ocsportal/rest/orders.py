"""POST /v1/casm/orders: several operations in one database transaction, all of them or none (docs/rest.md, orders)."""

from dataclasses import dataclass

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request

from ocsportal.rest import answers
from ocsportal.rest.delivery import delivered, minimal, wants_minimal
from ocsportal.rest.fields import OperationRequest, Several, Wrong, more_of
from ocsportal.rest.level import example
from ocsportal.rest.renderers import as_json
from ocsportal.rest.requests import IDEMPOTENCY_KEY, IF_MATCH, change_of, named_body
from ocsportal.rest.several import NamedOperation, SeveralView
from ocsportal.rest.views import OperationView
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Operation
from ocsportal.transactions.orders import NAME, Part, place

MOST = 50
ORDER = example(
    "order",
    operations=[
        {
            "operation": "CreateCustomer",
            "body": {"externalId": "order-1", "customerProfile": "b2b", "customName": "Nordwind SE"},
        },
        {
            "operation": "UpdateCustomerSegment",
            "body": {"customer": {"externalId": "order-1"}, "customerSegment": "vip"},
        },
    ],
)
# Stands for the requestId that an operation of an order need not have of its own.
UNNAMED = "unnamed"


class OrderedOperation(NamedOperation):
    """One operation of an order; its body needs no requestId of its own."""

    def to_internal_value(self, data: object) -> "Ordered":
        """Return the operation with its arguments; raise ValidationError with all that is wrong in its body."""
        value = super().to_internal_value(data)
        body, view = value["body"], OperationView.known[value["operation"]]()
        try:
            checked = view.validator.run_validation({"requestId": UNNAMED, **body})
        except serializers.ValidationError as error:
            raise Wrong({"body": Wrong.of(error).detail}, more_of(error)) from error
        return Ordered(view.operation, view.arguments(checked), body, view.why(checked))


@dataclass(frozen=True)
class Ordered:
    """An operation of an order: its arguments, and the body that they came in."""

    operation: Operation
    arguments: Checked
    body: Checked
    why: str = ""


@extend_schema_serializer(component_name="Order")
class PlaceOrder(OperationRequest):
    """Up to 50 operations, done in their order and in one database transaction: all of them or none."""

    operations = Several(child=OrderedOperation(), max_length=MOST, allow_empty=False)

    def validate(self, attrs: Checked) -> Checked:
        """Refuse an operation that names another business case than its order does."""
        case = attrs.get("transactionId") or attrs["requestId"]
        wrong = {
            number: {"body": {"transactionId": ["The operations of an order share its transactionId."]}}
            for number, one in enumerate(attrs["operations"])
            if one.body.get("transactionId") not in (None, case)
        }
        if wrong:
            raise Wrong({"operations": wrong})
        return attrs


class OrderView(SeveralView):
    """POST does several operations in one database transaction, or none."""

    name, summary = NAME, "Do several operations in their order: all of them, or none."
    request_class, answer_class = PlaceOrder, answers.Items
    statuses = (400, 401, 403, 409, 413, 415, 429, 503)
    taken_headers = (*SeveralView.taken_headers, IDEMPOTENCY_KEY)
    example = ORDER
    validator = PlaceOrder()

    def post(self, request: Request) -> HttpResponse:
        """Check all bodies, do all operations, answer with all their items."""
        if IF_MATCH in request.META:
            raise OperationRefused(
                "REQUEST-VALIDATION", "An order is about several entities; send it without.", "If-Match"
            )
        sent = named_body(request)
        body = self.validator.run_validation(sent)
        parts = [
            Part(one.operation, one.arguments, one.body, f"operations[{number}]", why=one.why)
            for number, one in enumerate(body["operations"])
        ]
        placed = place(change_of(request, body, sent), parts)
        short = wants_minimal(request)
        items = minimal(placed.items) if short else placed.items
        response = delivered(request, as_json({"items": items}))
        if short:
            response["Preference-Applied"] = "return=minimal"
        if placed.replayed:
            response["Idempotent-Replay"] = "true"
        if placed.notices:
            response["X-Ocs-Io-Notice"] = ", ".join(placed.notices)
        return response
