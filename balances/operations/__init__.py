"""Every write on balances: made with a subscription, then changed by adjustments only, each with its ledger entry."""

from balances.limits import count, refuse_beyond
from balances.models import Balance
from balances.operations.opening import open_balances
from balances.operations.updating import update_subscription_balance, update_subscription_balances
from ocsportal.transactions.operation import read_operation
from offers.operations import BEFORE_SUBSCRIBED, FORESEEN, WHEN_SUBSCRIBED

__all__ = [
    "open_balances",
    "read_subscription_balance",
    "read_subscription_balances",
    "update_subscription_balance",
    "update_subscription_balances",
]

read_subscription_balance = read_operation(
    "ReadSubscriptionBalance", Balance, "Read one balance of a subscription, and its ledger."
)
read_subscription_balances = read_operation(
    "ReadSubscriptionBalances", Balance, "Read the balances of a subscription, search balances."
)

WHEN_SUBSCRIBED.enter(open_balances)
BEFORE_SUBSCRIBED.enter(count)
FORESEEN.enter(refuse_beyond)
