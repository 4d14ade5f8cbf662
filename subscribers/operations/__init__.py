"""Every write on subscribers: one function per operation, called by REST, the portal, the schedule and imports alike."""

from ocsportal.transactions.operation import read_operation
from subscribers.models import Subscriber
from subscribers.operations.creation import create_subscriber, make_subscriber
from subscribers.operations.exchange import exchange_subscriber_resources
from subscribers.operations.fields import (
    cancel_subscriber_state,
    confirm_subscriber_state,
    level,
    update_subscriber,
    update_subscriber_custom_attributes,
    update_subscriber_custom_name,
    update_subscriber_external_id,
    update_subscriber_segment,
    update_subscriber_state,
)
from subscribers.operations.resources import (
    create_subscriber_resource,
    end_subscriber_resource,
    read_subscriber_resource,
    swap_subscriber_resource,
)

__all__ = [
    "cancel_subscriber_state",
    "confirm_subscriber_state",
    "create_subscriber",
    "create_subscriber_resource",
    "end_subscriber_resource",
    "exchange_subscriber_resources",
    "level",
    "make_subscriber",
    "read_subscriber",
    "read_subscriber_resource",
    "swap_subscriber_resource",
    "update_subscriber",
    "update_subscriber_custom_attributes",
    "update_subscriber_custom_name",
    "update_subscriber_external_id",
    "update_subscriber_segment",
    "update_subscriber_state",
]

read_subscriber = read_operation(
    "ReadSubscriber",
    Subscriber,
    "Read a subscriber with its states, resources and offers, search subscribers, read their history.",
)
