"""Query parameters: known ones only, each once, each of its type."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from ocsportal.entities.identity import Ref
from ocsportal.rest.asked import given, shared
from ocsportal.rest.fields import ExternalId, StrictSerializer, Text, parse_instant
from ocsportal.transactions.given import Checked

MOST_ITEMS = 500
DEFAULT_ITEMS = 50


class QueryFlag(serializers.Field):
    """true or false, in a query string."""

    def to_internal_value(self, data: object) -> bool:
        """Return the boolean."""
        if data not in ("true", "false"):
            raise serializers.ValidationError("Must be true or false.")
        return bool(data == "true")

    def to_representation(self, value: bool) -> bool:
        """Return the boolean."""
        return value


class QueryInstant(serializers.Field):
    """An instant in a query string, where a plus sign that was not escaped arrives as a space."""

    def to_internal_value(self, data: object) -> object:
        """Return the instant in UTC."""
        return parse_instant(data.replace(" ", "+") if isinstance(data, str) else data)

    def to_representation(self, value: Any) -> Any:
        """Return ISO 8601."""
        return value.isoformat(timespec="milliseconds")


class ByReference(StrictSerializer):
    """The parameters that name one entity."""

    refId = Text(required=False)
    externalId = ExternalId(required=False)

    def validate(self, attrs: Checked) -> Checked:
        """Demand at least one of the two."""
        if "refId" not in attrs and "externalId" not in attrs:
            raise serializers.ValidationError({"refId": ["Give refId, externalId or both."]})
        return attrs


class NoParameters(StrictSerializer):
    """A read that takes no parameters."""


class Page(StrictSerializer):
    """The parameters that page through a list."""

    cursor = Text(max_length=2000, required=False, help_text="nextCursor of the page before.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ITEMS, required=False, default=DEFAULT_ITEMS)


def parameters(request: Request, serializer: type[StrictSerializer]) -> Checked:
    """Return the query parameters; raise REQUEST-VALIDATION for unknown, repeated or malformed ones."""
    asked = given(request)
    repeated = {name: ["Is given twice."] for name, values in asked if len(values) > 1}
    if repeated:
        raise serializers.ValidationError(repeated)
    found: Checked = dict(shared(serializer).run_validation({name: values[-1] for name, values in asked}))
    return found


def reference(found: Checked) -> Ref:
    """Return the reference in validated parameters."""
    return Ref(found.get("refId"), found.get("externalId"))
