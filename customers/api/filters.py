"""How a list of customers can be narrowed."""

import django_filters
from django.db.models import QuerySet

from customers.models import Customer
from ocsportal.rest.filters import CodeFilter, EntityFilters, FlagFilter, HolderFilter, NameFilter


class CustomerFilters(EntityFilters):
    """The filters of customers."""

    segment = CodeFilter("segment")
    name = NameFilter("contact_name")
    email = django_filters.CharFilter(field_name="contact_email", lookup_expr="iexact", max_length=254)
    phone = django_filters.CharFilter(method="filter_phone", max_length=40)
    customer = django_filters.CharFilter(field_name="ref_id", max_length=14)
    account = HolderFilter("accounts")
    subscriber = HolderFilter("accounts__subscribers")
    resource = HolderFilter("accounts__subscribers__resources", "value", max_length=255, valid_to=None)
    test = FlagFilter(field_name="test_customer")

    def filter_phone(self, queryset: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        """Keep who has this phone number, however it was grouped; a plus sign that was not escaped is a space."""
        number = "".join(character for character in value if character.isdigit())
        return queryset.filter(contact_phone=f"+{number}")
