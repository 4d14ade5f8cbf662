"""The subscribers' kinds of configuration, as REST tells them."""

from ocsportal.rest.configuration import ConfigurationKind
from subscribers.models import ResourceType, SubscriberProfile, SubscriberSegment

KINDS = (
    ConfigurationKind("subscriber-segments", SubscriberSegment),
    ConfigurationKind("subscriber-profiles", SubscriberProfile),
    ConfigurationKind("resource-types", ResourceType),
)
