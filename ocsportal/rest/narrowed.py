"""Narrow a list by what a query string asks: each filter once, several values by comma, turned round by a minus sign."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Model, QuerySet
from django_filters import FilterSet
from rest_framework import serializers

from ocsportal.rest.filters import SeveralValues

NOT = "-"
MOST_VALUES = 50


def is_filter(filters: type[FilterSet], name: str) -> bool:
    """Whether a parameter is one of the filters, turned round or not."""
    return name.removeprefix(NOT) in filters.base_filters


@dataclass(frozen=True)
class _Condition:
    """A filter that is asked for in more than the plain way."""

    given: str
    filter: object
    values: list[str]
    turned: bool

    def narrow(self, queryset: QuerySet[Model], filters: type[FilterSet]) -> QuerySet[Model]:
        """Return the rows that fit one of the values, or turned round none of them."""
        if isinstance(self.filter, SeveralValues):
            narrow = self.filter.others if self.turned else self.filter.matching
            return narrow(queryset, self.values)
        name = self.given.removeprefix(NOT)
        one = filters({name: self.values[0]}, queryset=queryset.model._default_manager.all())
        return queryset.exclude(pk__in=one.qs.order_by().values("pk"))


def narrowed(filters: type[FilterSet], given: Mapping[str, str], queryset: QuerySet[Model]) -> QuerySet[Model]:
    """Return the rows that fit all the filters; raise ValidationError with everything that is wrong with their values."""
    plain: dict[str, str] = {}
    further: list[_Condition] = []
    for name, value in given.items():
        wanted = filters.base_filters[name.removeprefix(NOT)]
        several = isinstance(wanted, SeveralValues)
        if name.startswith(NOT) or (several and "," in value):
            values = [one.strip() for one in value.split(",")] if several else [value]
            further.append(_Condition(name, wanted, values, name.startswith(NOT)))
        else:
            plain[name] = value
    filtered = filters(plain, queryset=queryset)
    faults = {name: list(errors) for name, errors in filtered.errors.items()}
    for condition in further:
        if found := _faults(filters, condition, queryset):
            faults[condition.given] = found
    if faults:
        raise serializers.ValidationError(faults)
    rows: QuerySet[Model] = filtered.qs
    for condition in further:
        rows = condition.narrow(rows, filters)
    return rows


def _faults(filters: type[FilterSet], condition: _Condition, queryset: QuerySet[Model]) -> list[str]:
    """Return what is wrong with the values of a condition."""
    if len(condition.values) > MOST_VALUES:
        return [f"Has {len(condition.values)} values; at most {MOST_VALUES} are allowed."]
    if "" in condition.values:
        return ["Has an empty value."]
    name = condition.given.removeprefix(NOT)
    each = [filters({name: value}, queryset=queryset).errors.get(name, []) for value in condition.values]
    return [str(fault) for faults in each for fault in faults]
