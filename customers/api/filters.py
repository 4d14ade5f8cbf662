"""How a list of customers can be narrowed."""

import django_filters
from django.db.models import QuerySet

from customers.models import Customer
from customers.twins import twins
from ocsportal.entities.store.narrowing import MOST_KEYS, of_keys
from ocsportal.rest.filters import (
    CodeFilter,
    EntityFilters,
    FlagFilter,
    HolderFilter,
    LegalNameFilter,
    ResourceHolderFilter,
)
from ocsportal.values.emails import EMAIL
from ocsportal.values.phones import PHONE


class CustomerFilters(EntityFilters):
    """The filters of customers."""

    segment = CodeFilter("segment")
    name = LegalNameFilter()
    email = django_filters.CharFilter(method="filter_email", max_length=254)
    phone = django_filters.CharFilter(method="filter_phone", max_length=100)
    customer = django_filters.CharFilter(field_name="ref_id", max_length=14)
    account = HolderFilter("accounts")
    subscriber = HolderFilter("accounts__subscribers")
    resource = ResourceHolderFilter("accounts__subscribers__resources")
    test = FlagFilter(field_name="test_customer")
    duplicatesOf = django_filters.CharFilter(method="filter_duplicates", max_length=14)

    def filter_duplicates(self, queryset: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        """Keep who may be the same as the customer of a refId (docs/customers.md, twins)."""
        named = Customer.objects.filter(ref_id=value).first()
        return of_keys(queryset, [twin.key for twin in twins(named, MOST_KEYS)] if named else [])

    def filter_email(self, queryset: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        """Keep who has this e-mail address, however it is written."""
        address = EMAIL.canonical_or_none(value)
        # Addresses from before they were kept in one form are compared without case.
        return queryset.filter(contact_email__iexact=address) if address else queryset.none()

    def filter_phone(self, queryset: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        """Keep who has this phone number, however it is grouped; full digits are one, and a bare plus sign is a blank."""
        number = PHONE.canonical_or_none(value) or PHONE.canonical_or_none(f"+{value.strip()}")
        return queryset.filter(contact_phone=number) if number else queryset.none()
