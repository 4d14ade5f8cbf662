"""Planned changes of state, and how a change of state comes into force with what is below it (docs/states.md)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, ClassVar

from django.db.models import F, Model, Q
from django.utils import timezone

from ocsportal.entities.configuration import reason_for
from ocsportal.entities.life import cascade
from ocsportal.entities.life.entering import NO_PLAN, end_belongings, end_of_hold, outcome, take_state
from ocsportal.entities.life.plans import PlannedChange, declared, kinds_of, settlements
from ocsportal.entities.life.waiting import SCHEDULED, Decision, Queue, Waiting
from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.states import PLANS, PlanOutcome, PlanStatus, State, may_follow
from ocsportal.entities.store.reading import lock_row
from ocsportal.entities.store.sets import Rooted, among
from ocsportal.transactions.change import Change
from ocsportal.transactions.errors import OperationRefused

# Why a hold ends that was none of something active.
RESUMES = "dfltActive"
CONFIRM = Decision("Confirm", "confirm-plan", "Confirm{}State", key="c")
CANCEL = Decision("Cancel", "cancel-plan", "Cancel{}State", key="Backspace")
MOVE = Decision("Move", "move-plan", "Confirm{}State", key="m", dated=True)
TRY_AGAIN = Decision("Try again", "try-plan-again", "Update{}State", key="t", reaches=True, opens=False)
PLAN_ANEW = Decision("Plan anew", "plan-anew", "Update{}State", key="m", dated=True, reaches=True, opens=False)
DISMISS = Decision("Dismiss", "dismiss-plan", "Dismiss{}State", key="Backspace")
PENDING = Queue(
    "pending",
    "Pending decisions",
    "Pending decisions",
    "Planned but uncertain: each waits until somebody confirms, moves or cancels it. Nothing happens by itself.",
)
REFUSED = Queue(
    "refused",
    "Refused when due",
    "Refused when due",
    "These fell due but were no longer possible. Each says why and what can be done; it stays until somebody does.",
)


def _waiting(queue: Queue, status: PlanStatus, *decisions: Decision) -> Waiting[Entity]:
    """Return the plans of a status, as they wait in a queue."""
    undecided, coming = status == PlanStatus.PENDING, status != PlanStatus.REFUSED
    return Waiting(
        queue, Q(plan_status=status), lambda entity: entity.plan_status == status, decisions, undecided, coming
    )


@declared
class StatePlan(PlannedChange[Entity]):
    """A scheduled change of state, which every level may have."""

    subject: ClassVar[str] = "State"
    model: ClassVar[type[Entity]] = Entity
    columns: ClassVar[Mapping[str, object]] = NO_PLAN
    instant: ClassVar[str] = "plan_valid_from"
    by: ClassVar[str] = "plan_by"
    scheduled: ClassVar[Q] = Q(plan_status=PlanStatus.SCHEDULED)
    reason: ClassVar[str] = "Planned change in force"
    waiting: ClassVar[tuple[Waiting, ...]] = (
        _waiting(PENDING, PlanStatus.PENDING, CONFIRM, CANCEL, MOVE),
        _waiting(SCHEDULED, PlanStatus.SCHEDULED, MOVE, CANCEL),
        _waiting(REFUSED, PlanStatus.REFUSED, TRY_AGAIN, PLAN_ANEW, DISMISS),
    )

    def planned(self, entity: Entity) -> str:
        """Return the planned state."""
        return str(entity.plan_state)

    def why(self, entity: Entity) -> str:
        """Return the name of the planned reason."""
        return entity.plan_reason.name if entity.plan_reason else ""

    def refused_with(self, entity: Entity) -> str:
        """Return why the plan was refused when it was due."""
        return str(entity.last_plan_message) if entity.plan_status == PlanStatus.REFUSED else ""

    def told(self, entity: Entity, when: str, at: datetime) -> str:
        """Return `Suspension pending for 5 May`, and whether that has passed or was refused."""
        if entity.plan_status == PlanStatus.REFUSED:
            return f"{PLANS[State(entity.plan_state)]} for {when} was refused"
        pending = entity.plan_status == PlanStatus.PENDING
        overdue = ", overdue" if pending and entity.plan_valid_from and entity.plan_valid_from < at else ""
        end = f" until {timezone.localtime(entity.plan_valid_to):%d %b %Y %H:%M}" if entity.plan_valid_to else ""
        return f"{PLANS[State(entity.plan_state)]} {'pending' if pending else 'scheduled'} for {when}{end}{overdue}"

    def waits(self, entity: Entity) -> bool:
        """Whether the plan is certain; a pending one waits for a decision."""
        return bool(entity.plan_status == PlanStatus.SCHEDULED)

    def taken(self, at: datetime) -> dict[str, object]:
        """Return the columns of a state in force from its planned instant."""
        return {
            **outcome(PlanOutcome.DONE, at),
            **self.columns,
            "state": F("plan_state"),
            "state_reason": F("plan_reason"),
            "state_valid_from": F("plan_valid_from"),
            "state_imposed_by": "",
        }

    def entered(self, entity: Entity, at: datetime) -> dict[str, object]:
        """Return the columns of a state in force; those of a hold plan its end."""
        if not entity.plan_valid_to:
            return self.taken(at)
        kept = {"plan_by", "plan_subordinates"}
        columns = {name: value for name, value in self.taken(at).items() if name not in kept}
        return {**columns, **end_of_hold(resumed_for(entity))}

    def goes_on(self, entity: Entity) -> bool:
        """Whether it is a hold, of which the end is planned when it comes into force."""
        return entity.plan_valid_to is not None

    def declined(self, refusal: OperationRefused, at: datetime) -> dict[str, object]:
        """Return the columns that keep why it was refused; the plan's own stay until somebody has dealt with it."""
        kept = outcome(PlanOutcome.REFUSED, at, refusal.code, refusal.message)
        return {**kept, "plan_status": PlanStatus.REFUSED.value}

    def refusals(self, rows: Sequence[Entity]) -> dict[int, OperationRefused]:
        """Return what has become impossible by what happened since; what is below is asked with one statement a level."""
        found = {row.pk: refusal for row in rows if (refusal := _impossible(row))}
        alone = [
            row.pk
            for row in rows
            if row.plan_state == State.DEACTIVATED and not row.plan_subordinates and row.pk not in found
        ]
        return found | (cascade.live_subordinates(type(rows[0]), alone, "subordinateUpdated") if alone else {})

    def reaching(self, rows: Sequence[Entity]) -> list[Entity]:
        """Return the rows whose plans reach below or end what depends on them."""
        return [row for row in rows if row.plan_subordinates or row.plan_state == State.DEACTIVATED]

    def enter(self, change: Change, rows: Sequence[Entity]) -> list[Model]:
        """Enter the planned states and impose them below where the plans say so."""
        reaching = self.reaching(rows)
        if not reaching:
            return self._own(change, rows)
        model = type(rows[0])
        members = cascade.members_of(cascade.pairs_below(model, [row.pk for row in reaching if row.plan_subordinates]))
        planned = [(row, row.state, row.plan_valid_from or change.at) for row in reaching]

        def enter() -> tuple[list[Model], dict[int, cascade.Imposed]]:
            own = self._own(change, rows)
            by_key = {row.pk: row for row in own if isinstance(row, model)}
            steps = {row.pk: _imposed(row, by_key[row.pk], before) for row, before, _ in planned}
            return own, steps

        return enforce(change, {row.pk: until for row, _, until in planned}, members, enter)

    def _own(self, change: Change, rows: Sequence[Entity]) -> list[Model]:
        """Enter the rows' own states, and end what does not outlive a deactivation."""
        model = type(rows[0])
        ending = [row for row in rows if row.plan_state == State.DEACTIVATED]
        others = [row for row in rows if row.plan_state != State.DEACTIVATED]
        columns = self.taken(change.at)
        own: list[Any] = []
        for holds in _alike([row for row in others if row.plan_valid_to]):
            own += self.written(change, holds, self.entered(holds[0], change.at))
        others = [row for row in others if not row.plan_valid_to]
        own += self.written(change, others, columns) if others else []
        if ending:
            own += self.written(change, ending, {**columns, **model.cleared})
            own += end_belongings(model, Rooted(model, {row.pk: row.pk for row in ending}))
        return own


