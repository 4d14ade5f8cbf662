"""Macros: one form that places several operations as one order, with one reason (docs/portal.md, one form per call).

A macro stands where a verb has its operation. What it does is data: the form says which operations with which fields, in
which order, in which words, and at which of its own fields a refusal is shown. All of them are done or none, each recorded
as itself.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from django.utils.functional import cached_property

from ocsportal.backoffice.verbs import VerbForm
from ocsportal.entities.identity import Ref
from ocsportal.transactions import orders
from ocsportal.transactions.actor import Rights
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import Fault
from ocsportal.transactions.given import Checked
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.operation import Operation
from ocsportal.transactions.touched import Outcome

NOTHING = "–"
# The code of an error that only says that something is still to be filled in.
OPEN = "open"


@dataclass(frozen=True)
class Step:
    """One operation of a macro, its fields beside the entity's own, and the field of the form that it comes from."""

    field: str
    operation: Operation
    fields: Checked


@dataclass(frozen=True)
class ToldStep:
    """A line of what will happen: what is done, the value that stands, the one that will, and when; `odd` is a class."""

    what: str
    old: str = ""
    new: str = ""
    when: str = ""
    odd: str = ""


def made(number: int) -> orders.MadeEarlier:
    """Return the reference to what an earlier step makes, by that one's number."""
    return orders.MadeEarlier(number, lambda ref_id: Ref(ref_id=ref_id))


@dataclass(frozen=True)
class Macro:
    """Several operations that are placed as one order.

    `always` are those that no choice leaves out; of `either` one at least has to be allowed for the macro to be offered.
    """

    always: tuple[Operation, ...] = ()
    either: tuple[Operation, ...] = ()

    def allowed(self, user: Rights, **fields: Any) -> bool:
        """Whether the user may do what the macro always does, and something of what it may do."""
        return all(operation.allowed(user, **fields) for operation in self.always) and (
            not self.either or any(operation.allowed(user, **fields) for operation in self.either)
        )

    def authorise(self, user: Rights, fields: Checked | None = None, at: datetime | None = None) -> None:
        """Raise PERMISSION-DENIED unless the user may do each step with its fields."""
        given = dict(fields or {})
        steps: Sequence[Step] = given.pop("steps", ())
        for operation in self.always:
            operation.authorise(user, given, at)
        if self.either and not any(operation.allowed(user) for operation in self.either):
            self.either[0].authorise(user, given, at)
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


class MacroForm(VerbForm):
    """The form of a macro: it says the steps, tells them beforehand, and shows what refuses a step at the step's field."""

    # What is said where nothing would happen yet.
    nothing_yet: ClassVar[str] = "Nothing yet."

    @cached_property
    def was_sent(self) -> bool:
        """Whether this very form was sent before and done, so that only its answer is wanted."""
        sent = self.data.get("request_id", "") if self.is_bound else ""
        known = BusinessTransaction.objects.filter(request_id=sent, actor_id=getattr(self.user, "pk", None))
        return bool(sent) and known.exists()

    def steps(self) -> list[Step]:
        """Return what is to be done, in order."""
        raise NotImplementedError

    def told(self) -> Iterable[ToldStep]:
        """Return the steps in words, as far as they are filled in."""
        raise NotImplementedError

    def stays(self) -> str:
        """Return what the steps leave alone, where that is worth saying."""
        return ""

    def arguments(self) -> Checked:
        """Return the steps."""
        return {"steps": self.steps()}

    def full_clean(self) -> None:
        """Read what was filled in; who only looks is not told that something is missing yet."""
        super().full_clean()
        self.is_whole = not self.errors
        if self.only_looks:
            for name in [name for name in self.errors if self._is_missing(name)]:
                del self.errors[name]

    def _is_missing(self, name: str) -> bool:
        return all(error.code in ("required", OPEN) for error in self.errors.as_data()[name])

    def is_valid(self) -> bool:
        """Whether all that is needed is there and right."""
        return super().is_valid() and self.is_whole

    def foreseen(self) -> Checked:
        """Return the list of what will happen."""
        self.is_valid()
        rows = list(self.told())
        return {"template": "entity/steps.html", "rows": rows, "nothing_yet": self.nothing_yet, "stays": self.stays()}

    def known(self, name: str) -> Any:
        """Return what is filled in at a field, None while that is nothing or wrong."""
        return getattr(self, "cleaned_data", {}).get(name)

    def complain(self, fault: Fault) -> None:
        """Show a refusal at the field of the step that it is about, one about an open plan where that is asked."""
        name = fault.parameter.partition(".")[0]
        if fault.parameter.endswith(".pendingChange") and "pending_change" in self.fields:
            name = "pending_change"
        self.add_error(name if name in self.fields else None, fault.message)
