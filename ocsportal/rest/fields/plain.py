"""Fields that take exactly the JSON type they say, since a CRM that sends 1 for "1" has a bug it should hear of."""

from datetime import datetime
from typing import Any, Unpack

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ocsportal.entities.values import canonical_attributes, few, is_storable, nearest, read_instant, unstorable
from ocsportal.rest.fields.options import BodyOptions, TextOptions
from ocsportal.transactions.change import to_millisecond
from ocsportal.values.reading import STRICT, Kind, Refusal
from ocsportal.values.texts import ID, name_of_length


class Text(serializers.CharField):
    """A string, kept as it came; never empty, never a number in disguise."""

    def __init__(self, *, max_length: int = 255, **options: Unpack[TextOptions]) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse what is no string or can't be stored."""
        # Nearly every value is a good one, and asking the framework's chain of validators costs ten times as much.
        if type(data) is str and self._is_good(data):
            return data
        if isinstance(data, str):
            if not is_storable(data):
                raise serializers.ValidationError(unstorable(data))
            if not data.strip() and not self.allow_blank:
                raise serializers.ValidationError("Must not be empty.")
        elif data is not None and data is not serializers.empty:
            raise serializers.ValidationError("Must be a string.")
        return super().run_validation(data)

    def _is_good(self, data: str) -> bool:
        return len(data) <= (self.max_length or 0) and is_storable(data) and bool(data) and not data.isspace()


class ValueText(Text):
    """A string that is a value of a kind, brought into its canonical form (docs/values.md)."""

    def __init__(self, kind: Kind, *, max_length: int = 255, **options: Unpack[TextOptions]) -> None:
        super().__init__(max_length=max_length, **options)
        self.kind = kind

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the canonical form; refuse, in the kind's own words, what is not understood."""
        if not isinstance(data, str):
            return super().run_validation(data)
        try:
            return self.kind.canonical(data, STRICT)
        except Refusal as refusal:
            raise serializers.ValidationError(refusal.message) from refusal


class ExternalId(ValueText):
    """An ID that the client made: no outer blanks, nothing that nobody sees."""

    def __init__(self, **options: Unpack[TextOptions]) -> None:
        super().__init__(ID, **options)


class Name(ValueText):
    """A name or another line of text, in any script."""

    def __init__(self, *, max_length: int = 255, **options: Unpack[TextOptions]) -> None:
        super().__init__(name_of_length(max_length), max_length=max_length, **options)


@extend_schema_field({"type": "boolean"})
class Flag(serializers.Field):
    """true or false, and nothing that merely looks like it."""

    def to_internal_value(self, data: object) -> bool:
        """Return the boolean."""
        if not isinstance(data, bool):
            raise serializers.ValidationError("Must be true or false.")
        return data

    def to_representation(self, value: bool) -> bool:
        """Return the boolean."""
        return value


class Whole(serializers.IntegerField):
    """A whole number within bounds, and no boolean, fraction or string that merely looks like it."""

    def __init__(self, *, least: int, most: int, **options: Unpack[BodyOptions]) -> None:
        super().__init__(min_value=least, max_value=most, **options)

    def to_internal_value(self, data: object) -> int:
        """Return the number."""
        if not isinstance(data, int) or isinstance(data, bool):
            raise serializers.ValidationError("Must be a whole number.")
        return data


class OneOf(serializers.ChoiceField):
    """One of some words, exactly as they are written."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the word."""
        if not isinstance(data, str) or data not in self.choices:
            known = nearest(data, [*self.choices]) if isinstance(data, str) else [*self.choices]
            raise serializers.ValidationError(f"Must be one of {few(known)}.")
        return data


@extend_schema_field({"type": "string", "format": "date-time"})
class Instant(serializers.Field):
    """An ISO 8601 instant with an offset or Z; a time without one could mean several instants and is refused."""

    def to_internal_value(self, data: object) -> datetime:
        """Return the instant, to the millisecond, in UTC."""
        return parse_instant(data)

    def to_representation(self, value: datetime) -> str:
        """Return ISO 8601."""
        return value.isoformat(timespec="milliseconds")


def parse_instant(data: object) -> datetime:
    """Return the instant in UTC; raise ValidationError for anything that is not one."""
    try:
        return to_millisecond(read_instant(data))
    except ValueError as error:
        raise serializers.ValidationError(str(error)) from error


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": ["string", "null"], "maxLength": 1000}, "maxProperties": 100}
)
class Attributes(serializers.Field):
    """Custom attributes: a map of string to string."""

    def to_internal_value(self, data: object) -> dict[str, str | None]:
        """Return the map; raise ValidationError with all that is wrong with it."""
        found, faults = canonical_attributes("", data)
        if faults:
            errors: dict[str, list[str]] = {}
            for fault in faults:
                errors.setdefault(fault.parameter.lstrip(".") or "non_field_errors", []).append(fault.message)
            raise serializers.ValidationError(errors)
        return found

    def to_representation(self, value: dict[str, str]) -> dict[str, str]:
        """Return the map."""
        return value