def resumed_for(entity: Entity) -> Any:
    """Return why a hold of an entity ends: what it was active for before, else the usual reason to be active."""
    if entity.state == State.ACTIVE:
        return F("state_reason")
    return reason_for(State.ACTIVE, RESUMES)


def _alike(holds: Sequence[Any]) -> list[list[Any]]:
    """Return holds by whether they are active, which decides why they end."""
    parts = [[row for row in holds if (row.state == State.ACTIVE) is active] for active in (True, False)]
    return [part for part in parts if part]


def _imposed(planned: Entity, entered: Entity, before: str) -> cascade.Imposed:
    """Return what an entity that has entered its state imposes; it goes on to know what was held above it."""
    for name in filter(None, (*planned.superiors, planned.parent_link)):
        if name in planned._state.fields_cache:
            entered._state.fields_cache[name] = planned._state.fields_cache[name]
    return cascade.Imposed(entered, before, entered.state, entered.state_reason, entered.state_valid_from)


def _impossible(entity: Entity) -> OperationRefused | None:
    """Return why what happened since has made a plan impossible, as far as the entity itself tells."""
    if not may_follow(entity.state, entity.plan_state):
        return OperationRefused(
            "CASM-STATE-TRANSITION", f"{entity.plan_state} can't follow {entity.state}, which it is in by now.", "state"
        )
    if entity.plan_valid_from is None or entity.plan_valid_from < entity.state_valid_from:
        return OperationRefused(
            "CASM-STATE-VALID-FROM",
            "The planned instant is before the start of the current state.",
            "state.stateValidFrom",
        )
    return None


