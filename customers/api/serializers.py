"""The bodies of the customers' operations, field by field as in REST."""

from collections.abc import Mapping

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from customers.contact import WIRE_NAMES, understood
from customers.notes import MAX_TEXT, TEXT
from ocsportal.rest.entities import StateHistoryFlag
from ocsportal.rest.fields import (
    Attributes,
    ExternalId,
    FirstState,
    Flag,
    Instant,
    Name,
    OperationRequest,
    Reference,
    StrictSerializer,
    Text,
    ValueText,
)
from ocsportal.rest.parameters import ByReference, Page, QueryFlag

COLUMN_NAMES = {wire: name for name, wire in WIRE_NAMES.items()}


# Room for whatever is grouped or spelled out; how long the value itself may be, its kind says.
LONGEST_PART = 400


def _part(words: str = "") -> Text:
    """Return the field for a part of a contact; null and an empty text clear it."""
    return Text(max_length=LONGEST_PART, required=False, allow_null=True, allow_blank=True, help_text=words or None)


class Contact(StrictSerializer):
    """The contact of a person or company; every part is optional, and null clears it."""

    name = _part("Legal name.")
    email = _part("Stored in lower case, an internationalised domain in ASCII form.")
    phone = _part("With its country code, in any spelling; stored as E.164, such as +491705550142.")
    addressLine1 = _part()
    addressLine2 = _part()
    postalCode = _part("At most 20 characters.")
    city = _part("At most 100 characters.")
    country = _part("ISO 3166-1 alpha-2 or alpha-3; stored as alpha-2.")
    language = _part("BCP 47.")
    taxNumber = _part("At most 60 characters.")

    def to_internal_value(self, data: object) -> dict[str, str | None]:
        """Return the parts by their columns' names; raise ValidationError with all that is wrong."""
        value = {COLUMN_NAMES[wire]: part for wire, part in super().to_internal_value(data).items()}
        found, faults = understood(value, prefix="")
        if faults:
            raise serializers.ValidationError({fault.parameter.lstrip("."): [fault.message] for fault in faults})
        return found


class CreateCustomer(OperationRequest):
    """Create a customer."""

    externalId = ExternalId(required=False, allow_null=True)
    customerProfile = Text(max_length=60, required=False, allow_null=True)
    customerSegment = Text(max_length=60, required=False, allow_null=True)
    customName = Name(required=False, allow_null=True)
    customAttributes = Attributes(required=False, allow_null=True)
    contact = Contact(required=False, allow_null=True)
    state = FirstState(required=False, allow_null=True)
    testCustomer = Flag(required=False, allow_null=True)


class UpdateContact(OperationRequest):
    """Replace the contact, or merge into it."""

    customer = Reference()
    contact = Contact()
    merge = Flag(required=False, allow_null=True)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "maxLength": 14},
            {"type": "object", "properties": {"refId": {"type": "string"}}, "required": ["refId"]},
        ]
    }
)
class NoteReference(Text):
    """A note by its refId, alone or in an object as references are."""

    def run_validation(self, data: object = serializers.empty) -> Model:
        """Return the refId."""
        if isinstance(data, Mapping):
            if set(data) != {"refId"}:
                raise serializers.ValidationError("Give its refId, alone or in an object.")
            data = data["refId"]
        return super().run_validation(data)


class CreateCustomerNote(OperationRequest):
    """Write a note on a customer."""

    customer = Reference()
    text = ValueText(TEXT, max_length=MAX_TEXT)
    alert = Flag(
        required=False,
        allow_null=True,
        help_text="Shown at the top of every page of the customer and of everything below it.",
    )
    until = Instant(required=False, allow_null=True, help_text="When it expires. Default: it stays until it is closed.")


class CloseCustomerNote(OperationRequest):
    """Close a note on a customer."""

    customer = Reference()
    note = NoteReference(max_length=14, help_text="Its refId.")


class EraseCustomer(OperationRequest):
    """Take everything personal out of a customer and all below."""

    says_why = True

    customer = Reference()
    reason = Text(
        max_length=1000,
        required=False,
        allow_null=True,
        help_text="On whose demand, or by which rule; mandatory here or in the header X-Ocs-Io-Reason.",
    )


class NotesParameters(ByReference, Page):
    """The parameters of a customer's notes."""


class ReadCustomerParameters(StateHistoryFlag):
    """The parameters of ReadCustomer."""

    accounts = QueryFlag(required=False)
    subscribers = QueryFlag(required=False)
    offers = QueryFlag(required=False)
    balances = QueryFlag(required=False)
