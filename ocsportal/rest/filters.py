"""Filters that several lists share."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.db import connections
from django.db.models import BooleanField, Func, Q, QuerySet, Value
from rest_framework import serializers

from ocsportal.entities.states import State
from ocsportal.entities.values import MAX_KEY
from ocsportal.rest.fields import parse_instant


class InstantField(forms.Field):
    """A form field for an ISO 8601 instant with an offset."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the instant in UTC; a plus sign that was not escaped arrives as a space."""
        text = str(value or "")
        if not text:
            return None
        try:
            return parse_instant(text.replace(" ", "+"))
        except serializers.ValidationError as error:
            raise forms.ValidationError([str(detail) for detail in error.detail]) from error


class InstantFilter(django_filters.Filter):
    """Compare with an instant."""

    field_class = InstantField


class FlagField(forms.Field):
    """A form field that takes true or false."""

    def to_python(self, value: Any) -> bool | None:
        """Return the boolean."""
        text = str(value or "")
        if not text:
            return None
        if text not in ("true", "false"):
            raise forms.ValidationError("Must be true or false.")
        return bool(text == "true")


class FlagFilter(django_filters.Filter):
    """Compare with a boolean."""

    field_class = FlagField


class HolderFilter(django_filters.CharFilter):
    """Keep what has a live resource of this very value below it; `path` leads to the resources."""

    def __init__(self, *, path: str) -> None:
        super().__init__(max_length=255)
        self.path = path

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Narrow the list; a value of several types, held more than once below, counts once."""
        if not value:
            return qs
        holders = qs.model._default_manager.filter(**{f"{self.path}__value": value, f"{self.path}__valid_to": None})
        return qs.filter(pk__in=holders.values("pk"))


class HasPair(Func):
    """Whether a map has a key with a value, on SQLite, whose paths would take `1` for a place and stumble over quotes."""

    output_field = BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra_context: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the condition."""
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        sql = "EXISTS (SELECT 1 FROM json_each({}) pair WHERE pair.key = {} AND pair.value = {})"
        return sql.format(*(part for part, _ in parts)), tuple(value for _, values in parts for value in values)


class EntityFilters(django_filters.FilterSet):
    """The filters of every level: state, IDs, name, attribute, changed since."""

    state = django_filters.ChoiceFilter(choices=State.choices)
    externalId = django_filters.CharFilter(field_name="external_id", max_length=255, strip=False)
    customNameContains = django_filters.CharFilter(field_name="custom_name", lookup_expr="icontains", max_length=255)
    attribute = django_filters.CharFilter(method="filter_attribute", max_length=1100, strip=False)
    changedSince = InstantFilter(field_name="changed_at", lookup_expr="gte")

    def filter_attribute(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep what has the attribute `key:value`."""
        # Keys and values may have colons of their own, so every colon may be the one between them.
        colons = [place for place, letter in enumerate(value[: MAX_KEY + 1]) if letter == ":" and place > 0]
        if not colons:
            raise serializers.ValidationError({name: ["Must look like key:value."]})
        pairs = [(value[:place], value[place + 1 :]) for place in colons]
        if connections[queryset.db].vendor == "postgresql":
            # Containment is what the GIN index can answer; looking a key up scans the table.
            return queryset.filter(reduce(or_, (Q(custom_attributes__contains={key: wanted}) for key, wanted in pairs)))
        has = (Q(HasPair("custom_attributes", Value(key), Value(wanted))) for key, wanted in pairs)
        return queryset.filter(reduce(or_, has))
