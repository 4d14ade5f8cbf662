"""The one door that every write goes through (docs/adr/0001-one-door.md).

It checks the permission, opens the database transaction, inserts the Business Transaction first, runs the operation,
and closes the Business Transaction with the answer. Triggers stamp every history row in between with it.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from random import uniform
from time import sleep
from typing import Protocol, TypeVar

from django.db import IntegrityError, OperationalError, transaction

from ocsportal.transactions import edition, recording
from ocsportal.transactions.actor import Rights
from ocsportal.transactions.change import Change
from ocsportal.transactions.constraints import named_error
from ocsportal.transactions.errors import NotAllowed, RequestIdConflict
from ocsportal.transactions.given import Checked
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.outage import is_deadlock
from ocsportal.transactions.representation import object_type, represent
from ocsportal.transactions.touched import Item, Outcome, Touched
from ocsportal.transactions.trees import customers_json

ATTEMPTS = 10
# What a replay says beside an answer whose personal values were taken out since.
ERASED = "ERASED"
# Those whom a deadlock undid begin anew apart from each other, else they meet in the same one again; in seconds.
LONGEST_PAUSE = 0.1
# Each time something else above turned out to have a due plan, and a tree is ten levels deep.
MOST_ANEW = 25
Work = Callable[[], Touched]
Result = TypeVar("Result")


class BeginAnew(OperationalError):
    """What was decided before the locks were held does not hold any more; take everything back and begin anew."""


class Permitted(Protocol):
    """What the door runs: something with a name, a permission to ask for, and work (ocsportal/transactions/operation.py)."""

    @property
    def name(self) -> str:
        """The name in the audit trail."""

    @property
    def work(self) -> Callable[..., Touched] | None:
        """What is done under the permission."""

    def authorise(self, user: Rights, fields: Checked | None = None, at: datetime | None = None) -> None:
        """Raise PERMISSION-DENIED unless the actor may do it with these fields."""


def run(operation: Permitted, change: Change, fields: Checked) -> Outcome:
    """Run a write, or replay it when its request was answered before; raise OperationRefused, having changed nothing."""
    operation.authorise(change.actor, fields, change.at)
    assert operation.work is not None
    return _through(operation.name, change, partial(operation.work, change, **fields), remembers=True)


def record(name: str, change: Change, permission: str | None, work: Work, *, remembers: bool = False) -> Outcome:
    """Run a write that is not an operation of the contract under a Business Transaction of its own.

    Configuration and people have Django's permission for that model; None is for what only the command line can do, and
    for work that is made of operations, each of which checks its own. Such work also `remembers`: it changes no
    configuration, so that what is cached for the current edition can be used.
    """
    if permission and not change.actor.has_perm(permission):
        raise NotAllowed(permission)
    return _through(name, change, work, remembers)


def run_within(operation: Permitted, change: Change, fields: Checked) -> Outcome:
    """Run one of several operations that share a database transaction; it was authorised before.

    Raise OperationRefused, upon which all of them are to be undone; REQUEST-ID-CONFLICT when its request is known.
    """
    assert operation.work is not None
    outcome = _recorded(operation.name, change, partial(operation.work, change, **fields), remembers=True)
    if outcome.replayed:
        raise RequestIdConflict
    return outcome


def record_nested(name: str, change: Change, work: Work) -> Outcome:
    """Run a write inside another one, under a Business Transaction of its own: a due plan that is settled on the way.

    It asks for no permission: the plan was authorised when it was made.
    """
    outer = recording.current()
    try:
        return _recorded(name, change, work)
    finally:
        recording.resume(outer)


def _through(name: str, change: Change, work: Work, remembers: bool = False) -> Outcome:
    return transact(lambda: _recorded(name, change, work, remembers))


def transact(work: Callable[[], Result]) -> Result:
    """Do all of a piece of work in one database transaction, or nothing; begin anew after a deadlock.

    By itself it records nothing: the work opens the Business Transactions, as soon as it knows which.
    """
    deadlocks, anew = 0, 0
    while True:
        try:
            with transaction.atomic(durable=True):
                return work()
        except IntegrityError as error:
            raise named_error(error) from error
        except OperationalError as error:
            # Locks are taken in one order, so this is rare; a deadlock undid everything and may simply be tried again.
            if isinstance(error, BeginAnew):
                anew += 1
            elif is_deadlock(error):
                deadlocks += 1
            else:
                raise
            if deadlocks == ATTEMPTS or anew == MOST_ANEW:
                raise
            if deadlocks:
                sleep(uniform(0, LONGEST_PAUSE * deadlocks))  # noqa: S311  (no secret)
        finally:
            recording.leave()


def _recorded(name: str, change: Change, work: Work, remembers: bool = False) -> Outcome:
    entry = recording.open_transaction(name, change)
    if entry is None:
        return _replay(recording.stored(name, change))
    if not remembers:
        edition.enter("")  # It may change configuration itself, and must see that.
    touched = work()
    answer = json.dumps(items_of(name, touched), ensure_ascii=False, separators=(",", ":"))
    target = touched.target or (touched.entities[0] if touched.entities else None)
    outcome = Outcome(
        answer,
        notice=touched.notice,
        version=getattr(target, "version", None),
        target_ref_id=str(getattr(target, "ref_id", getattr(target, "pk", ""))),
        touched=len(touched.entities) if touched.count is None else touched.count,
        customers=customers_json(touched),
    )
    kind = type(target)._meta.model_name or "" if target else ""
    recording.close_transaction(entry, outcome, kind, outcome.customers)
    return outcome


def _replay(stored: BusinessTransaction) -> Outcome:
    return Outcome(
        stored.answer or "[]",
        True,
        ERASED if stored.erased_by else stored.notice,
        stored.target_version,
        stored.target_ref_id,
        stored.touched,
    )


def items_of(name: str, touched: Touched) -> list[Item]:
    """Return the answer to a write: one item per entity, the named one first, then the events."""
    items: list[Item] = [
        {"name": name, "seqno": seqno, "object": represent(entity), "objectType": object_type(entity)}
        for seqno, entity in enumerate(touched.entities, start=1)
    ]
    if items and touched.details:
        items[0]["object"] = {**items[0]["object"], **touched.details}
    for extra in touched.extra_items:
        items.append({**extra, "seqno": len(items) + 1})
    return items
