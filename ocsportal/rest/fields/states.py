"""The state object of requests: a change, a first state, the name of a planned one."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from ocsportal.entities.states import NamedPlan, NewState, State
from ocsportal.rest.fields.objects import StrictSerializer
from ocsportal.rest.fields.plain import Flag, Instant, OneOf, Text
from ocsportal.transactions.given import Checked


class StateChange(StrictSerializer):
    """The state object of a request."""

    state = OneOf(choices=State.choices)
    stateReason = Text(max_length=60, help_text="The code of a reason that is configured for the state.")
    stateValidFrom = Instant(
        required=False, allow_null=True, help_text="Default: now. In the future: a planned change."
    )
    stateValidTo = Instant(
        required=False,
        allow_null=True,
        help_text="SUSPENDED only: the end of a hold. Once in force, it is a scheduled change to ACTIVE.",
    )
    pending = Flag(
        required=False, allow_null=True, help_text="Planned but uncertain; needs a stateValidFrom in the future."
    )

    def to_internal_value(self, data: object) -> NewState:
        """Return the new state."""
        parts = self.parts(data)
        return NewState(**{**parts, "pending": bool(parts["pending"])})

    def parts(self, data: object) -> Checked:
        """Return what the object gives, by the names that the operations know it by; raise ValidationError."""
        value = super().to_internal_value(data)
        return {
            "state": value.get("state"),
            "state_reason": value.get("stateReason"),
            "state_valid_from": value.get("stateValidFrom"),
            "pending": value.get("pending"),
            "state_valid_to": value.get("stateValidTo"),
        }


class FirstState(StateChange):
    """The state object of a creation: what it leaves out, the profile gives."""

    state = OneOf(choices=State.choices, required=False, allow_null=True)
    stateReason = Text(max_length=60, required=False, allow_null=True)
    # No first state has an end.
    stateValidTo = None  # type: ignore[assignment]


class PlannedState(StateChange):
    """The state object of a confirm or a cancel: whatever it gives must be what is planned."""

    state = OneOf(choices=State.choices)
    stateReason = Text(max_length=60, required=False, allow_null=True, help_text="The code of the planned reason.")
    stateValidFrom = Instant(required=False, allow_null=True, help_text="For when it is planned.")
    stateValidTo = Instant(required=False, allow_null=True, help_text="Until when the planned suspension lasts.")
    pending = Flag(required=False, allow_null=True, help_text="Whether it is pending.")

    def to_internal_value(self, data: Any) -> Any:
        """Return what is said of the plan."""
        return NamedPlan(**self.parts(data))


class NamedState(serializers.Field):
    """The planned change that a confirm or cancel means: the word of its state, or a state object."""

    word = OneOf(choices=State.choices)
    planned = PlannedState()

    def to_internal_value(self, data: object) -> str | NamedPlan:
        """Return the word or what the object says; raise ValidationError for anything else."""
        if isinstance(data, Mapping):
            found: NamedPlan = self.planned.run_validation(data)
            return found
        if not isinstance(data, str):
            raise serializers.ValidationError("Must be a state or a state object.")
        word: str = self.word.run_validation(data)
        return word

    def to_representation(self, value: object) -> object:
        """Return the value."""
        return value


class NamedStateSchema(OpenApiSerializerFieldExtension):
    """Describe both forms of a named state in OpenAPI."""

    target_class = NamedState

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, object]:
        """Return the schema: a word, or an object of its own."""
        planned = auto_schema.resolve_serializer(self.target.planned, direction).ref
        return {"oneOf": [{"type": "string", "enum": State.values}, planned]}
