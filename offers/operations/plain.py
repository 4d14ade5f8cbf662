"""Subscribe to an offer on its catalogue terms: on a customer, an account or a subscriber."""

from typing import Any

from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import invalid, malformed
from ocsportal.transactions.groups import AGENTS
from ocsportal.transactions.operation import Operation, Touched, operation
from offers.models import Subscription
from offers.operations.making import make, terms
from offers.operations.services import as_configured
from offers.worth import catalogue_worth


def _on(kind: str) -> Operation:
    name = f"CreateSubscriptionOn{kind.capitalize()}"

    def create(
        change: Change, *, offer: str, state: NewState | None = None, currency: str | None = None, **given: Any
    ) -> Touched:
        owner: Ref = given.pop(kind)
        agreed = terms(change, kind, owner, offer, state, currency)
        if agreed.offer.individual:
            words = "The offer is individual; subscribe to it with the operation for individual offers."
            raise invalid([malformed("offer", words)])
        services = as_configured(agreed)
        return make(change, agreed, services, operation=name, worth=catalogue_worth(services), **given)

    create.__doc__ = f"Subscribe to an offer on a {kind}; its balances are made with it."
    return operation(name, Subscription, groups=AGENTS)(create)


create_subscription_on_customer = _on("customer")
create_subscription_on_account = _on("account")
create_subscription_on_subscriber = _on("subscriber")
BY_OWNER = {
    "customer": create_subscription_on_customer,
    "account": create_subscription_on_account,
    "subscriber": create_subscription_on_subscriber,
}
