"""Objects and lists of a body, which know their fields and refuse all others; what every write takes."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.fields import SkipField

from ocsportal.entities.identity import Ref
from ocsportal.problems import MOST_FAULTS
from ocsportal.rest.fields.faults import Wrong, each_valid, more_of
from ocsportal.rest.fields.plain import ExternalId, Text

UNKNOWN = ["Unknown field."]


class Several(serializers.ListField):
    """A list of so many values; of one that is too long no entry is looked at."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the values; raise ValidationError with all that is wrong."""
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if self.max_length is not None and len(data) > self.max_length:
            raise serializers.ValidationError(f"Has {len(data)} items; at most {self.max_length:,} are allowed.")
        if not data and not self.allow_empty:
            raise serializers.ValidationError("Must not be empty.")
        return each_valid(self.child, data)


class SeveralObjects(serializers.ListSerializer):
    """A list of objects of one kind (`many=True`)."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the objects; raise ValidationError with all that is wrong."""
        is_empty, data = self.validate_empty_values(data)
        if is_empty:
            return data
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return each_valid(self.child, data)


class StrictSerializer(serializers.Serializer):
    """An object with known fields only; unknown ones are refused together with everything else that is wrong.

    It walks its fields itself: the framework's way makes provision for forms, sources and partial updates, none of
    which a body of REST has, and costs more than the rules do.
    """

    class Meta:
        """What `many=True` makes a list by."""

        list_serializer_class = SeveralObjects

    @cached_property
    def known_fields(self) -> dict[str, serializers.Field]:
        """The fields by their names; a serializer is built once for all requests."""
        return dict(self.fields)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the object as the operation takes it; raise ValidationError with all that is wrong."""
        is_empty, data = self.validate_empty_values(data)
        if is_empty:
            return data
        try:
            return self.validate(self.to_internal_value(data))
        except serializers.ValidationError as error:
            raise Wrong.of(error) from error

    def to_internal_value(self, data: Any) -> Any:
        """Return the fields by their names; raise ValidationError with all that is wrong."""
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("Must be an object.")
        errors: dict[str, object] = {}
        more = 0
        value: dict[str, object] = {}
        for name, field in self.known_fields.items():
            if name not in data and not field.required and field.default is serializers.empty:
                continue
            try:
                value[name] = field.run_validation(data.get(name, serializers.empty))
            except serializers.ValidationError as error:
                errors[name] = error.detail
                more += more_of(error)
            except SkipField:
                continue
        unknown = [name for name in data if name not in self.known_fields]
        errors |= {str(name): UNKNOWN for name in unknown[:MOST_FAULTS]}
        if errors:
            raise Wrong(errors, more + len(unknown[MOST_FAULTS:]))
        return value


class Reference(StrictSerializer):
    """A reference to an entity: refId, externalId, or both, which then must name the same one."""

    refId = Text(required=False, allow_null=True)
    externalId = ExternalId(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Ref:
        """Return the reference; raise ValidationError when neither ID is given."""
        value = super().to_internal_value(data)
        ref = Ref(value.get("refId"), value.get("externalId"))
        if ref.ref_id is None and ref.external_id is None:
            raise serializers.ValidationError("Give refId, externalId or both.")
        return ref


class OperationRequest(StrictSerializer):
    """What every write takes beside its own fields."""

    # Optional fields in which null means something else than leaving them out.
    keep_null: ClassVar[tuple[str, ...]] = ()
    # Whether its field `reason` is the one of the audit trail, which else comes as a header.
    says_why: ClassVar[bool] = False

    requestId = Text(help_text="Names this request; sent again, it is answered again and nothing is made twice.")
    transactionId = Text(
        required=False, allow_null=True, help_text="Groups requests of one business case. Default: requestId."
    )
