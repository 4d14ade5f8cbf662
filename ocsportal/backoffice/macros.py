"""Macros: one form that places several operations as one order, with one reason (docs/portal.md, one form per call).

A macro stands where a verb has its operation. What it does is data: the form says which operations with which fields, in
which order, and at which of its own fields a refusal is shown. All of them are done or none, each recorded as itself.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ocsportal.backoffice.verbs import About, VerbForm
from ocsportal.transactions import orders
from ocsportal.transactions.actor import Rights
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault
from ocsportal.transactions.operation import Operation
from ocsportal.transactions.touched import Outcome


@dataclass(frozen=True)
class Step:
    """One operation of a macro, its fields beside the entity's own, and the field of the form that it comes from."""

    field: str
    operation: Operation
    fields: dict[str, Any]


@dataclass(frozen=True)
class Macro:
    """Several operations on one entity that are placed as one order; `always` are those that no choice leaves out."""

    always: tuple[Operation, ...]

    def allowed(self, user: Rights, **fields: Any) -> bool:
        """Whether the user may do what the macro always does."""
        return all(operation.allowed(user) for operation in self.always)

    def authorise(self, user: Rights, fields: dict[str, Any] | None = None, at: datetime | None = None) -> None:
        """Raise PERMISSION-DENIED unless the user may do each step with its fields."""
        steps: Sequence[Step] = (fields or {}).get("steps", ())
        for operation in self.always:
            operation.authorise(user, at=at)
        for step in steps:
            step.operation.authorise(user, step.fields, at)

    def __call__(self, change: Change, **fields: Any) -> Outcome:
        """Do all steps in one database transaction; raise OperationRefused at a step's field, with nothing changed."""
        steps: Sequence[Step] = fields.pop("steps")
        assert isinstance(change.body, dict)
        parts = [orders.Part(step.operation, {**fields, **step.fields}, change.body, step.field) for step in steps]
        # Only the first step finds the version that the agent saw.
        parts[0] = replace(parts[0], if_match=change.if_match)
        placed = orders.place(replace(change, if_match=None), parts)
        return Outcome(json.dumps(placed.items), placed.replayed, touched=len(placed.items))


class MacroForm(VerbForm[About]):
    """The form of a macro: it says the steps, and shows what refuses a step at the step's field."""

    def steps(self) -> list[Step]:
        """Return what is to be done, in order."""
        raise NotImplementedError

    def arguments(self) -> dict[str, Any]:
        """Return the steps."""
        return {"steps": self.steps()}

    def complain(self, fault: Fault) -> None:
        """Show a refusal at the field of the step that it is about."""
        name = fault.parameter.partition(".")[0]
        self.add_error(name if name in self.fields else None, fault.message)
