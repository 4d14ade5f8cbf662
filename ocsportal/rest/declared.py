"""The REST side of declared fields (ocsportal/transactions/fields.py)."""

from rest_framework import serializers

from ocsportal.rest.fields import ValueText
from ocsportal.transactions.fields import Field


def body_field(field: Field, *, optional: bool = False) -> serializers.Field:
    """Return the field of a body; an optional one may be left out or null, which is the same."""
    given = {"required": False, "allow_null": True} if optional else {}
    return ValueText(field.kind, max_length=field.longest, help_text=field.help or None, **given)


def body_fields(*fields: Field, optional: bool = False) -> dict[str, serializers.Field]:
    """Return the fields of a body by their names."""
    return {field.name: body_field(field, optional=optional) for field in fields}
