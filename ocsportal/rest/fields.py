"""Fields that take exactly the JSON type they say, since a CRM that sends 1 for "1" has a bug it should hear of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import SkipField

from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NamedPlan, NewState, State
from ocsportal.entities.values import canonical_attributes, few, is_storable, read_instant
from ocsportal.transactions.change import to_millisecond
from ocsportal.values.reading import STRICT, Kind, Refusal
from ocsportal.values.texts import ID, name_of_length

# Beyond it nobody reads on, and to name each fault would cost more than any good request does; the rest is counted.
MOST_FAULTS = 100
UNKNOWN = ["Is no field of this request."]


class Wrong(serializers.ValidationError):
    """All that is wrong with a value: about a hundred faults by their fields, and how many more there are.

    The texts are kept as they are: to wrap each one, as the framework does, takes longer than to find the fault.
    """

    def __init__(self, detail: Any, more: int = 0) -> None:
        self.detail = detail
        self.more = more

    @classmethod
    def of(cls, error: serializers.ValidationError) -> "Wrong":
        """Return what is wrong by fields, whatever form the framework or a rule has said it in."""
        detail = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        return cls(detail, more_of(error))


def more_of(error: serializers.ValidationError) -> int:
    """Return how many faults an error counts beside those that it tells."""
    return getattr(error, "more", 0)


def told_by(detail: Any) -> int:
    """Return how many faults are told."""
    if isinstance(detail, dict):
        return sum(told_by(inner) for inner in detail.values())
    return sum(told_by(inner) for inner in detail) if isinstance(detail, list) else 1


def each_valid(child: Any, items: Sequence[Any]) -> list[Any]:
    """Return the items as a field takes them; raise what is wrong with the first ones, and count the rest."""
    found: list[Any] = []
    errors: dict[int, Any] = {}
    told = more = 0
    for index, item in enumerate(items):
        try:
            found.append(child.run_validation(item))
        except serializers.ValidationError as error:
            number = told_by(error.detail)
            if told < MOST_FAULTS:
                errors[index] = error.detail
                told += number
            else:
                more += number
            more += more_of(error)
    if errors:
        raise Wrong(errors, more)
    return found


class Text(serializers.CharField):
    """A string, kept as it came; never empty, never a number in disguise."""

    def __init__(self, *, max_length: int = 255, **options: Any) -> None:
        super().__init__(max_length=max_length, trim_whitespace=False, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Refuse what is no string or can't be stored."""
        # Nearly every value is a good one, and asking the framework's chain of validators costs ten times as much.
        if type(data) is str and self._is_good(data):
            return data
        if isinstance(data, str):
            if not is_storable(data):
                raise serializers.ValidationError("Contains characters that can't be stored.")
            if not data.strip() and not self.allow_blank:
                raise serializers.ValidationError("Must not be empty.")
        elif data is not None and data is not serializers.empty:
            raise serializers.ValidationError("Must be a string.")
        return super().run_validation(data)

    def _is_good(self, data: str) -> bool:
        return len(data) <= (self.max_length or 0) and is_storable(data) and bool(data) and not data.isspace()


class ValueText(Text):
    """A string that is a value of a kind, brought into its canonical form (docs/values.md)."""

    def __init__(self, kind: Kind, *, max_length: int = 255, **options: Any) -> None:
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

    def __init__(self, **options: Any) -> None:
        super().__init__(ID, **options)


class Name(ValueText):
    """A name or another line of text, in any script."""

    def __init__(self, *, max_length: int = 255, **options: Any) -> None:
        super().__init__(name_of_length(max_length), max_length=max_length, **options)


@extend_schema_field({"type": "boolean"})
class Flag(serializers.Field):
    """true or false, and nothing that merely looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the boolean."""
        if not isinstance(data, bool):
            raise serializers.ValidationError("Must be true or false.")
        return data

    def to_representation(self, value: bool) -> bool:
        """Return the boolean."""
        return value


class Whole(serializers.IntegerField):
    """A whole number within bounds, and no boolean, fraction or string that merely looks like it."""

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        super().__init__(min_value=least, max_value=most, **options)

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if not isinstance(data, int) or isinstance(data, bool):
            raise serializers.ValidationError("Must be a whole number.")
        return data


class OneOf(serializers.ChoiceField):
    """One of some words, exactly as they are written."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the word."""
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError(f"Must be one of {few([*self.choices])}.")
        return data


