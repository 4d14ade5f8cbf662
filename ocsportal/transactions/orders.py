"""Several operations as one order: all of them in one database transaction, or none (docs/rest.md, orders).

Each is recorded as if it had been sent alone, under a request ID that follows from the order's, and all share the order's
transaction ID. The order has a Business Transaction of its own, by which it is known when it comes again; its answer is
empty, since what was answered stands with the operations.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from django.db import IntegrityError

from ocsportal.transactions import door
from ocsportal.transactions.change import Change
from ocsportal.transactions.constraints import named_error
from ocsportal.transactions.errors import Fault, OperationRefused
from ocsportal.transactions.given import Checked
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.operation import Operation
from ocsportal.transactions.touched import Item, Outcome, Touched

NAME = "PlaceOrder"
# A change of it would give an order that comes again other request IDs than those it was recorded under.
NAMESPACE = uuid.UUID("0b5f6a53-6a3d-4d0c-9d0f-5a2b8f1f7f10")
Result = TypeVar("Result")


@dataclass(frozen=True)
class MadeEarlier:
    """What an earlier operation of the order makes, by that one's number: named by its reference ID, which is known only then."""

    number: int
    named: Callable[[str], object]


@dataclass(frozen=True)
class Part:
    """One operation of an order, its arguments, the body that it came with, and where in the order that stands.

    `if_match` holds the versions that it is to find, where it alone is to find one.
    """

    operation: Operation
    fields: Checked
    body: Checked
    place: str
    if_match: frozenset[str] | None = None
    # Its own reason, where its body gives one.
    why: str = ""


@dataclass(frozen=True)
class Placed:
    """What came of an order: the items of all its operations with running numbers, their notices, whether it is a replay."""

    items: list[Item]
    notices: list[str]
    replayed: bool


def place(change: Change, parts: Sequence[Part]) -> Placed:
    """Do all the operations of an order, in their order, or replay what was answered.

    Raise OperationRefused, having changed nothing, with the place of the operation that refused before each parameter;
    REQUEST-ID-CONFLICT for an order of another content.
    """
    for part in parts:
        with_place(part.place, partial(part.operation.authorise, change.actor, part.fields, change.at))
    changes = [_change_of(change, number, part) for number, part in enumerate(parts)]
    done: list[Outcome] = []

    def work() -> Touched:
        done.clear()  # A deadlock may have had it begin anew.
        for part, own in zip(parts, changes, strict=True):
            fields = {name: _known(value, done) for name, value in part.fields.items()}
            done.append(with_place(part.place, partial(door.run_within, part.operation, own, fields)))
        return Touched([], tree_keys={key for one in done for key in json.loads(one.customers or "[]")})

    outcome = door.record(NAME, change, None, work, remembers=True)
    answers = _stored(changes) if outcome.replayed else [(one.answer, one.notice) for one in done]
    items: list[Item] = [item for answer, _ in answers for item in json.loads(answer)]
    return Placed(
        [{**item, "seqno": seqno} for seqno, item in enumerate(items, start=1)],
        [notice for _, notice in answers if notice],
        outcome.replayed,
    )


def _known(value: Any, done: Sequence[Outcome]) -> Any:
    """Return an argument, what an earlier operation made by its reference."""
    return value.named(done[value.number].target_ref_id) if isinstance(value, MadeEarlier) else value


def with_place(where: str, work: Callable[[], Result]) -> Result:
    """Do a piece of work; raise what it refuses with its place before each parameter."""
    try:
        return work()
    except IntegrityError as error:
        named = named_error(error)
        if isinstance(named, OperationRefused):
            raise _placed(named, where) from error
        raise
    except OperationRefused as refusal:
        raise _placed(refusal, where) from refusal.__cause__


def _placed(refusal: OperationRefused, where: str) -> OperationRefused:
    refusal.faults = tuple(
        Fault(fault.code, f"{where}.body.{fault.parameter}" if fault.parameter else where, fault.message)
        for fault in refusal.faults
    )
    return refusal


def _change_of(change: Change, number: int, part: Part) -> Change:
    """Return the change of one operation: the order's, under the request ID that its body has or that follows from the order's."""
    own = part.body.get("requestId") or str(uuid.uuid5(NAMESPACE, f"{change.request_id} {number}"))
    case = change.transaction_id or change.request_id
    accepted = change.if_match if part.if_match is None else part.if_match
    why = part.why or change.reason
    return replace(change, request_id=own, transaction_id=case, body=part.body, if_match=accepted, reason=why)


def _stored(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Return what the operations of an order answered when it was placed, in their order."""
    rows = BusinessTransaction.objects.filter(
        actor_id=changes[0].actor.pk, request_id__in=[change.request_id for change in changes]
    )
    told = rows.values_list("request_id", "answer", "notice", "erased_by")
    found = {row[0]: (row[1] or "[]", door.ERASED if row[3] else row[2]) for row in told}
    return [found[change.request_id] for change in changes]
