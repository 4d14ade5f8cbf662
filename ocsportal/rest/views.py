"""The bases of the REST views: a write is parse, one call, render; a read the same (docs/rest.md)."""

import re
from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from ocsportal.rest.asked import JSON, ApiRequest, shared
from ocsportal.rest.delivery import delivered, minimal, wants_minimal
from ocsportal.rest.fields import OperationRequest
from ocsportal.rest.renderers import JSONRenderer, as_json
from ocsportal.rest.requests import change_of, etag, named_body
from ocsportal.transactions import edition
from ocsportal.transactions.edition import OutOfDate
from ocsportal.transactions.errors import NotAllowed
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Operation
from ocsportal.transactions.outage import is_outage
from ocsportal.transactions.touched import Outcome

RENDERER = JSONRenderer()
WIRE_ONLY = ("requestId", "transactionId")


def snake(name: str) -> str:
    """Return camelCase as snake_case: from a field of REST to an argument of an operation."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class VerifyingView(APIView):
    """A view of an operation whose client may be remembered: no answer leaves before the edition was checked.

    Writes check it as they open their Business Transaction, reads with what they read, refusals here.
    """

    operation: ClassVar[Operation]
    # What the description calls it, where it is not the one view of its operation.
    told_as: ClassVar[str] = ""
    verifies_client = True

    # Who is nobody's client was refused by then; what a client may do, its operation says.
    permission_classes = ()
    # What the header Allow says, by the view.
    allowed: ClassVar[dict[type["VerifyingView"], str]] = {}

    def initialize_request(self, request: HttpRequest, *args: object, **kwargs: object) -> Request:
        """Return the request as the views see it."""
        return ApiRequest(request, self)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse whom there is no answer for: who takes no JSON, a stranger, who asks too often."""
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self.perform_authentication(request)
        if self.permission_classes:
            self.check_permissions(request)
        if settings.RATE_LIMIT:
            self.check_throttles(request)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Return the one renderer there is at once when the client takes anything or asks for JSON."""
        if request.META.get("HTTP_ACCEPT", "*/*") in ("*/*", JSON):
            return RENDERER, RENDERER.media_type
        return super().perform_content_negotiation(request, force)

    def get_authenticators(self) -> list[Any]:
        """Return what looks at keys, the same for all requests."""
        kinds: Iterable[Any] = self.authentication_classes
        return [shared(kind) for kind in kinds]

    @property
    def default_response_headers(self) -> dict[str, str]:
        """The headers of every answer, refusals included."""
        kind = type(self)
        if kind not in self.allowed:
            self.allowed[kind] = ", ".join(self.allowed_methods)
        return {"Allow": self.allowed[kind]}

    def handle_exception(self, error: Exception) -> Any:
        """Answer a refusal; when it rests on memory that no longer holds, ask who the client is and try again."""
        # To ask for the user would look at the key, which may be what has just failed.
        stands = getattr(getattr(self.request, "known_user", None), "remembered_at", None)
        if stands is not None and not is_outage(error):
            try:
                if isinstance(error, OutOfDate) or edition.read() != stands:
                    return self._again(error)
            except Exception as anew:  # whatever it is, it goes the way of all errors
                error = anew
        return super().handle_exception(error)

    def _again(self, error: Exception) -> Any:
        self.verifies_client = False
        self.request.user, self.request.auth = self.get_authenticators()[0].authenticate(self.request)
        self.authorise()
        if not isinstance(error, OutOfDate | NotAllowed):
            raise error
        handler = getattr(self, str(self.request.method).lower())
        return handler(self.request, *self.args, **self.kwargs)

    def authorise(self) -> None:
        """Raise PERMISSION-DENIED unless the client may run the view's operation."""
        self.operation.authorise(self.request.user)

    def answer(
        self, body: object, tag: str | None = None, stands: str | None = None, whole: bool = False
    ) -> HttpResponse:
        """Return the answer, with the ETag of the entity it is about.

        `stands` is the edition it was read at, if known; `whole` that the entity is all that the answer tells.
        """
        self.verify(stands)
        # Rendered here: there is one renderer, and a Response that finds out which one costs as much as the JSON.
        return delivered(self.request, as_json(body), f'"{tag}"' if tag else None, whole)

    def verify(self, stands: str | None = None) -> None:
        """Raise OutOfDate unless the edition that stands is the one at which the client was remembered."""
        remembered = getattr(self.request.user, "remembered_at", None)
        if remembered is not None and remembered != (edition.read() if stands is None else stands):
            raise OutOfDate


class OperationView(VerifyingView):
    """POST runs one operation and answers with its Business Transaction's items."""

    request_class: ClassVar[type[OperationRequest]]
    example: ClassVar[dict[str, object]] = {}

    # By the operation's name: what an order or a batch can name.
    known: ClassVar[dict[str, type["OperationView"]]] = {}

    @property
    def validator(self) -> OperationRequest:
        """The serializer that checks bodies, one for all requests: building its fields costs more than using them."""
        found: OperationRequest = shared(self.request_class)
        return found

    def post(self, request: Request) -> HttpResponse:
        """Check the body, run the operation, answer."""
        outcome = self.outcome(request, named_body(request))
        tag = etag(outcome.target_ref_id, outcome.version) if outcome.version is not None else None
        short = wants_minimal(request)
        response = delivered(request, as_json(minimal(outcome.items)) if short else outcome.answer, tag)
        if short:
            response["Preference-Applied"] = "return=minimal"
        if outcome.replayed:
            response["Idempotent-Replay"] = "true"
        if outcome.notice:
            response["X-Ocs-Io-Notice"] = outcome.notice
        return response

    def outcome(self, request: Request, sent: object) -> Outcome:
        """Check a body and run the operation; raise what is wrong with it, or what the operation refuses."""
        self.operation.authorise(request.user)
        body = self.validator.run_validation(sent)
        return self.operation(change_of(request, body, sent, self.why(body)), **self.arguments(body))

    def why(self, body: Checked) -> str:
        """Return the reason for the audit trail that a body gives, empty where it has none."""
        return (body.get("reason") or "") if self.request_class.says_why else ""

    def arguments(self, body: Checked) -> Checked:
        """Return the operation's arguments. What is optional and null was not given."""
        fields = self.validator.fields
        return {
            snake(name): value
            for name, value in body.items()
            if name not in WIRE_ONLY
            and not (name == "reason" and self.request_class.says_why)
            and (value is not None or fields[name].required or name in self.request_class.keep_null)
        }


class ReadView(VerifyingView):
    """GET answers with one JSON object; the read operation's permission guards it."""

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Check the permission after the key and before anything else."""
        super().initial(request, *args, **kwargs)
        self.authorise()


class DescribedView(VerifyingView):
    """A view that is no single operation of the table, and says itself what the description tells of it."""

    name: ClassVar[str]
    summary: ClassVar[str]
    permission_words: ClassVar[str]
    request_class: ClassVar[object] = None
    answer_class: ClassVar[object]
    statuses: ClassVar[tuple[int, ...]]
    taken_headers: ClassVar[tuple[str, ...]] = ()
    example: ClassVar[dict[str, object]] = {}


def operation_view(
    operation: Operation,
    request_class: type[OperationRequest],
    example: dict[str, object] | None = None,
    base: type[OperationView] = OperationView,
) -> Any:
    """Return the view of one operation."""
    name = f"{operation.name}View"
    made = type(name, (base,), {"operation": operation, "request_class": request_class, "example": example or {}})
    made.__doc__ = operation.summary
    OperationView.known[operation.name] = made
    return made.as_view()  # type: ignore[attr-defined]