@extend_schema_field({"type": "string", "format": "date-time"})
class Instant(serializers.Field):
    """An ISO 8601 instant with an offset or Z; a time without one could mean several instants and is refused."""

    def to_internal_value(self, data: Any) -> datetime:
        """Return the instant, to the millisecond, in UTC."""
        return parse_instant(data)

    def to_representation(self, value: datetime) -> str:
        """Return ISO 8601."""
        return value.isoformat(timespec="milliseconds")


def parse_instant(data: Any) -> datetime:
    """Return the instant in UTC; raise ValidationError for anything that is not one."""
    try:
        return to_millisecond(read_instant(data))
    except ValueError as error:
        raise serializers.ValidationError(str(error)) from error


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

    It walks its fields itself: the framework's way makes provision for forms, sources and partial updates, none of which
    a body of REST has, and costs more than the rules do.
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
        errors: dict[str, Any] = {}
        more = 0
        value: dict[str, Any] = {}
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


class StateChange(StrictSerializer):
    """The state object of a request."""

    state = OneOf(choices=State.choices)
    stateReason = Text(max_length=60, help_text="The code of a reason that is configured for the state.")
    stateValidFrom = Instant(
        required=False, allow_null=True, help_text="Default: now. In the future: a planned change."
    )
    pending = Flag(
        required=False, allow_null=True, help_text="Planned but uncertain; needs a stateValidFrom in the future."
    )

    def to_internal_value(self, data: Any) -> NewState:
        """Return the new state."""
        parts = self.parts(data)
        return NewState(**{**parts, "pending": bool(parts["pending"])})

    def parts(self, data: Any) -> dict[str, Any]:
        """Return what the object gives, by the names that the operations know it by; raise ValidationError."""
        value = super().to_internal_value(data)
        return {
            "state": value.get("state"),
            "state_reason": value.get("stateReason"),
            "state_valid_from": value.get("stateValidFrom"),
            "pending": value.get("pending"),
        }


class FirstState(StateChange):
    """The state object of a creation: what it leaves out, the profile gives."""

    state = OneOf(choices=State.choices, required=False, allow_null=True)
    stateReason = Text(max_length=60, required=False, allow_null=True)


class PlannedState(StateChange):
    """The state object of a confirm or a cancel: whatever it gives must be what is planned."""

    state = OneOf(choices=State.choices)
    stateReason = Text(max_length=60, required=False, allow_null=True, help_text="The code of the planned reason.")
    stateValidFrom = Instant(required=False, allow_null=True, help_text="For when it is planned.")
    pending = Flag(required=False, allow_null=True, help_text="Whether it is pending.")

    def to_internal_value(self, data: Any) -> Any:
        """Return what is said of the plan."""
        return NamedPlan(**self.parts(data))


class NamedState(serializers.Field):
    """The planned change that a confirm or cancel means: the word of its state, or a state object."""

    word = OneOf(choices=State.choices)
    planned = PlannedState()

    def to_internal_value(self, data: Any) -> str | NamedPlan:
        """Return the word or what the object says; raise ValidationError for anything else."""
        if isinstance(data, Mapping):
            found: NamedPlan = self.planned.run_validation(data)
            return found
        if not isinstance(data, str):
            raise serializers.ValidationError("Must be a state or a state object.")
        word: str = self.word.run_validation(data)
        return word

    def to_representation(self, value: Any) -> Any:
        """Return the value."""
        return value


class NamedStateSchema(OpenApiSerializerFieldExtension):
    """Describe both forms of a named state in OpenAPI."""

    target_class = NamedState

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema: a word, or an object of its own."""
        planned = auto_schema.resolve_serializer(self.target.planned, direction).ref
        return {"oneOf": [{"type": "string", "enum": State.values}, planned]}


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": "string", "maxLength": 1000}, "maxProperties": 100}
)
class Attributes(serializers.Field):
    """Custom attributes: a map of string to string."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
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


class OperationRequest(StrictSerializer):
    """What every write takes beside its own fields."""

    # Optional fields in which null means something else than leaving them out.
    keep_null: ClassVar[tuple[str, ...]] = ()

    requestId = Text(help_text="Names this request; sent again, it is answered again and nothing is made twice.")
    transactionId = Text(
        required=False, allow_null=True, help_text="Groups requests of one business case. Default: requestId."
    )
