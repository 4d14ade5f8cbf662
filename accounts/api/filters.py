"""How a list of accounts can be narrowed."""

import django_filters

from ocsportal.rest.filters import (
    CodeFilter,
    EntityFilters,
    FlagFilter,
    HolderFilter,
    ReferenceFilter,
    ResourceHolderFilter,
)


class AccountFilters(EntityFilters):
    """The filters of accounts."""

    segment = CodeFilter("segment")
    type = CodeFilter("account_type")
    customer = ReferenceFilter("customer")
    account = django_filters.CharFilter(field_name="ref_id", max_length=14)
    subscriber = HolderFilter("subscribers")
    resource = ResourceHolderFilter("subscribers__resources")
    parent = ReferenceFilter("parent")
    test = FlagFilter(field_name="test_account")