def enforce_state(
    change: Change,
    entity: Entity,
    state: str,
    reason: StateReason,
    valid_from: datetime,
    *,
    subordinates: bool,
    until: datetime,
    keeps_plan: bool = False,
    end: Mapping[str, object] | None = None,
) -> list[Model]:
    """Enter a state at once, impose it below if asked, and deactivate what depends on what is deactivated.

    `end` is the plan that ends a hold. Plans below that are due until then come into force first. Returns everything
    that was touched.
    """
    if not subordinates and state != State.DEACTIVATED:
        return take_state(change, entity, state, reason, valid_from, keeps_plan, end)
    imposed = cascade.Imposed(entity, entity.state, state, reason, valid_from)
    members = cascade.below(entity) if subordinates else {}
    return enforce(
        change,
        {entity.pk: until},
        members,
        lambda: (take_state(change, entity, state, reason, valid_from, keeps_plan, end), {entity.pk: imposed}),
    )


def enforce(
    change: Change,
    until: Mapping[int, datetime],
    members: cascade.Members,
    enter: Callable[[], tuple[list[Model], dict[int, cascade.Imposed]]],
) -> list[Model]:
    """Settle what is due below some superiors, let them enter their states, and impose those; return all touched.

    `enter` does the second and says what they impose. Each superior has an instant until which plans below come first.
    """
    for model, keys in members.items():
        _settle_below(change, model, keys, until)
    touched, steps = enter()
    imposed, reached = cascade.impose(change, steps, members)
    touched += imposed
    ended = _ended(steps, reached)
    for key, step in steps.items():
        if step.state == State.DEACTIVATED:
            ended.setdefault(type(step.superior), {})[key] = key
    # Asked only now, when what was deactivated is locked and nothing can be hung below it any more.
    while depending := cascade.dependents(ended):
        for model, keys in depending.items():
            _settle_below(change, model, keys, until)
        imposed, reached = cascade.impose(change, steps, depending)
        touched += imposed
        ended = _ended(steps, reached)
    return touched


def _ended(steps: Mapping[int, cascade.Imposed], reached: cascade.Members) -> cascade.Members:
    """Return what was deactivated of what was reached."""
    return {
        model: {key: root for key, root in keys.items() if steps[root].state == State.DEACTIVATED}
        for model, keys in reached.items()
    }


def _settle_below(change: Change, model: type[Entity], keys: Mapping[int, int], until: Mapping[int, datetime]) -> None:
    due = reduce(or_, (kind.due_by(max(until.values())) for kind in kinds_of(model)))
    rows = model._default_manager.filter(among("pk", keys)).filter(due).order_by("pk")
    for key in list(rows.values_list("pk", flat=True)):
        entity = lock_row(model, key)
        for settle in settlements(entity, until[keys[key]]):
            if not entity.is_deactivated:
                settle(change, entity)
                entity = lock_row(model, key)
