"""Filters that several lists share."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from unicodedata import normalize

import django_filters
from django import forms
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, Model, Q, QuerySet, Value
from rest_framework import serializers

from ocsportal.entities.configuration import item_of_code
from ocsportal.entities.resources import has_value
from ocsportal.entities.search.conditions import in_custom_name, in_legal_name
from ocsportal.entities.states import PlanStatus, State
from ocsportal.entities.store.narrowing import few_of, leading_to, models_on, of_keys
from ocsportal.entities.values import MAX_KEY
from ocsportal.rest.fields import parse_instant
from ocsportal.transactions.change import present
from ocsportal.values.texts import ID

# What `plan` asks for: a refused one until somebody has dealt with it, an overdue one is pending past its date.
PLANS = ("pending", "scheduled", "overdue", "refused")


class InstantField(forms.Field):
    """A form field for an ISO 8601 instant with an offset."""

    def to_python(self, value: object) -> datetime | None:
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


class SinceFilter(InstantFilter):
    """Keep what was changed at an instant or later."""

    def filter(self, qs: QuerySet[Model], value: datetime | None) -> QuerySet[Model]:
        """Narrow the list; in another order than that of the changes, by the keys of what was changed if that is little.

        The database takes the newest changes for a hundredth of the table, and would look for them from its other end.
        """
        if value is None:
            return qs
        if "changed_at" in (name.removeprefix("-") for name in map(str, qs.query.order_by)):
            return qs.filter(changed_at__gte=value)
        changed = qs.model._default_manager.filter(changed_at__gte=value).order_by("changed_at", "pk")
        few = few_of(qs, changed.values_list("pk", flat=True))
        return qs.filter(changed_at__gte=value) if few is None else few


class FlagField(forms.Field):
    """A form field that takes true or false."""

    def to_python(self, value: object) -> bool | None:
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


class SeveralValues:
    """A filter that takes several values, separated by commas: what fits one of them, or with `-` before it none."""

    def matching(self, qs: QuerySet[Model], values: Sequence[str]) -> QuerySet[Model]:
        """Keep what fits one of the values."""
        raise NotImplementedError

    def others(self, qs: QuerySet[Model], values: Sequence[str]) -> QuerySet[Model]:
        """Keep what fits none of the values."""
        raise NotImplementedError


class WordFilter(SeveralValues, django_filters.ChoiceFilter):
    """Compare a column with words of a choice."""

    def matching(self, qs: QuerySet[Model], values: Sequence[str]) -> QuerySet[Model]:
        """Keep what has one of the words."""
        return qs.filter(**{f"{self.field_name}__in": values})

    def others(self, qs: QuerySet[Model], values: Sequence[str]) -> QuerySet[Model]:
        """Keep what has another word: those are looked up, since an index finds what something is, not what it is not."""
        words = [word for word, _ in self.extra["choices"] if word not in values]
        return self.matching(qs, words)


class PlanFilter(SeveralValues, django_filters.ChoiceFilter):
    """Keep what has a plan of a kind; each has a partial index, since few rows ever have one."""

    def filter(self, qs: QuerySet[Model], value: str) -> QuerySet[Model]:
        """Narrow the list."""
        return self.matching(qs, [value]) if value else qs

    def matching(self, qs: QuerySet[Model], values: Sequence[str]) -> QuerySet[Model]:
        """Keep what has a plan of one of the kinds."""
        return qs.filter(reduce(or_, map(_planned, values)))

    def others(self, qs: QuerySet[Model], values: Sequence[str]) -> QuerySet[Model]:
        """Keep what has none of them."""
        return qs.exclude(reduce(or_, map(_planned, values)))


def _planned(kind: str) -> Q:
    if kind == "overdue":
        return Q(plan_status=PlanStatus.PENDING, plan_valid_from__lte=present())
    return Q(plan_status=PlanStatus(kind.upper()))


class PathFilter(SeveralValues, django_filters.CharFilter):
    """Keep what a path of foreign keys leads from to what the values name; each is looked up by its key first."""

    def __init__(self, path: str, max_length: int) -> None:
        super().__init__(max_length=max_length)
        self.path = path

    def keys(self, model: object, values: Sequence[str]) -> list[int]:
        """Return the keys of what the values name."""
        raise NotImplementedError

    def filter(self, qs: QuerySet[Model], value: str) -> QuerySet[Model]:
        """Narrow the list; a value that names nothing finds nothing, and asks no table."""
        return self.matching(qs, [value]) if value else qs

    def matching(self, qs: QuerySet[Model], values: Sequence[str]) -> QuerySet[Model]:
        """Keep what leads to one of them."""
        keys = self.keys(models_on(qs.model, self.path)[-1], values)
        return leading_to(qs, self.path, keys) if keys else qs.none()

    def others(self, qs: QuerySet[Model], values: Sequence[str]) -> QuerySet[Model]:
        """Keep what leads to none of them, and what leads nowhere."""
        keys = self.keys(models_on(qs.model, self.path)[-1], values)
        return qs.exclude(**{f"{self.path}__in": keys}) if keys else qs


class CodeFilter(PathFilter):
    """Keep what refers to the configuration of a code; the path to it may lead over rows that refer to it."""

    def __init__(self, path: str) -> None:
        super().__init__(path, max_length=60)

    def keys(self, model: Any, values: Sequence[str]) -> list[int]:
        """Return the keys of the items of some codes."""
        items = [item_of_code(model, value) for value in values]
        return [item.pk for item in items if item is not None]


class ReferenceFilter(PathFilter):
    """Keep what belongs to the entity of a refId, to which the path leads up."""

    def __init__(self, path: str) -> None:
        super().__init__(path, max_length=14)

    def keys(self, model: Any, values: Sequence[str]) -> list[int]:
        """Return the keys of the entities of some refIds."""
        return list(model._default_manager.filter(ref_id__in=values).values_list("pk", flat=True))


class HolderFilter(django_filters.CharFilter):
    """Keep what has something of this refId below it, to which `path` leads down."""

    def __init__(self, path: str) -> None:
        super().__init__(max_length=14)
        self.wanted = f"{path}__ref_id"

    def filter(self, qs: QuerySet[Model], value: str) -> QuerySet[Model]:
        """Narrow the list by the holders' keys."""
        if not value:
            return qs
        holders = qs.model._default_manager.filter(**{self.wanted: value})
        return of_keys(qs, holders.values_list("pk", flat=True))


