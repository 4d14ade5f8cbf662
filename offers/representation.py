"""How a subscription looks from outside (docs/rest.md, answers)."""

from accounts.models import Currency
from ocsportal.entities.representation import (
    AGE,
    IDENTITY,
    ITEM,
    LIFE,
    PERSONAL,
    REFERENCE,
    identity_json,
    item_json,
    life_json,
    reference_json,
)
from ocsportal.transactions.representation import represents
from ocsportal.transactions.shapes import ANYTHING, TEXT, WHOLE, entity, listed, maybe, record
from offers.models import Subscription

SUBSCRIPTION = entity(
    **IDENTITY,
    customer=maybe(REFERENCE),
    account=maybe(REFERENCE),
    subscriber=maybe(REFERENCE),
    offer=ITEM,
    offerVersion=WHOLE,
    priority=WHOLE,
    parentOfferSubscription=maybe(REFERENCE),
    currency=maybe(ITEM),
    offerAttributes=listed(record(service=TEXT, attribute=TEXT, value=ANYTHING)),
    **LIFE,
    **AGE,
)


@represents(Subscription, "io.ocs.pbs.core.model.OfferSubscriptionEx", SUBSCRIPTION, PERSONAL)
def subscription_json(subscription: Subscription) -> dict[str, object]:
    """Return a subscription, or a version of one, as JSON values."""
    return {
        **identity_json(subscription),
        "customer": reference_json(subscription.customer),
        "account": reference_json(subscription.account),
        "subscriber": reference_json(subscription.subscriber),
        "offer": item_json(subscription.offer),
        "offerVersion": subscription.offer_version.number,
        "priority": subscription.offer.priority if subscription.priority is None else subscription.priority,
        "parentOfferSubscription": reference_json(subscription.parent),
        "currency": item_json(currency_in(subscription)),
        "offerAttributes": _values_json(subscription),
        **life_json(subscription),
    }


def currency_in(subscription: Subscription) -> Currency | None:
    """Return the currency that amounts of a subscription are in.

    One that was made before subscriptions kept it has its version's, None where that suits every payer.
    """
    return subscription.currency or subscription.offer_version.currency


def _values_json(subscription: Subscription) -> list[dict[str, object]]:
    """Return the commercial values of a subscription: its own, or those of its offer's version."""
    if subscription.offer.individual:
        return attributes_json(subscription.offer_attributes)
    # Made once for a version that is remembered: the answer of a cascade tells the same values thousands of times. Nobody may
    # change what is returned.
    version = subscription.offer_version
    told: list[dict[str, object]] | None = version.__dict__.get("told")
    if told is None:
        told = version.__dict__["told"] = attributes_json(version.service_values)
    return told


def attributes_json(kept: dict[str, dict[str, object]]) -> list[dict[str, object]]:
    """Return the services' values as a list of service, attribute and value, in alphabetical order.

    The databases keep the keys of JSON in orders of their own.
    """
    return [
        {"service": service, "attribute": name, "value": value}
        for service, values in sorted(kept.items())
        for name, value in sorted(values.items())
    ]
