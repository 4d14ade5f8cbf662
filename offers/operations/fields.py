"""The operations on a subscription that stands; what was subscribed, by whom and how first, never changes."""

from ocsportal.entities import shared
from ocsportal.transactions.constraints import name_constraint
from ocsportal.transactions.errors import Fault
from offers.models import Subscription

name_constraint(
    "offers_subscription_external_id_key",
    Fault("EXTERNAL-ID-NOT-UNIQUE", "externalId", "Another subscription has this external ID."),
    sqlite="offers_subscription.external_id",
)

# Raised by triggers, which nobody gets around.
name_constraint(
    "offer_in_use",
    Fault("REQUEST-VALIDATION", "", "This has subscriptions and can't be changed; create a new version instead."),
    sqlite="offer_in_use",
)

level = shared.Level(Subscription, "subscription")
