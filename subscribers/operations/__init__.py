"""Every write on subscribers: one function per operation, called by REST, the portal, the schedule and imports alike."""

from ocsportal.transactions.operation import read_operation
from subscribers.models import Subscriber
from subscribers.operations.creation import create_subscriber, make_subscriber
from subscribers.operations.exchange import exchange_subscriber_resources
from subscribers.operations.fields import (
    level,
)
from subscribers.operations.resources import (
    create_subscriber_resource,
    end_subscriber_resource,
    read_subscriber_resource,
    swap_subscriber_resource,
)

__all__ = [
    "create_subscriber",
    "create_subscriber_resource",
    "end_subscriber_resource",
    "exchange_subscriber_resources",
    "level",
    "make_subscriber",
    "read_subscriber",
    "read_subscriber_resource",
    "swap_subscriber_resource",
]

read_subscriber = read_operation(
    "ReadSubscriber",
    Subscriber,
    "Read a subscriber with its states, resources and offers, search subscribers, read their history.",
)

# The level's own operations by the names of the contract, where they are called by them.
update_subscriber_custom_name = level.custom_name
update_subscriber_custom_attributes = level.custom_attributes
update_subscriber_state = level.state
