"""How a list of subscriptions can be narrowed."""

import django_filters

from ocsportal.rest.filters import EntityFilters


class SubscriptionFilters(EntityFilters):
    """The filters of subscriptions: by owner means what the owner itself has, not what is below it."""

    offer = django_filters.CharFilter(field_name="offer__code", max_length=60)
    customer = django_filters.CharFilter(field_name="customer__ref_id", max_length=14)
    account = django_filters.CharFilter(field_name="account__ref_id", max_length=14)
    subscriber = django_filters.CharFilter(field_name="subscriber__ref_id", max_length=14)
