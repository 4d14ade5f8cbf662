"""How lists of subscribers and of resources can be narrowed."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from ocsportal.rest.filters import EntityFilters, FlagFilter
from subscribers.models import LONGEST_VALUE, SubscriberResource


class SubscriberFilters(EntityFilters):
    """The filters of subscribers."""

    segment = django_filters.CharFilter(field_name="segment__code", max_length=60)
    type = django_filters.CharFilter(method="by_live_resource", max_length=60)
    resource = django_filters.CharFilter(method="by_live_resource", max_length=LONGEST_VALUE)
    customer = django_filters.CharFilter(field_name="account__customer__ref_id", max_length=14)
    account = django_filters.CharFilter(field_name="account__ref_id", max_length=14)
    subscriber = django_filters.CharFilter(field_name="ref_id", max_length=14)

    def by_live_resource(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Leave it to the whole: type and value are asked of one and the same resource."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep who has a live resource of the type and with the value that are asked for."""
        queryset = super().filter_queryset(queryset)
        columns = {"type": "resource_type__code", "resource": "value"}
        asked = {column: value for name, column in columns.items() if (value := self.form.cleaned_data.get(name))}
        if not asked:
            return queryset
        live = SubscriberResource.objects.filter(subscriber=OuterRef("pk"), valid_to=None, **asked)
        return queryset.filter(Exists(live))


class ResourceFilters(django_filters.FilterSet):
    """The filters of resources, live and former."""

    resource = django_filters.CharFilter(field_name="value", max_length=LONGEST_VALUE)
    type = django_filters.CharFilter(field_name="resource_type__code", max_length=60)
    subscriber = django_filters.CharFilter(field_name="subscriber__ref_id", max_length=14)
    account = django_filters.CharFilter(field_name="subscriber__account__ref_id", max_length=14)
    customer = django_filters.CharFilter(field_name="subscriber__account__customer__ref_id", max_length=14)
    live = FlagFilter(method="by_liveness")

    def by_liveness(self, queryset: QuerySet[Any], name: str, value: bool | None) -> QuerySet[Any]:
        """Keep the live ones, or all others."""
        return queryset if value is None else queryset.filter(valid_to__isnull=value)
