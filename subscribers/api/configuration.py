"""The subscribers' kinds of configuration, as REST tells them."""

from ocsportal.rest.configuration import Kind
from subscribers.models import ResourceType, SubscriberProfile, SubscriberSegment

KINDS = (
    Kind("subscriber-segments", SubscriberSegment),
    Kind("subscriber-profiles", SubscriberProfile),
    Kind("resource-types", ResourceType),
)
