"""The bodies of the subscribers' own operations, field by field as in REST."""

from rest_framework import serializers

from ocsportal.rest.entities import AsOf, StateHistoryFlag
from ocsportal.rest.fields import Attributes, ExternalId, FirstState, Name, OperationRequest, Reference, Text
from ocsportal.rest.parameters import QueryFlag
from ocsportal.transactions.given import Checked

IN_ANY_SPELLING = "In any spelling that its type's kind understands; returned in canonical form."


class CreateSubscriber(OperationRequest):
    """Create a subscriber."""

    externalId = ExternalId(required=False, allow_null=True)
    subscriberProfile = Text(max_length=60, required=False, allow_null=True)
    account = Reference(required=False, allow_null=True)
    primaryResourceType = Text(max_length=60, required=False, allow_null=True, help_text="Such as MSISDN.")
    primaryResource = Text(required=False, allow_null=True, help_text=IN_ANY_SPELLING)
    subscriberSegment = Text(max_length=60, required=False, allow_null=True)
    customName = Name(required=False, allow_null=True)
    customAttributes = Attributes(required=False, allow_null=True)
    state = FirstState(required=False, allow_null=True)


class CreateSubscriberResource(OperationRequest):
    """Give a subscriber a resource."""

    subscriber = Reference()
    resourceType = Text(max_length=60)
    resource = Text(help_text=IN_ANY_SPELLING)


class SwapSubscriberResource(OperationRequest):
    """End a live resource and give another one of its type."""

    subscriber = Reference()
    resourceType = Text(max_length=60)
    swapResource = Text(help_text="The live resource that ends.")
    resource = Text(help_text="The new one.")


class EndSubscriberResource(OperationRequest):
    """End a live resource."""

    subscriber = Reference()
    resourceType = Text(max_length=60)
    resource = Text(help_text="The live resource that ends.")


class ExchangeSubscriberResources(OperationRequest):
    """Let two subscribers have each other's resource of a type."""

    subscriber = Reference()
    otherSubscriber = Reference()
    resourceType = Text(max_length=60)


class ReadSubscriberParameters(StateHistoryFlag):
    """The parameters of ReadSubscriber."""

    resource = Text(required=False, help_text="One of its current values, in any spelling; instead of its IDs.")
    resourceType = Text(max_length=60, required=False, help_text="The type of the resource, where several have it.")
    resources = QueryFlag(required=False)
    offers = QueryFlag(required=False)
    balances = QueryFlag(required=False)

    def validate(self, attrs: Checked) -> Checked:
        """Demand an ID or a resource, and a resource where a type is given."""
        if "resourceType" in attrs and "resource" not in attrs:
            raise serializers.ValidationError({"resource": ["Is required, since resourceType is given."]})
        return attrs if "resource" in attrs else super().validate(attrs)


class ReadSubscriberResourceParameters(AsOf):
    """The parameters of ReadSubscriberResource: whose, and which of them."""

    resourceType = Text(max_length=60, required=False)
    historyIncluded = QueryFlag(required=False, help_text="Include former ones.")
