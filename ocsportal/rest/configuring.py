"""POST /v1/casm/configuration/{kind}/create and /update: configuration is written as the portal's pages write it.

What a kind takes follows from its columns, and what is right from its model, which the pages ask too (docs/rest.md,
configuration).
"""

from functools import cache
from typing import ClassVar

from django.db import models
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from ocsportal.entities.configuring import change_item, create_item
from ocsportal.entities.models import ConfigurationItem
from ocsportal.entities.representation import camel
from ocsportal.rest import answers
from ocsportal.rest.configuration import ConfigurationKind, kind_of
from ocsportal.rest.delivery import delivered
from ocsportal.rest.fields import Flag, OneOf, OperationRequest, Text, Whole
from ocsportal.rest.fields.options import BodyOptions
from ocsportal.rest.requests import IDEMPOTENCY_KEY, change_of, etag, named_body
from ocsportal.rest.views import WIRE_ONLY, DescribedView
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import NotAllowed
from ocsportal.transactions.given import Checked
from ocsportal.transactions.touched import Outcome

Given = Checked
LONGEST_TEXT = 10_000
SMALLEST, LARGEST = -(2**31), 2**31 - 1
LARGEST_SMALL = 2**15 - 1
# Made by the portal.
OWN = ("id", "version", "ref_id")


class ConfigurationItemBody(OperationRequest):
    """An item of a kind: the columns of its kind as reads tell them, other items by their codes."""

    code = Text(max_length=60, help_text="How requests name it; it can't be changed later.")
    name = Text(required=False, help_text="Required for a new one.")
    description = Text(max_length=LONGEST_TEXT, required=False, allow_null=True)


class WriteView(DescribedView):
    """A write of configuration, for whoever has the permission that the portal's page asks for."""

    verb: ClassVar[str]
    request_class = ConfigurationItemBody
    answer_class = answers.Item(many=True)
    statuses: ClassVar[tuple[int, ...]] = (400, 401, 403, 404, 409, 412, 413, 415, 429, 503)
    taken_headers = ("X-Ocs-Io-On-Behalf-Of", "X-Ocs-Io-Reason", IDEMPOTENCY_KEY, "If-Match")

    def authorise(self) -> None:
        """Raise PERMISSION-DENIED unless the client may write items of the kind."""
        permission = _permission(kind_of(self.kwargs["kind"]).model, self.verb)
        if not self.request.user.has_perm(permission):
            raise NotAllowed(permission)

    def post(self, request: Request, kind: str) -> HttpResponse:
        """Check the body, write the item, answer with it."""
        self.authorise()
        found, sent = kind_of(kind), named_body(request)
        body = _body(found.name, self.verb == "add").run_validation(sent)
        given = {name: value for name, value in body.items() if name not in WIRE_ONLY}
        # Which kind it is says the address, which the body does not have in it.
        change = change_of(request, body, {"kind": kind, "body": sent})
        outcome = self.written(found, change, given)
        response = delivered(request, outcome.answer, etag(outcome.target_ref_id, outcome.version or 1))
        if outcome.replayed:
            response["Idempotent-Replay"] = "true"
        return response

    def written(self, kind: ConfigurationKind, change: Change, given: Given) -> Outcome:
        """Write the item through the door."""
        raise NotImplementedError


class CreateItemView(WriteView):
    """Make an item of a kind."""

    name, summary, verb = "CreateConfigurationItem", "Make an item of a kind of configuration.", "add"
    permission_words = "that to add items of the kind, such as `customers.add_customersegment`"
    example: ClassVar[Given] = {"requestId": "example-segment-1", "code": "gold", "name": "Gold"}

    def written(self, kind: ConfigurationKind, change: Change, given: Given) -> Outcome:
        """Make the item."""
        own, further = _split(kind, given)
        return create_item(change, kind.model, own, lambda item: kind.write(change, item, further))


class UpdateItemView(WriteView):
    """Change an item of a kind."""

    name, summary, verb = "UpdateConfigurationItem", "Change what is given of an item of configuration.", "change"
    permission_words = "that to change items of the kind, such as `customers.change_customersegment`"
    example: ClassVar[Given] = {"requestId": "example-segment-2", "code": "vip", "name": "Very important"}

    def written(self, kind: ConfigurationKind, change: Change, given: Given) -> Outcome:
        """Change the item."""
        own, further = _split(kind, given)
        return change_item(change, kind.model, own.pop("code"), own, lambda item: kind.write(change, item, further))


def _permission(model: type[models.Model], verb: str) -> str:
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def _split(kind: ConfigurationKind, given: Given) -> tuple[Given, Given]:
    """Return the values of columns by their names, and what the kind takes beside them."""
    columns = {camel(column.name): column for column in columns_of(kind.model)}
    own = {columns[name].name: _cleared(columns[name], value) for name, value in given.items() if name in columns}
    return own, {name: value for name, value in given.items() if name not in columns}


def _cleared(column: models.Field, value: object) -> object:
    """Return a value as its column keeps it: what is nothing is an empty text, where there is no null."""
    return "" if value is None and not column.null else value


def columns_of(model: type[ConfigurationItem]) -> list[models.Field]:
    """Return the columns that a client may give."""
    return [column for column in model._meta.concrete_fields if column.name not in OWN]


# Without this each write would build a serializer from the columns of its kind. The kind's name comes from an address,
# but `kind_of` refuses unknown ones before anything is kept, so it grows no further than there are kinds.
@cache
def _body(kind: str, creating: bool) -> OperationRequest:
    """Return what checks a body, field by field from the columns of the kind."""
    found = kind_of(kind)
    fields = {camel(column.name): _field(column, creating) for column in columns_of(found.model)}
    further = {name: make() for name, make in found.further.items()}
    return type("ItemOfKind", (OperationRequest,), {**fields, **further, "__doc__": "An item."})()


def _field(column: models.Field, creating: bool) -> serializers.Field:
    has_own = column.null or column.blank or column.has_default()
    options: BodyOptions = {
        "required": column.name == "code" or (creating and not has_own),
        "allow_null": column.null or (column.blank and not column.choices),
    }
    if column.is_relation:
        return Text(max_length=60, **options)
    if column.choices:
        return OneOf(choices=column.choices, **options)
    if isinstance(column, models.BooleanField):
        return Flag(**options)
    if isinstance(column, models.IntegerField):
        small = isinstance(column, models.PositiveSmallIntegerField)
        return Whole(least=0 if small else SMALLEST, most=LARGEST_SMALL if small else LARGEST, **options)
    return Text(max_length=column.max_length or LONGEST_TEXT, **options)
