"""The bodies of the operations that subscribe, field by field as in REST."""

from rest_framework import serializers

from ocsportal.rest.entities import StateHistoryFlag
from ocsportal.rest.fields import Attributes, ExternalId, Name, OperationRequest, Reference, StateChange, Text, Whole
from ocsportal.rest.level import body
from offers.api.fields import NamedValue, fields_for
from offers.attributes import ATTRIBUTES
from offers.models import ServiceType
from offers.operations import SPECIAL
from offers.operations.making import MOST_PRIORITY


def common() -> dict[str, serializers.Field]:
    """Return the fields that every subscribing operation takes."""
    return {
        "offer": Text(max_length=60, help_text="The offer's code."),
        "externalId": ExternalId(required=False, allow_null=True),
        "priority": Whole(
            least=-MOST_PRIORITY,
            most=MOST_PRIORITY,
            required=False,
            allow_null=True,
            help_text="Lower comes first; by default, the offer's.",
        ),
        "currency": Text(
            max_length=60,
            required=False,
            allow_null=True,
            help_text="The code of the currency, where no payer decides it.",
        ),
        "customName": Name(required=False, allow_null=True),
        "customAttributes": Attributes(required=False, allow_null=True),
        "state": StateChange(),
        "parentOfferSubscription": Reference(required=False, allow_null=True),
    }


def on(kind: str) -> type[OperationRequest]:
    """Return the body that subscribes on a customer, an account or a subscriber."""
    return body(f"CreateSubscriptionOn{kind.capitalize()}", "Subscribe to an offer.", {kind: Reference(), **common()})


def owners() -> dict[str, serializers.Field]:
    """Return the three owners, of which exactly one is given."""
    return {kind: Reference(required=False, allow_null=True) for kind in ("customer", "account", "subscriber")}


def special(service_type: ServiceType) -> type[OperationRequest]:
    """Return the body of a service type's own operation: its attributes are fields of it."""
    return body(
        SPECIAL[service_type].name,
        f"Subscribe to an individual {service_type.label.lower()}.",
        {**owners(), **common(), **fields_for(ATTRIBUTES[service_type])},
    )


class CreateIndividualOfferSubscription(OperationRequest):
    """Subscribe to any individual offer, its values given one by one."""

    customer, account, subscriber = owners().values()
    offer, externalId, priority, currency, customName, customAttributes, state, parentOfferSubscription = (
        common().values()
    )
    offerAttributes = NamedValue(many=True)


class ReadSubscriptionParameters(StateHistoryFlag):
    """The parameters of ReadSubscription."""


def attribute_names(service_type: ServiceType) -> set[str]:
    """Return the names of a type's attributes, which are fields of its own operation."""
    return {entry.name for entry in ATTRIBUTES[service_type]}
