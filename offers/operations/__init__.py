"""Every write on subscriptions: one function per operation, called by REST, the portal, the schedule and imports alike."""

from ocsportal.transactions.operation import read_operation
from offers.models import Subscription
from offers.operations.fields import (
    cancel_subscription_state,
    confirm_subscription_state,
    level,
    update_subscription,
    update_subscription_custom_attributes,
    update_subscription_custom_name,
    update_subscription_external_id,
    update_subscription_state,
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
    "cancel_subscription_state",
    "confirm_subscription_state",
    "create_individual_offer_subscription",
    "create_subscription_on_account",
    "create_subscription_on_customer",
    "create_subscription_on_subscriber",
    "level",
    "read_subscription",
    "update_subscription",
    "update_subscription_custom_attributes",
    "update_subscription_custom_name",
    "update_subscription_external_id",
    "update_subscription_state",
]

read_subscription = read_operation(
    "ReadSubscription", Subscription, "Read a subscription with its states, search subscriptions, read their history."
)
