"""The bodies of the customers' operations, field by field as in REST."""

from typing import Any

from rest_framework import serializers

from customers.contact import WIRE_NAMES, contact_faults
from ocsportal.rest.entities import StateHistoryFlag
from ocsportal.rest.fields import (
    Attributes,
    FirstState,
    Flag,
    OperationRequest,
    Reference,
    StrictSerializer,
    Text,
)
from ocsportal.rest.parameters import QueryFlag

COLUMN_NAMES = {wire: name for name, wire in WIRE_NAMES.items()}


class Contact(StrictSerializer):
    """The contact of a person or company; every part is optional, and null clears it."""

    name = Text(required=False, allow_null=True, allow_blank=True, help_text="Legal name.")
    email = Text(max_length=254, required=False, allow_null=True, allow_blank=True)
    phone = Text(
        max_length=16, required=False, allow_null=True, allow_blank=True, help_text="E.164, such as +491705550142."
    )
    addressLine1 = Text(required=False, allow_null=True, allow_blank=True)
    addressLine2 = Text(required=False, allow_null=True, allow_blank=True)
    postalCode = Text(max_length=20, required=False, allow_null=True, allow_blank=True)
    city = Text(max_length=100, required=False, allow_null=True, allow_blank=True)
    country = Text(max_length=2, required=False, allow_null=True, allow_blank=True, help_text="ISO 3166-1 alpha-2.")
    language = Text(max_length=35, required=False, allow_null=True, allow_blank=True, help_text="BCP 47.")
    taxNumber = Text(max_length=60, required=False, allow_null=True, allow_blank=True)

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        """Return the parts by their columns' names; raise ValidationError with all that is wrong."""
        value = {COLUMN_NAMES[wire]: part for wire, part in super().to_internal_value(data).items()}
        if faults := contact_faults(value, prefix=""):
            raise serializers.ValidationError({fault.parameter.lstrip("."): [fault.message] for fault in faults})
        return value


class CreateCustomer(OperationRequest):
    """Create a customer."""

    externalId = Text(required=False, allow_null=True)
    customerProfile = Text(max_length=60, required=False, allow_null=True)
    customerSegment = Text(max_length=60, required=False, allow_null=True)
    customName = Text(required=False, allow_null=True)
    customAttributes = Attributes(required=False, allow_null=True)
    contact = Contact(required=False, allow_null=True)
    state = FirstState(required=False, allow_null=True)
    testCustomer = Flag(required=False, allow_null=True)


class UpdateContact(OperationRequest):
    """Replace the contact, or merge into it."""

    customer = Reference()
    contact = Contact()
    merge = Flag(required=False, allow_null=True)


class ReadCustomerParameters(StateHistoryFlag):
    """The parameters of ReadCustomer."""

    accounts = QueryFlag(required=False)
    offers = QueryFlag(required=False)
