"""How a list of subscriptions can be narrowed."""

from ocsportal.rest.filters import CodeFilter, EntityFilters, ReferenceFilter


class SubscriptionFilters(EntityFilters):
    """The filters of subscriptions: by owner means what the owner itself has, not what is below it."""

    offer = CodeFilter("offer")
    customer = ReferenceFilter("customer")
    account = ReferenceFilter("account")
    subscriber = ReferenceFilter("subscriber")
