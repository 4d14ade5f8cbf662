"""Change a state, plan to, confirm and cancel a plan: the rules, once for every level (docs/states.md)."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from ocsportal.entities.configuration import reason_fault, reason_for
from ocsportal.entities.life import cascade
from ocsportal.entities.life.entering import (
    LAST_PLAN_FIELDS,
    PLAN_FIELDS,
    drop_plan,
    end_of_hold,
    outcome,
    set_columns,
)
from ocsportal.entities.life.plans import kind_of, set_by, settlements
from ocsportal.entities.life.state_plans import RESUMES, StatePlan, enforce_state
from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.states import (
    FIRST_STATES,
    NamedPlan,
    NewState,
    PendingChange,
    PlanOutcome,
    PlanStatus,
    State,
    may_follow,
)
from ocsportal.entities.store.reading import lock_row
from ocsportal.entities.store.writing import save
from ocsportal.transactions.change import Change, to_millisecond
from ocsportal.transactions.errors import Fault, NotAllowed, OperationRefused, invalid, malformed
from ocsportal.transactions.history import versions_of
from ocsportal.transactions.operation import Touched
from ocsportal.transactions.representation import instant

CONFIRMED = "CASM-STATE-PENDING-CONFIRMED"
CANCELLED = "CASM-STATE-PENDING-CANCELLED"
NO_PROFILE = "Is required, since no profile gives it."


def first_state(
    change: Change, given: NewState | None, profile_state: str | None, profile_reason: StateReason | None
) -> tuple[str, StateReason, datetime]:
    """Return the state, reason and start of a new entity: what the request gives, else what its profile says.

    Raise REQUEST-VALIDATION for what neither gives, CASM-STATE-TRANSITION for a state that can't be the first one,
    CASM-STATE-VALID-FROM for a start in the future. `pending` is ignored.
    """
    if missing := missing_first(given, profile_state, profile_reason):
        raise invalid(missing)
    given = given or NewState()
    state = given.state or profile_state
    assert state
    inherited = profile_reason if state == profile_state else None
    if state not in FIRST_STATES and not given.brought:
        raise OperationRefused("CASM-STATE-TRANSITION", f"A new entity can't be {state}.", "state.state")
    reason = reason_for(state, given.state_reason) if given.state_reason else inherited
    assert reason is not None
    if reason.state != state:
        raise OperationRefused(*reason_fault(reason, state, "state.stateReason"))
    valid_from = to_millisecond(given.state_valid_from) if given.state_valid_from else change.at
    if valid_from > change.at:
        raise OperationRefused(
            "CASM-STATE-VALID-FROM",
            "A new entity can't start in the future; plan a change instead.",
            "state.stateValidFrom",
        )
    return state, reason, valid_from


def missing_first(given: NewState | None, profile_state: str | None, profile_reason: StateReason | None) -> list[Fault]:
    """Return a fault for each part of a first state that neither the request nor a profile gives."""
    given = given or NewState()
    state = given.state or profile_state
    # The profile's reason belongs to the profile's state and can't explain another one.
    inherited = profile_reason if state == profile_state else None
    return [
        malformed(parameter, NO_PROFILE)
        for parameter, value in (("state.state", state), ("state.stateReason", given.state_reason or inherited))
        if not value
    ]


def change_state(
    change: Change,
    entity: Entity,
    new: NewState,
    subordinates: bool,
    pending_change: str = PendingChange.REFUSE,
) -> Touched:
    """Change the state of a locked, live entity: at once, from a past instant, or as a plan."""
    if missing := [
        malformed(f"state.{name}", "Is required.")
        for name, value in (("state", new.state), ("stateReason", new.state_reason))
        if not value
    ]:
        raise invalid(missing)
    assert new.state
    assert new.state_reason
    keeps = entity.has_plan and pending_change == PendingChange.KEEP
    if entity.has_plan and pending_change == PendingChange.REFUSE:
        raise _still_planned(entity, "state")
    if entity.has_plan and pending_change == PendingChange.CANCEL:
        _refuse_who_may_not_cancel(change, entity)
    reason = reason_for(new.state, new.state_reason)
    _refuse_transition(entity, new.state, reason)
    # Without a date it is now; never before what it follows, which may have been written a moment after we looked.
    default = max(change.at, entity.state_valid_from)
    valid_from = to_millisecond(new.state_valid_from) if new.state_valid_from else default
    future = valid_from > change.at and new.state_valid_from is not None
    if new.pending and not future:
        raise OperationRefused(
            "CASM-STATE-VALID-FROM", "A pending change needs a stateValidFrom in the future.", "state.stateValidFrom"
        )
    _refuse_too_early(entity, valid_from, "state.stateValidFrom")
    end = _checked_end(change, new, valid_from)
    if keeps:
        _refuse_to_keep(entity, new.state, reason, future or end is not None)
    if future:
        return _plan(change, entity, new.state, reason, valid_from, new.pending, subordinates, end)
    return _at_once(change, entity, new.state, reason, valid_from, subordinates, keeps, end)


def _checked_end(change: Change, new: NewState, valid_from: datetime) -> datetime | None:
    """Return the end of a hold, None without one; raise REQUEST-VALIDATION or CASM-STATE-VALID-FROM for what none can be."""
    if new.state_valid_to is None:
        return None
    where = "state.stateValidTo"
    if new.state != State.SUSPENDED:
        raise invalid([malformed(where, "Only a suspension has an end; it is resumed then.")])
    end = to_millisecond(new.state_valid_to)
    if end <= valid_from:
        raise OperationRefused("CASM-STATE-VALID-FROM", "The suspension would end before it starts.", where)
    if end <= change.at:
        raise OperationRefused("CASM-STATE-VALID-FROM", "The end of the suspension must lie in the future.", where)
    return end


def bring_plan(change: Change, entity: Entity, new: NewState, subordinates: bool) -> None:
    """Plan a change of a new entity's state that was planned elsewhere, and is brought along.

    It may be due or overdue by now: what is scheduled then comes into force as any other, what is pending waits for a decision.
    """
    assert new.state
    assert new.state_reason
    assert new.state_valid_from
    reason = reason_for(new.state, new.state_reason)
    _refuse_transition(entity, new.state, reason)
    valid_from = to_millisecond(new.state_valid_from)
    _refuse_too_early(entity, valid_from, "state.stateValidFrom")
    # A hold that is overdue ends when it comes into force, as any other.
    end = to_millisecond(new.state_valid_to) if new.state_valid_to else None
    if end is not None and (new.state != State.SUSPENDED or end <= valid_from):
        raise invalid([malformed("state.stateValidTo", "Only a suspension has an end, after its start.")])
    _plan(change, entity, new.state, reason, valid_from, new.pending, subordinates, end)


def bring_last_plan(entity: Entity, last: Mapping[str, object]) -> None:
    """Write on a new entity, in memory, what became elsewhere of its last plan, by the names of REST."""
    needed = ("state", "stateReason", "stateValidFrom", "outcome", "at")
    if faults := [malformed(f"lastPlan.{name}", "Is required.") for name in needed if not last.get(name)]:
        raise invalid(faults)
    for name, words in (("state", State.values), ("outcome", PlanOutcome.values)):
        if last[name] not in words:
            raise invalid([malformed(f"lastPlan.{name}", f"Must be one of {', '.join(words)}.")])
    columns = {
        "last_plan_state": last["state"],
        "last_plan_reason": reason_for(str(last["state"]), str(last["stateReason"]), "lastPlan.stateReason"),
        "last_plan_valid_from": last["stateValidFrom"],
        "last_plan_outcome": last["outcome"],
        "last_plan_code": str(last.get("code") or "")[:60],
        "last_plan_message": str(last.get("message") or ""),
        "last_plan_at": last["at"],
    }
    set_columns(entity, columns)


def _refuse_who_may_not_cancel(change: Change, entity: Entity) -> None:
    needed = f"{entity._meta.app_label}.cancel_{entity._meta.model_name}_state"
    if not change.actor.has_perm(needed):
        raise NotAllowed(needed)


def _still_planned(entity: Entity, parameter: str) -> OperationRefused:
    words = f"A change to {entity.plan_state} is {entity.plan_status.lower()}; confirm or cancel it first."
    return OperationRefused("CASM-STATE-PENDING", words, parameter)


def can_keep_plan(entity: Entity, state: str, reason: StateReason | None = None) -> bool:
    """Whether what is planned would still be a change after this one."""
    same = state == entity.plan_state and reason is not None and reason.pk == entity.plan_reason_id
    return may_follow(state, entity.plan_state) and not same


def _refuse_to_keep(entity: Entity, state: str, reason: StateReason, future: bool) -> None:
    if future:
        # There is room for one plan only.
        raise _still_planned(entity, "pendingChange")
    if not can_keep_plan(entity, state, reason):
        words = f"The planned change to {entity.plan_state} would no longer be possible after {state}."
        raise OperationRefused("CASM-STATE-TRANSITION", words, "pendingChange")


def _refuse_transition(entity: Entity, state: str, reason: StateReason) -> None:
    if not may_follow(entity.state, state):
        raise OperationRefused("CASM-STATE-TRANSITION", f"{state} can't follow {entity.state}.", "state.state")
    if state == entity.state and reason.pk == entity.state_reason_id and not entity.state_imposed_by:
        raise OperationRefused("CASM-STATE-TRANSITION", f"It is already {state} for this reason.", "state.state")


def _refuse_too_early(entity: Entity, valid_from: datetime, parameter: str) -> None:
    if valid_from < entity.state_valid_from:
        raise OperationRefused(
            "CASM-STATE-VALID-FROM",
            f"It can't start before the current state did, at {instant(entity.state_valid_from)}.",
            parameter,
        )


def _plan(
    change: Change,
    entity: Entity,
    state: str,
    reason: StateReason,
    valid_from: datetime,
    pending: bool,
    subordinates: bool,
    end: datetime | None,
) -> Touched:
    drop_plan(entity, change.at)
    entity.plan_status = PlanStatus.PENDING if pending else PlanStatus.SCHEDULED
    entity.plan_state = state
    entity.plan_reason = reason
    entity.plan_valid_from = valid_from
    entity.plan_valid_to = end
    entity.plan_subordinates = subordinates
    entity.plan_by = set_by(change)
    save(change, entity, *PLAN_FIELDS, *LAST_PLAN_FIELDS)
    return Touched([entity])


def _at_once(
    change: Change,
    entity: Entity,
    state: str,
    reason: StateReason,
    valid_from: datetime,
    subordinates: bool,
    keeps: bool,
    end: datetime | None,
) -> Touched:
    if state == State.DEACTIVATED and not subordinates:
        cascade.refuse_live_subordinates(entity, "subordinateUpdated")
    resumes = end and {
        **end_of_hold(entity.state_reason if entity.state == State.ACTIVE else reason_for(State.ACTIVE, RESUMES)),
        "plan_valid_from": end,
        "plan_subordinates": subordinates,
        "plan_by": set_by(change),
    }
    return Touched(
        enforce_state(
            change,
            entity,
            state,
            reason,
            valid_from,
            subordinates=subordinates,
            until=change.at,
            keeps_plan=keeps,
            end=resumes or None,
        )
    )


def confirm(change: Change, entity: Entity, named: str | NamedPlan | None, valid_from: datetime | None) -> Touched:
    """Make a plan certain, at its own date or another; one that is due by then comes into force at once, or is refused."""
    if not entity.has_plan:
        raise _nothing_planned()
    _refuse_mismatch(entity, named)
    assert entity.plan_valid_from is not None
    date = to_millisecond(valid_from) if valid_from else entity.plan_valid_from
    if entity.plan_status == PlanStatus.SCHEDULED and date == entity.plan_valid_from:
        return Touched([entity], notice=CONFIRMED)
    _refuse_too_early(entity, date, "stateValidFrom")
    if entity.plan_valid_to and date >= entity.plan_valid_to:
        words = f"The suspension would start after its end, {instant(entity.plan_valid_to)}."
        raise OperationRefused("CASM-STATE-VALID-FROM", words, "stateValidFrom")
    entity.plan_valid_from = date
    if date <= change.at and (refusal := kind_of(StatePlan.subject).refusals([entity]).get(entity.pk)):
        # It would come into force this instant, and can't: nobody has to look for the reason afterwards.
        raise refusal
    entity.plan_status = PlanStatus.SCHEDULED
    save(change, entity, "plan_status", "plan_valid_from")
    for settle in settlements(entity, change.at):
        settle(change, entity)
        entity = lock_row(type(entity), entity.pk)
    return Touched([entity])


def cancel(change: Change, entity: Entity, named: str | NamedPlan | None) -> Touched:
    """Drop a plan, pending or scheduled; what was cancelled is remembered until the next state change."""
    if entity.plan_status == PlanStatus.CANCELLED:
        _refuse_mismatch(entity, named)
        return Touched([entity], notice=CANCELLED)
    if not entity.has_plan:
        raise _nothing_planned()
    _refuse_mismatch(entity, named)
    entity.plan_status = PlanStatus.CANCELLED
    set_columns(entity, outcome(PlanOutcome.CANCELLED, change.at))
    save(change, entity, "plan_status", *LAST_PLAN_FIELDS)
    return Touched([entity])


def dismiss(change: Change, entity: Entity) -> Touched:
    """Take a plan that was refused when it was due out of its queue; `lastPlan` goes on to say what became of it."""
    if entity.plan_status != PlanStatus.REFUSED:
        raise OperationRefused(
            "CASM-STATE-NOT-PENDING", "No planned change that was refused when due waits here.", "state"
        )
    set_columns(entity, StatePlan.columns)
    save(change, entity, *PLAN_FIELDS)
    return Touched([entity])


def _nothing_planned() -> OperationRefused:
    return OperationRefused("CASM-STATE-NOT-PENDING", "No change of state is planned.", "state")


def _refuse_mismatch(entity: Entity, named: str | NamedPlan | None) -> None:
    """Refuse whatever is named otherwise than it is planned; a word names the state and nothing else."""
    if faults := [*_mismatches(entity, named)] if named else []:
        raise invalid(faults)


def _mismatches(entity: Entity, named: str | NamedPlan) -> Iterator[Fault]:
    prefix, given = ("", NamedPlan(state=named)) if isinstance(named, str) else ("state.", named)
    assert entity.plan_reason is not None
    assert entity.plan_valid_from is not None
    code = "CASM-STATE-PENDING-MISMATCH"
    if given.state is not None and given.state != entity.plan_state:
        yield Fault(code, f"{prefix}state", f"What is planned is {entity.plan_state}, not {given.state}.")
    # A reason that is configured nowhere is just another one than the planned.
    if given.state_reason is not None and given.state_reason != entity.plan_reason.code:
        words = f"The planned reason is {entity.plan_reason.code}, not {given.state_reason}."
        yield Fault(code, f"{prefix}stateReason", words)
    date = given.state_valid_from
    if date is not None and to_millisecond(date) != entity.plan_valid_from:
        words = f"It is planned for {instant(entity.plan_valid_from)}, not {instant(date)}."
        yield Fault(code, f"{prefix}stateValidFrom", words)
    end = given.state_valid_to
    if end is not None and to_millisecond(end) != entity.plan_valid_to:
        planned = f"until {instant(entity.plan_valid_to)}" if entity.plan_valid_to else "without an end"
        yield Fault(code, f"{prefix}stateValidTo", f"It is planned {planned}, not until {instant(end)}.")
    if given.pending is not None and not _is_or_was(entity, given.pending):
        words = "The plan is not pending." if given.pending else "The plan is pending."
        yield Fault(code, f"{prefix}pending", words)


def _is_or_was(entity: Entity, pending: bool) -> bool:
    """Whether a plan is as uncertain as it is named, or was before it was decided on: a repetition names what was."""
    if entity.plan_status == PlanStatus.PENDING or (entity.plan_status == PlanStatus.SCHEDULED and not pending):
        return pending == (entity.plan_status == PlanStatus.PENDING)
    before = (
        versions_of(entity)
        .exclude(plan_status=entity.plan_status)
        .order_by("-history_id")
        .values_list("plan_status", flat=True)
    )
    return pending == (before.first() == PlanStatus.PENDING)
