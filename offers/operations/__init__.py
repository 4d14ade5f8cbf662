"""Every write on subscriptions: one function per operation, called by REST, the portal, the schedule and imports alike."""

from ocsportal.transactions.operation import read_operation
from offers.models import Subscription
from offers.operations.fields import (
    level,
)
from offers.operations.individual import SPECIAL, create_individual_offer_subscription
from offers.operations.making import BEFORE_SUBSCRIBED, FORESEEN, WHEN_SUBSCRIBED
from offers.operations.plain import (
    create_subscription_on_account,
    create_subscription_on_customer,
    create_subscription_on_subscriber,
)

__all__ = [
    "BEFORE_SUBSCRIBED",
    "FORESEEN",
    "SPECIAL",
    "WHEN_SUBSCRIBED",
    "create_individual_offer_subscription",
    "create_subscription_on_account",
    "create_subscription_on_customer",
    "create_subscription_on_subscriber",
    "level",
    "read_subscription",
]

read_subscription = read_operation(
    "ReadSubscription", Subscription, "Read a subscription with its states, search subscriptions, read their history."
)

# The level's own operations by the names of the contract, where they are called by them.
update_subscription_custom_attributes = level.custom_attributes
update_subscription_state = level.state
