"""How lists of subscribers and of resources can be narrowed."""

from datetime import datetime

import django_filters
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from ocsportal.entities.configuration import item_of_code
from ocsportal.entities.resources import has_value
from ocsportal.entities.store.narrowing import few_of, of_keys
from ocsportal.rest.filters import (
    CodeFilter,
    EntityFilters,
    FlagFilter,
    InstantFilter,
    ReferenceFilter,
)
from subscribers.kinds import meant
from subscribers.models import LONGEST_VALUE, ResourceType, SubscriberResource
from subscribers.queries import changed_hands


class SubscriberFilters(EntityFilters):
    """The filters of subscribers."""

    segment = CodeFilter("segment")
    type = django_filters.CharFilter(method="by_live_resource", max_length=60)
    resource = django_filters.CharFilter(method="by_live_resource", max_length=LONGEST_VALUE)
    customer = ReferenceFilter("account__customer")
    account = ReferenceFilter("account")
    subscriber = django_filters.CharFilter(field_name="ref_id", max_length=14)

    def by_live_resource(self, queryset: QuerySet[Model], name: str, value: str) -> QuerySet[Model]:
        """Leave it to the whole: type and value are asked of one and the same resource."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Keep who has a live resource of the type and with the value that are asked for."""
        queryset = super().filter_queryset(queryset)
        code, value = (self.form.cleaned_data.get(name) for name in ("type", "resource"))
        live = SubscriberResource.objects.filter(valid_to=None)
        kind = None
        if code:
            kind = item_of_code(ResourceType, code)
            if kind is None:
                return queryset.none()
            live = live.filter(resource_type=kind.pk)
        if value:
            wanted = Q(value__in=sorted(meant(kind, value))) if kind else has_value(value)
            return of_keys(queryset, live.filter(wanted).values_list("subscriber_id", flat=True))
        if not code:
            return queryset
        few = few_of(
            queryset, live.order_by("resource_type_id", "subscriber_id").values_list("subscriber_id", flat=True)
        )
        return queryset.filter(Exists(live.filter(subscriber=OuterRef("pk")))) if few is None else few


class ResourceFilters(django_filters.FilterSet):
    """The filters of resources, live and former."""

    resource = django_filters.CharFilter(method="by_value", max_length=LONGEST_VALUE)
    type = CodeFilter("resource_type")
    subscriber = ReferenceFilter("subscriber")
    account = ReferenceFilter("subscriber__account")
    customer = ReferenceFilter("subscriber__account__customer")
    live = FlagFilter(method="by_liveness")

    changedHolderSince = InstantFilter(method="by_change_of_holder")

    def by_change_of_holder(self, queryset: QuerySet[Model], name: str, value: datetime) -> QuerySet[Model]:
        """Keep what somebody got or gave back at an instant or later, as it was written down, whenever it is valid from."""
        told = changed_hands(value)
        few = few_of(queryset, told.values_list("id", flat=True))
        return queryset.filter(pk__in=told.order_by().values("id")) if few is None else few

    def by_value(self, queryset: QuerySet[Model], name: str, value: str) -> QuerySet[Model]:
        """Keep those with this value, however it is written."""
        return queryset.filter(has_value(value))

    def by_liveness(self, queryset: QuerySet[Model], name: str, value: bool | None) -> QuerySet[Model]:
        """Keep the live ones, or all others."""
        return queryset if value is None else queryset.filter(valid_to__isnull=value)
