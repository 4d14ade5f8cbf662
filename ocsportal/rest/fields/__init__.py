"""The fields and objects that bodies of REST are made of."""

from ocsportal.rest.fields.faults import Wrong, each_valid, more_of, told_by
from ocsportal.rest.fields.objects import (
    UNKNOWN,
    OperationRequest,
    Reference,
    Several,
    SeveralObjects,
    StrictSerializer,
)
from ocsportal.rest.fields.plain import (
    Attributes,
    ExternalId,
    Flag,
    Instant,
    Name,
    OneOf,
    Text,
    ValueText,
    Whole,
    parse_instant,
)
from ocsportal.rest.fields.states import FirstState, NamedState, NamedStateSchema, PlannedState, StateChange

__all__ = [
    "UNKNOWN",
    "Attributes",
    "ExternalId",
    "FirstState",
    "Flag",
    "Instant",
    "Name",
    "NamedState",
    "NamedStateSchema",
    "OneOf",
    "OperationRequest",
    "PlannedState",
    "Reference",
    "Several",
    "SeveralObjects",
    "StateChange",
    "StrictSerializer",
    "Text",
    "ValueText",
    "Whole",
    "Wrong",
    "each_valid",
    "more_of",
    "parse_instant",
    "told_by",
]
