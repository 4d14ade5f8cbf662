"""How a list of accounts can be narrowed."""

import django_filters

from ocsportal.rest.filters import EntityFilters, FlagFilter, HolderFilter


class AccountFilters(EntityFilters):
    """The filters of accounts."""

    segment = django_filters.CharFilter(field_name="segment__code", max_length=60)
    type = django_filters.CharFilter(field_name="account_type__code", max_length=60)
    customer = django_filters.CharFilter(field_name="customer__ref_id", max_length=14)
    account = django_filters.CharFilter(field_name="ref_id", max_length=14)
    subscriber = django_filters.CharFilter(field_name="subscribers__ref_id", max_length=14)
    resource = HolderFilter(path="subscribers__resources")
    parent = django_filters.CharFilter(field_name="parent__ref_id", max_length=14)
    test = FlagFilter(field_name="test_account")
