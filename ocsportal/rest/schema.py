"""The OpenAPI description: every operation with its example, its answer and its errors (GET /v1/schema)."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from ocsportal.rest import answers
from ocsportal.rest.entities import EntityHistoryView, EntityListView
from ocsportal.rest.query_schema import list_parameters, query_parameters
from ocsportal.rest.views import DescribedView, OperationView

WRITE_HEADERS = (
    ("X-Ocs-Io-On-Behalf-Of", "Whose order this is, such as the CRM's agent; at most 150 characters.", str),
    ("X-Ocs-Io-Reason", "Why; goes into the audit trail; at most 1000 characters.", str),
    ("Idempotency-Key", "The requestId, where the body has none.", str),
    ("If-Match", "The ETag of the version that the client read; another one is refused with 412.", str),
)
PLACES = {"kind": "The name of the kind, such as customer-segments.", "code": "The code of the item."}
WRITE_ERRORS = (400, 401, 403, 409, 412, 413, 415, 429, 503)
READ_ERRORS = (400, 401, 403, 404, 429, 503)
ERROR_WORDS = {
    400: "Refused; `code` says why, and nothing was changed.",
    401: "No valid key.",
    403: "The client lacks the operation's permission.",
    404: "The reference names no entity.",
    409: "The requestId was used before, with another body or operation.",
    410: "The position is not kept any more.",
    412: "The entity changed since the client read it.",
    413: "The body is larger than 1 MiB.",
    415: "The body is not application/json.",
    429: "Too many requests; see Retry-After.",
    503: "The database is away; see Retry-After.",
}


class OperationSchema(AutoSchema):
    """Describe the portal's views, which know their operation."""

    def is_excluded(self) -> bool:
        """Leave out the views that are no operation, such as this description itself."""
        return not isinstance(self.view, DescribedView) and not hasattr(self.view, "operation")

    def get_operation_id(self) -> str:
        """Return the contract's name of the operation, with what is listed or told after it."""
        view: Any = self.view
        if isinstance(view, DescribedView):
            return view.name
        if view.told_as:
            return str(view.told_as)
        name: str = view.operation.name
        subject = name.removeprefix("Read")
        if isinstance(self.view, EntityListView):
            return f"List{subject.removesuffix('s')}s"
        return f"{name}History" if isinstance(self.view, EntityHistoryView) else name

    def get_tags(self) -> list[str]:
        """Return the collection: `customers`."""
        return [self.path.removeprefix("/v1/casm/").split("/")[0]]

    def get_description(self) -> str:  # type: ignore[override]
        """Return the operation's sentence and its permission."""
        view: Any = self.view
        if isinstance(view, DescribedView):
            return f"{view.summary}\n\nPermission: {view.permission_words}."
        words = view.operation.summary if isinstance(view, OperationView) else (view.__doc__ or "").strip()
        return f"{words}\n\nPermission: `{view.operation.permission}`."

    def get_summary(self) -> str:
        """Return the name in words."""
        return self.get_operation_id()

    def get_request_serializer(self) -> Any:
        """Return the body's serializer."""
        return self.view.request_class if isinstance(self.view, OperationView | DescribedView) else None

    def get_response_serializers(self) -> Any:
        """Return the answers by status, errors included."""
        if isinstance(self.view, DescribedView):
            good: Any = self.view.answer_class
        elif isinstance(self.view, OperationView):
            good = answers.Item(many=True)
        elif isinstance(self.view, EntityHistoryView):
            good = answers.History
        else:
            told = getattr(self.view, "answer_class", OpenApiTypes.OBJECT)
            good = answers.EntityPage if isinstance(self.view, EntityListView) else told
        errors: tuple[int, ...] = WRITE_ERRORS if isinstance(self.view, OperationView) else READ_ERRORS
        errors = getattr(self.view, "statuses", errors)
        described = {
            (status, "application/problem+json"): OpenApiResponse(answers.Problem, description=ERROR_WORDS[status])
            for status in errors
        }
        return {(200, "application/json"): OpenApiResponse(good, description="Done."), **described}

    def get_override_parameters(self) -> list[Any]:
        """Return headers of writes, query parameters of reads."""
        if isinstance(self.view, OperationView | DescribedView):
            headers = [
                OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=words)
                for name, words, kind in WRITE_HEADERS
                if isinstance(self.view, OperationView) or name in self.view.taken_headers
            ]
            places = [
                OpenApiParameter(name, str, OpenApiParameter.PATH, description=words)
                for name, words in PLACES.items()
                if f"{{{name}}}" in self.path
            ]
            return [*headers, *places]
        if isinstance(self.view, EntityListView):
            return list_parameters(self.view)
        taken = getattr(self.view, "parameter_class", None)
        return query_parameters(taken, self.get_tags()[0]) if taken else []

    def get_filter_backends(self) -> list[object]:
        """Return none: the filters are described above."""
        return []

    def get_examples(self) -> list[OpenApiExample]:
        """Return the operation's example body; the examples of reads stand at their parameters."""
        if isinstance(self.view, OperationView | DescribedView) and self.view.example:
            return [OpenApiExample(self.get_operation_id(), self.view.example, request_only=True)]
        return []


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """Describe the two headers of an API client."""

    target_class = "ocsportal.people.authentication.ApiKeyAuthentication"
    name = ["ApiKey", "ApplicationId"]

    def get_security_definition(self, auto_schema: object) -> list[dict[str, str]]:
        """Return the definitions of both headers."""
        return [
            {"type": "apiKey", "in": "header", "name": "X-Ocs-Io-API-Key"},
            {"type": "apiKey", "in": "header", "name": "X-Ocs-Io-Application-Id"},
        ]
