"""Bring due plans into force: in batches, set-based, by several workers at once (docs/states.md, plans)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db.models import F, Q, QuerySet

from ocsportal.entities import plans
from ocsportal.entities.loading import hold_superiors, paths_up
from ocsportal.entities.models import Entity, entity_models
from ocsportal.entities.rows import locked
from ocsportal.entities.states import PlanStatus, State
from ocsportal.entities.writing import NO_PLAN, drop_plan, enter_state, save
from ocsportal.transactions import door
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.outage import is_outage
from ocsportal.transactions.touched import Touched

log = structlog.get_logger("ocsportal.worker")
BATCH = 1000

# Further work that falls due, declared by the levels that have it; each returns how many things it did.
JOBS: list[Callable[[datetime], int]] = []


class _NothingDue(Exception):
    """Another worker was faster; take the empty Business Transaction back."""


def bring_due_into_force(at: datetime) -> int:
    """Bring everything into force that is due by then; return how many entities changed."""
    # A job leaves alone what an earlier change of state has to come before, so it gets a second turn.
    done = sum(_guarded(job, at) for job in JOBS)
    done += sum(_states(model, at) for model in entity_models())
    return done + sum(_guarded(job, at) for job in JOBS)


def _guarded(job: Callable[[datetime], int], at: datetime) -> int:
    """Do a job; its failure is logged, stops nothing else, and is tried again at the next turn."""
    try:
        return job(at)
    except Exception:
        log.exception("job_failed", job=job.__name__)
        return 0


def due(model: type[Entity], at: datetime) -> QuerySet[Any]:
    """Return the entities whose scheduled change is due, the oldest plan first."""
    rows = model._default_manager.filter(plan_status=PlanStatus.SCHEDULED, plan_valid_from__lte=at)
    return rows.order_by("plan_valid_from", "pk")


def _alone_only(model: type[Entity]) -> Q:
    """Return which plans are brought into force one by one: they need what is above and below them locked, top-down."""
    return Q(plan_subordinates=True) | Q(plan_state=State.DEACTIVATED)


def _states(model: type[Entity], at: datetime) -> int:
    done = 0
    deep = due(model, at).filter(_alone_only(model)).values_list("pk", flat=True)
    while keys := list(deep[:BATCH]):
        brought = sum(_alone(model, key, at) for key in keys)
        if not brought:
            break
        done += brought
    for first in iter(lambda: due(model, at).exclude(_alone_only(model)).first(), None):
        try:
            brought = _batch(model, first, at)
        except Exception:
            # Something in the batch can't be done. One by one, so that it stops nothing but itself.
            log.exception("batch_failed", model=model._meta.label)
            brought = sum(_alone(model, key, at) for key in list(due(model, at).values_list("pk", flat=True)[:BATCH]))
        if not brought:
            # What is due is locked by another worker, which will see to it.
            break
        done += brought
    return done


def batch_of(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the first of the rows, locked, without those that another worker has."""
    return rows.select_related(*rows.model.related()).select_for_update(of=("self",), no_key=True, skip_locked=True)[
        :BATCH
    ]


def recorded_batch(name: str, change: Change, rows: QuerySet[Any], enforce: Callable[[list[Any]], None]) -> int:
    """Bring a batch of rows into force under one Business Transaction; return how many, 0 when others have them."""
    touched: list[Any] = []

    def work() -> Touched:
        touched[:] = list(rows.all())  # a deadlock has the work begun anew
        if not touched:
            raise _NothingDue
        enforce(touched)
        return Touched(list(touched))

    try:
        door.record(name, change, None, work)
    except _NothingDue:
        return 0
    return len(touched)


def _batch(model: type[Entity], first: Entity, at: datetime) -> int:
    """Bring one batch into force that one person or program planned; their name goes into the audit trail."""
    change = plans.scheduled_change(first, at)
    rows = batch_of(due(model, at).exclude(_alone_only(model)).filter(plan_by=first.plan_by))
    return recorded_batch(plans.state_operation(first), change, rows, partial(_enforce_all, change, model))


def _enforce_all(change: Change, model: type[Entity], rows: list[Any]) -> None:
    """Bring plans into force that reach nothing below and end nothing, all with one statement."""
    possible = []
    for entity in rows:
        try:
            plans.refuse_impossible(entity)
            possible.append(entity)
        except OperationRefused as refusal:
            entity.plan_status, entity.plan_note = PlanStatus.REFUSED, refusal.message
            save(change, entity, "plan_status", "plan_note")
    if possible:
        model._default_manager.filter(pk__in=[entity.pk for entity in possible]).update(
            **{
                **NO_PLAN,
                "state": F("plan_state"),
                "state_reason": F("plan_reason"),
                "state_valid_from": F("plan_valid_from"),
                "state_imposed_by": "",
                "changed_at": change.at,
                "version": F("version") + 1,
            }
        )
    for entity in possible:
        assert entity.plan_reason is not None
        assert entity.plan_valid_from is not None
        enter_state(entity, entity.plan_state, entity.plan_reason, entity.plan_valid_from)
        drop_plan(entity)
        entity.version += 1
        entity.changed_at = change.at


def _alone(model: type[Entity], key: int, at: datetime) -> int:
    entity = model._default_manager.filter(pk=key).first()
    if entity is None or not plans.is_due(entity, at):
        return 0
    change = plans.scheduled_change(entity, at)

    def enforce() -> Touched:
        unlocked = model._default_manager.select_related(*paths_up(model)).get(pk=key)
        hold_superiors(change, unlocked)
        found = locked(model._default_manager.filter(pk=key))
        if not plans.is_due(found, at):
            raise _NothingDue
        return plans.bring_into_force(change, found)

    def give_up() -> Touched:
        found = locked(model._default_manager.filter(pk=key))
        found.plan_status, found.plan_note = PlanStatus.REFUSED, "The change failed; the worker's log says why."
        save(change, found, "plan_status", "plan_note")
        return Touched([found])

    try:
        door.record(plans.state_operation(entity), change, None, enforce)
    except _NothingDue:
        return 0
    except Exception as error:
        if is_outage(error):
            # Somebody held a lock for too long, or the database went away: that is no fault of the plan.
            log.warning("plan_delayed", model=model._meta.label, ref_id=entity.ref_id, exc_info=True)
            return 0
        log.exception("plan_failed", model=model._meta.label, ref_id=entity.ref_id)
        door.record(plans.state_operation(entity), plans.scheduled_change(entity, at), None, give_up)
    return 1
