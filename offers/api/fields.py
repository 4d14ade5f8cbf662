"""Fields for the attributes of offers, made from their declaration, so that REST and OpenAPI follow it."""

from typing import Any

from django.db.models import Model
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ocsportal.rest.fields import StrictSerializer, Text
from ocsportal.transactions.shapes import Shape
from offers.attributes import LONGEST_CODE, Attribute, AttributeKind
from offers.values import MOST_THRESHOLDS, MOST_WHOLE, read_value

DECIMAL = {"type": ["string", "number"], "examples": ["12.50"]}


class AttributeField(serializers.Field):
    """One attribute of an offer, as its declaration says."""

    # Of those that are texts.
    max_length = LONGEST_CODE
    allow_blank = False

    def __init__(self, attribute: Attribute, **options: Any) -> None:
        super().__init__(**options)
        self.attribute = attribute

    def to_internal_value(self, data: Any) -> Model:
        """Return the value as it came, once it is certain that the attribute can take it."""
        try:
            read_value(self.attribute, data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
        return data

    def to_representation(self, value: object) -> object:
        """Return the value."""
        return value


class AttributeFieldSchema(OpenApiSerializerFieldExtension):
    """Describe an attribute's field in OpenAPI."""

    target_class = AttributeField

    def map_serializer_field(self, auto_schema: object, direction: object) -> dict[str, object]:
        """Return the schema of the attribute."""
        return schema_of(self.target.attribute)


def schema_of(entry: Attribute) -> Shape:
    """Return how OpenAPI describes what an attribute takes."""
    schemas: dict[AttributeKind, Shape] = {
        AttributeKind.MONEY: DECIMAL,
        AttributeKind.QUANTITY: DECIMAL,
        AttributeKind.PERCENTAGE: DECIMAL,
        AttributeKind.WHOLE: {"type": "integer", "minimum": int(entry.least or 0), "maximum": MOST_WHOLE},
        AttributeKind.FLAG: {"type": "boolean"},
        AttributeKind.TEXT: {"type": "string", "maxLength": 60},
        AttributeKind.WORD: {"type": "string", "enum": list(entry.words)},
        AttributeKind.INSTANT: {"type": "string", "format": "date-time"},
        AttributeKind.THRESHOLDS: {"type": "array", "items": DECIMAL, "maxItems": MOST_THRESHOLDS},
        AttributeKind.CURRENCY: {"type": "string", "maxLength": 60},
    }
    return {**schemas[entry.kind], "description": entry.explains}


def fields_for(attributes: tuple[Attribute, ...]) -> dict[str, serializers.Field]:
    """Return a field for each attribute of a service type."""
    return {
        entry.name: AttributeField(entry, required=entry.mandatory, allow_null=not entry.mandatory)
        for entry in attributes
    }


@extend_schema_field({"type": ["string", "number", "boolean", "array", "null"], "items": DECIMAL})
class AnyValue(serializers.Field):
    """A value whose attribute is known only when the offer is: text, number, boolean or a list of percentages."""

    def to_internal_value(self, data: Any) -> Model:
        """Return the value as it came."""
        return data

    def to_representation(self, value: object) -> object:
        """Return the value."""
        return value


class NamedValue(StrictSerializer):
    """One value of an individual offer."""

    service = Text(max_length=60)
    attribute = Text(max_length=60)
    value = AnyValue(allow_null=True)
