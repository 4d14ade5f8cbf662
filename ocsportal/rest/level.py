"""The REST side of the operations that every level shares: their bodies, examples and paths, made from the level."""

from collections.abc import Mapping

from django.urls import URLPattern, path
from rest_framework import serializers

from ocsportal.entities.shared import CUSTOM_NAME, EXTERNAL_ID, Level
from ocsportal.entities.states import PendingChange
from ocsportal.rest.declared import body_fields
from ocsportal.rest.fields import (
    Attributes,
    Flag,
    Instant,
    NamedState,
    OneOf,
    OperationRequest,
    Reference,
    StateChange,
    Text,
)
from ocsportal.rest.views import operation_view
from ocsportal.transactions.operation import Operation

# A path's last word, the operation behind it, its body, and an example of it.
Write = tuple[str, Operation, type[OperationRequest], dict[str, object]]
Fields = dict[str, serializers.Field]


def example(operation: str, **fields: object) -> dict[str, object]:
    """Return an example body, with a requestId that says what it is for."""
    return {"requestId": f"example-{operation}-1", **fields}


def body(name: str, words: str, fields: Fields, keep_null: tuple[str, ...] = ()) -> type[OperationRequest]:
    """Return the body of an operation, field by field."""
    return type(name, (OperationRequest,), {"__doc__": words, "keep_null": keep_null, **fields})


class LevelRequests:
    """The bodies of a level's shared operations, each beginning with the reference to the entity."""

    def __init__(self, level: Level, extra: Fields) -> None:
        self.kind = level.kind
        self.extra = extra
        self.segment = f"{level.kind}Segment"
        self.own = level.own

    def on(self, what: str, words: str, fields: Fields, keep_null: tuple[str, ...] = ()) -> type[OperationRequest]:
        """Return the body of an operation on an entity that stands: `what` is its name with {} for the kind."""
        return body(what.format(self.kind.capitalize()), words, {self.kind: Reference(), **fields}, keep_null)

    def below(self, level: Level) -> Fields:
        """Return the field that carries a change of state down, where there is anything to carry it to."""
        return {"subordinateUpdated": Flag(required=False, allow_null=True)} if level.model.subordinates else {}

    def several(self, has_segment: bool) -> type[OperationRequest]:
        """Return the body that changes several fields at once."""
        fields: Fields = {
            **body_fields(EXTERNAL_ID, CUSTOM_NAME, optional=True),
            "customAttributes": Attributes(required=False, allow_null=True),
            **self.extra,
            **({self.segment: Text(max_length=60, required=False, allow_null=True)} if has_segment else {}),
            **{name: made for entry in self.own for name, made in body_fields(*entry.fields, optional=True).items()},
            "merge": Flag(required=False, allow_null=True),
        }
        return self.on("Update{}", "Change several fields at once.", fields, keep_null=("customAttributes",))


def shared_writes(
    level: Level, *, sample: Mapping[str, object], segment: str = "", extra: Fields | None = None
) -> list[Write]:
    """Return the paths of a level's shared operations.

    `sample` is the reference that the examples name, `segment` the segment they move it to, `extra` the fields that
    the combined update takes beside the shared ones.
    """
    make, on = LevelRequests(level, extra or {}), {level.kind: sample}
    planned = {"state": "SUSPENDED"}
    writes: list[Write] = [
        (
            "update-external-id",
            level.external_id,
            make.on("Update{}ExternalId", "Change the external ID.", body_fields(*level.external_id.fields)),
            example(f"{level.kind}-external-id", **on, externalId=f"{sample['externalId']}a"),
        ),
        (
            "update-custom-name",
            level.custom_name,
            make.on("Update{}CustomName", "Change the name.", body_fields(*level.custom_name.fields)),
            example(f"{level.kind}-custom-name", **on, customName=CUSTOM_NAME.example),
        ),
        (
            "update-custom-attributes",
            level.custom_attributes,
            make.on(
                "Update{}CustomAttributes",
                "Replace the attributes, or merge into them; null clears them.",
                {"customAttributes": Attributes(allow_null=True), "merge": Flag(required=False, allow_null=True)},
            ),
            example(f"{level.kind}-custom-attributes", **on, customAttributes={"dunningLevel": "1"}, merge=True),
        ),
        (
            "update-state",
            level.state,
            make.on(
                "Update{}State",
                "Change the state.",
                {
                    "state": StateChange(),
                    **make.below(level),
                    "pendingChange": OneOf(
                        choices=PendingChange.choices,
                        required=False,
                        allow_null=True,
                        help_text="What happens to an open plan. Default: REFUSE.",
                    ),
                },
            ),
            example(f"{level.kind}-state", **on, state={"state": "SUSPENDED", "stateReason": "nonPayment"}),
        ),
        (
            "confirm-state",
            level.confirm,
            make.on(
                "Confirm{}State",
                "Confirm a planned change, at its own date or another.",
                {
                    "state": NamedState(required=False, allow_null=True),
                    "stateValidFrom": Instant(
                        required=False, allow_null=True, help_text="Another date than the planned one."
                    ),
                },
            ),
            example(f"{level.kind}-confirm", **on, **planned),
        ),
        (
            "cancel-state",
            level.cancel,
            make.on(
                "Cancel{}State", "Cancel a planned change.", {"state": NamedState(required=False, allow_null=True)}
            ),
            example(f"{level.kind}-cancel", **on, **planned),
        ),
        (
            "dismiss-state",
            level.dismiss,
            make.on("Dismiss{}State", "Take a planned change that was refused when due as noted.", {}),
            example(f"{level.kind}-dismiss", **on),
        ),
        (
            "update",
            level.update,
            make.several(level.has_segment),
            example(f"{level.kind}-update", **on, customName="Nordwind Spedition SE"),
        ),
    ]
    for entry in level.own:
        field = entry.fields[0]
        request = make.on(f"Update{{}}{field.in_names}", entry.summary, body_fields(field))
        sent = example(f"{level.kind}-{field.in_addresses}", **on, **{field.name: field.example})
        writes.append((f"update-{field.in_addresses}", entry, request, sent))
    if level.has_segment:
        fields: Fields = {make.segment: Text(max_length=60)}
        words = "Change the segment."
        writes.insert(
            3,
            (
                "update-segment",
                level.segment,
                make.on("Update{}Segment", words, fields),
                example(f"{level.kind}-segment", **on, **{make.segment: segment}),
            ),
        )
    return writes


def write_paths(prefix: str, writes: list[Write]) -> list[URLPattern]:
    """Return the addresses of operations below a prefix."""
    return [path(f"{prefix}/{route}", operation_view(do, request, sample)) for route, do, request, sample in writes]