class ResourceHolderFilter(django_filters.CharFilter):
    """Keep what has something below it with this resource now, however its value is written; `path` leads down to it."""

    def __init__(self, path: str) -> None:
        super().__init__(max_length=255)
        self.path = path

    def filter(self, qs: QuerySet[Model], value: str) -> QuerySet[Model]:
        """Narrow the list by the holders' keys; a value that is held more than once below counts once."""
        if not value:
            return qs
        live = Q(**{f"{self.path}__valid_to": None})
        holders = qs.model._default_manager.filter(has_value(value, path=f"{self.path}__") & live)
        return of_keys(qs, holders.values_list("pk", flat=True))


class HasPair(Func):
    """Whether a map has a key with a value, on SQLite, whose paths would take `1` for a place and stumble over quotes."""

    output_field = BooleanField()

    def as_sqlite(
        self, compiler: Any, connection: BaseDatabaseWrapper, **extra_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Return the condition."""
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        sql = "EXISTS (SELECT 1 FROM json_each({}) pair WHERE pair.key = {} AND pair.value = {})"
        return sql.format(*(part for part, _ in parts)), tuple(value for _, values in parts for value in values)


class NameFilter(django_filters.CharFilter):
    """Keep whose name contains a text, however it is written; `within` makes the condition, by default of the custom name."""

    def __init__(self, within: Callable[[str], Q] = in_custom_name) -> None:
        super().__init__(max_length=255)
        self.within = within

    def filter(self, qs: QuerySet[Model], value: str) -> QuerySet[Model]:
        """Narrow the list."""
        return qs.filter(self.within(value)) if value else qs


class LegalNameFilter(NameFilter):
    """Keep whose legal name contains a text, however it is written."""

    def __init__(self) -> None:
        super().__init__(in_legal_name)


class EntityFilters(django_filters.FilterSet):
    """The filters of every level: state, IDs, name, attribute, changed since."""

    state = WordFilter(choices=State.choices)
    externalId = django_filters.CharFilter(method="filter_external_id", max_length=255, strip=False)
    customNameContains = NameFilter()
    plan = PlanFilter(choices=[(name, name) for name in PLANS])
    attribute = django_filters.CharFilter(method="filter_attribute", max_length=1100, strip=False)
    changedSince = SinceFilter()

    def filter_external_id(self, queryset: QuerySet[Model], name: str, value: str) -> QuerySet[Model]:
        """Keep what has this external ID; what none can be finds nothing."""
        found = ID.canonical_or_none(value)
        return queryset.filter(external_id=found) if found else queryset.none()

    def filter_attribute(self, queryset: QuerySet[Model], name: str, value: str) -> QuerySet[Model]:
        """Keep what has the attribute `key:value`."""
        value = normalize("NFC", value)  # As attributes are kept (docs/values.md).
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
