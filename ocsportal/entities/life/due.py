"""Bring due plans into force: by sets, in batches, by several workers at once (docs/states.md, plans)."""

from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import DEFAULT_DB_ALIAS

from ocsportal.entities.life import cascade
from ocsportal.entities.life.locking import hold_above, hold_above_all, paths_up
from ocsportal.entities.life.plans import PlannedChange, bring_into_force, kinds_of, refuse
from ocsportal.entities.models import Entity, entity_models
from ocsportal.entities.store.binary import returned
from ocsportal.entities.store.reading import lock_row
from ocsportal.transactions import door
from ocsportal.transactions.errors import OperationRefused
from ocsportal.transactions.outage import is_away, is_outage, is_undefined

log = structlog.get_logger("ocsportal.worker")
# How many entities a batch is to touch, what is below included: it is one database transaction, and its answer is
# stored. One plan that reaches more than that is a batch of its own.
BATCH = 500
FAILED = OperationRefused("INTERNAL-ERROR", "The change failed; the worker's log says why.")


@dataclass
class Taken:
    """What a worker took in one turn: how many plans are settled, which have to be taken one by one, how many next."""

    settled: int = 0
    alone: list[int] = field(default_factory=list)
    size: int = 0


def bring_due_into_force(at: datetime) -> int:
    """Bring everything into force that is due by then; return how many plans were settled.

    What goes wrong with a plan is logged and stops no other. Raise the error of a database that is away or not
    migrated.
    """
    return sum(_level(model, at) for model in entity_models())


def _level(model: type[Entity], at: datetime) -> int:
    """Settle a level's plans; a kind leaves alone what another one has to come before, so it gets further turns."""
    done, turn = 0, 1
    while turn:
        turn = sum(_guarded(kind, model, at) for kind in kinds_of(model))
        done += turn
        if len(kinds_of(model)) == 1:
            break
    return done


def _guarded(kind: PlannedChange, model: type[Entity], at: datetime) -> int:
    """Settle plans of a kind; a failure is logged, stops no other kind, and is tried again at the next turn."""
    try:
        return _settle(kind, model, at)
    except Exception as error:
        if _is_hopeless(error):
            raise
        log.exception("plans_failed", kind=kind.subject, model=model._meta.label)
        return 0


def _is_hopeless(error: Exception) -> bool:
    return is_away(error) or is_undefined(error)


def _settle(kind: PlannedChange, model: type[Entity], at: datetime) -> int:
    done, size = 0, BATCH
    while True:
        try:
            batch = _batch(kind, model, at, size)
        except Exception as error:
            if _is_hopeless(error):
                raise
            # Something in the batch can't be done. One by one, so that it stops nothing but itself.
            log.exception("batch_failed", kind=kind.subject, model=model._meta.label)
            keys = list(kind.due(model, at).values_list("pk", flat=True)[:size])
            batch = Taken(alone=keys, size=size)
        brought = batch.settled + sum(_alone(kind, model, key, at) for key in batch.alone)
        done += brought
        if batch.size < size and not brought:
            size = batch.size
            continue
        if not brought:
            # Nothing is due, or what is due is locked by another worker, which will see to it.
            return done
        size = batch.size


def _batch(kind: PlannedChange, model: type[Entity], at: datetime, size: int) -> Taken:
    """Take up to `size` due plans, as many as a batch may touch, and settle them in one database transaction."""
    found = Taken()

    def work() -> None:
        # No lock is waited for but those of what is below, which nobody can hold who wants one of ours.
        # Without SKIP LOCKED two workers would do each other's batch one after the other instead of each its own.
        first = kind.due(model, at).select_for_update(no_key=True, skip_locked=True)[:size]
        rows = returned(model, *first.query.sql_with_params(), DEFAULT_DB_ALIAS)
        found.settled, found.alone, found.size = 0, [], size
        if not rows:
            return
        possible = kind.reaching(rows)
        if possible:
            rows = _with_what_is_below(found, kind, rows, possible, at, size)
        if rows:
            bring_into_force(kind, kind.by_schedule(rows[0], at), rows)
        found.settled = len(rows)

    door.transact(work)
    return found


def _with_what_is_below(
    found: Taken, kind: PlannedChange, rows: list[Entity], reaching: list[Entity], at: datetime, size: int
) -> list[Entity]:
    """Return which of the locked rows go into the batch; note which go alone, and how many to take next time.

    Alone go those below something with a due plan of its own, those that would reach the same rows as others, and those
    that others would reach: which of them comes first matters there. Those of which a superior is locked by another
    write are left for the next turn.
    """
    model = type(rows[0])
    held, waiting = hold_above_all(reaching, at)
    pairs = cascade.pairs_below(model, [row.pk for row in reaching], BATCH * 4)
    if len(rows) > 1 and any(len(those) > BATCH * 4 for those in pairs.values()):
        found.size = max(1, size // 8)
        return []
    start = {**pairs, model: [*pairs.get(model, []), *((row.pk, row.pk) for row in reaching)]}
    further = cascade.depending_on(start)
    tangled, numbers = _counted(model, {row.pk for row in rows}, [pairs, further])
    roots = {row.pk for row in reaching}
    free = held | ({row.pk for row in rows} - roots)
    found.alone = [row.pk for row in rows if row.pk in waiting or (row.pk in tangled and row.pk in free)]
    left = (roots - held) | tangled
    fitting: list[Entity] = []
    total = 0
    for row in rows:
        if row.pk not in left:
            total += 1 + numbers.get(row.pk, 0)
            if fitting and total > BATCH:
                break
            fitting.append(row)
    touched = sum(1 + numbers.get(row.pk, 0) for row in fitting)
    found.size = max(1, min(BATCH, BATCH * len(fitting) // touched)) if touched else size
    return fitting


def _counted(model: type[Entity], keys: set[int], parts: list[cascade.Pairs]) -> tuple[set[int], dict[int, int]]:
    """Return which of some rows are below another one or share something below with it, and how much is below each."""
    owners: dict[tuple[type[Entity], int], int] = {(model, key): key for key in keys}
    tangled: set[int] = set()
    numbers: dict[int, int] = {}
    for part in parts:
        for child, those in part.items():
            for key, root in those:
                owner = owners.setdefault((child, key), root)
                if owner != root:
                    tangled |= {owner, root}
                numbers[root] = numbers.get(root, 0) + 1
    return tangled, numbers


def _alone(kind: PlannedChange, model: type[Entity], key: int, at: datetime) -> int:
    entity = model._default_manager.filter(pk=key).first()
    if entity is None or not kind.is_due(entity, at):
        return 0
    change = kind.by_schedule(entity, at)

    def enforce() -> int:
        unlocked = model._default_manager.select_related(*paths_up(model)).get(pk=key)
        hold_above(change, unlocked)
        found = lock_row(model, key)
        if not kind.is_due(found, at):
            return 0
        bring_into_force(kind, change, [found])
        return 1

    def give_up() -> int:
        refuse(kind, change, [lock_row(model, key)], FAILED)
        return 1

    try:
        return door.transact(enforce)
    except Exception as error:
        if _is_hopeless(error):
            raise
        if is_outage(error):
            # Somebody held a lock for too long, or the database went away: that is no fault of the plan.
            log.warning("plan_delayed", model=model._meta.label, ref_id=entity.ref_id, exc_info=True)
            return 0
        log.exception("plan_failed", model=model._meta.label, ref_id=entity.ref_id)
        return door.transact(give_up)
