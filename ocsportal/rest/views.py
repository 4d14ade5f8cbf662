"""The bases of the REST views: a write is parse, one call, render; a read the same (docs/rest.md)."""

import re
from functools import cached_property
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ocsportal.rest.fields import OperationRequest
from ocsportal.rest.requests import change_of, etag
from ocsportal.transactions.operation import Operation

WIRE_ONLY = ("requestId", "transactionId")


def snake(name: str) -> str:
    """Return camelCase as snake_case: from a field of REST to an argument of an operation."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class OperationView(APIView):
    """POST runs one operation and answers with its Business Transaction's items."""

    operation: ClassVar[Operation]
    request_class: ClassVar[type[OperationRequest]]
    example: ClassVar[dict[str, Any]] = {}

    # Built once: a serializer validates without keeping anything, and building its fields costs more than using them.
    validators: ClassVar[dict[type[OperationRequest], OperationRequest]] = {}

    @cached_property
    def validator(self) -> OperationRequest:
        """The serializer that checks bodies, shared by all requests of this process."""
        return self.validators.setdefault(self.request_class, self.request_class())

    def post(self, request: Request) -> HttpResponse:
        """Check the body, run the operation, answer."""
        self.operation.authorise(request.user)
        body = self.validator.run_validation(request.data)
        outcome = self.operation(change_of(request, body), **self.arguments(body))
        response = HttpResponse(outcome.answer, content_type="application/json")
        if outcome.version is not None:
            response["ETag"] = etag(outcome.target_ref_id, outcome.version)
        if outcome.replayed:
            response["Idempotent-Replay"] = "true"
        if outcome.notice:
            response["X-Ocs-Io-Notice"] = outcome.notice
        return response

    def arguments(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the operation's arguments. What is optional and null was not given."""
        fields = self.validator.fields
        return {
            snake(name): value
            for name, value in body.items()
            if name not in WIRE_ONLY
            and (value is not None or fields[name].required or name in self.request_class.keep_null)
        }


class ReadView(APIView):
    """GET answers with one JSON object; the read operation's permission guards it."""

    operation: ClassVar[Operation]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the permission after the key and before anything else."""
        super().initial(request, *args, **kwargs)
        self.operation.authorise(request.user)

    def answer(self, body: Any, tag: str | None = None) -> Response:
        """Return the answer, with the ETag of the entity it is about."""
        return Response(body, headers={"ETag": f'"{tag}"'} if tag else None)


def operation_view(
    operation: Operation,
    request_class: type[OperationRequest],
    example: dict[str, Any] | None = None,
    base: type[OperationView] = OperationView,
) -> Any:
    """Return the view of one operation."""
    name = f"{operation.name}View"
    made = type(name, (base,), {"operation": operation, "request_class": request_class, "example": example or {}})
    made.__doc__ = operation.summary
    return made.as_view()  # type: ignore[attr-defined]
