"""The verbs that every level has, made from its own operations; which of them fit comes from the table of transitions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypedDict

from ocsportal.backoffice import forms, plan_forms, state_forms
from ocsportal.backoffice.declared import verb_of
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.verbs import Verb
from ocsportal.entities.life.state_plans import CANCEL, CONFIRM, DISMISS, MOVE, PLAN_ANEW, TRY_AGAIN
from ocsportal.entities.models import Entity
from ocsportal.entities.shared import Level
from ocsportal.entities.states import NewState, PlanStatus, State, may_follow
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Operation


class _Common(TypedDict):
    operation: Operation
    argument: str


def _from(before: State, after: State) -> Callable[[Entity], bool]:
    return lambda entity: entity.state == before and may_follow(before, after)


def _planned(state: State) -> Callable[[Any], datetime | None]:
    """Return what says for when a change to a state is planned; the end of a hold is another plan."""
    return lambda entity: entity.plan_valid_from if entity.has_plan and entity.plan_state == state else None


def state_verbs(argument: str, update: Operation) -> tuple[Verb, ...]:
    """Return suspend, resume, activate, change reason and deactivate, the most likely one first."""
    common: _Common = {"operation": update, "argument": argument}
    return (
        Verb(
            slug="suspend",
            label="Suspend",
            form=state_forms.SuspendForm,
            done="{entity} was suspended.",
            planned="{entity} will be suspended {when}.",
            when=_planned(State.SUSPENDED),
            fits=_from(State.ACTIVE, State.SUSPENDED),
            dangerous=True,
            likely=True,
            button="Suspend {entity}",
            **common,
        ),
        Verb(
            slug="resume",
            label="Resume",
            form=state_forms.ResumeForm,
            done="{entity} was resumed.",
            planned="{entity} will be resumed {when}.",
            when=_planned(State.ACTIVE),
            fits=_from(State.SUSPENDED, State.ACTIVE),
            likely=True,
            button="Resume {entity}",
            **common,
        ),
        Verb(
            slug="activate",
            label="Activate",
            form=state_forms.ActivateForm,
            done="{entity} was activated.",
            planned="{entity} will be activated {when}.",
            fits=_from(State.INACTIVE, State.ACTIVE),
            likely=True,
            button="Activate {entity}",
            **common,
        ),
        Verb(
            slug="change-reason",
            label="Change reason",
            form=state_forms.ChangeReasonForm,
            done="The reason was changed; the state stays.",
            planned="The reason will be changed {when}.",
            fits=lambda entity: may_follow(entity.state, entity.state),
            **common,
        ),
        Verb(
            slug="deactivate",
            label="Deactivate",
            form=state_forms.DeactivateForm,
            done="{entity} was deactivated.",
            planned="{entity} will be deactivated {when}.",
            when=_planned(State.DEACTIVATED),
            fits=lambda entity: may_follow(entity.state, State.DEACTIVATED),
            fields=lambda: {"state": NewState(state=State.DEACTIVATED)},
            dangerous=True,
            explains="This is final: nothing can be changed afterwards, and the IDs are never given out again.",
            button="Deactivate {entity} for good",
            **common,
        ),
    )


def plan_verbs(level: Level) -> tuple[Verb, ...]:
    """Return what may be decided on a planned change of a level: confirm, move, cancel."""
    argument, confirm, cancel = level.kind, level.confirm, level.cancel
    return (
        Verb(
            slug=CONFIRM.verb,
            label=CONFIRM.word,
            operation=confirm,
            form=plan_forms.ConfirmForm,
            argument=argument,
            done="The planned change is confirmed.",
            fits=lambda entity: entity.plan_status == PlanStatus.PENDING,
            explains="The change takes effect automatically when it is due.",
            button="Confirm the planned change",
        ),
        Verb(
            slug=MOVE.verb,
            label=MOVE.word,
            operation=confirm,
            form=plan_forms.MoveForm,
            argument=argument,
            done="The planned change was moved.",
            planned="{entity} is moved to {when}.",
            fits=lambda entity: bool(entity.has_plan),
            heading="Move the planned change of {entity}",
            explains="The planned change gets another date, and takes effect then by itself.",
            button="Move the planned change",
        ),
        Verb(
            slug=CANCEL.verb,
            label=CANCEL.word,
            operation=cancel,
            form=plan_forms.CancelForm,
            argument=argument,
            done="The planned change was cancelled; everything stays as it is.",
            fits=lambda entity: bool(entity.has_plan),
            explains="The planned change is dropped; the current state stays.",
            button="Cancel the planned change",
        ),
    )


def _planned_state(entity: Entity) -> Checked:
    return {"state": NewState(state=entity.plan_state or None)}


def _anew(entity: Entity) -> Checked:
    return {"state": NewState(state=entity.plan_state or None, pending=True)}


def refused_verbs(level: Level) -> tuple[Verb, ...]:
    """Return what may be done with a plan that was refused when it was due: again now, again later, nothing."""
    common: Drawn = {
        "argument": level.kind,
        "fits": lambda entity: entity.plan_status == PlanStatus.REFUSED and not entity.is_deactivated,
    }
    return (
        Verb(
            slug=TRY_AGAIN.verb,
            label=TRY_AGAIN.word,
            operation=level.state,
            form=plan_forms.TryAgainForm,
            done="What was planned for {entity} is done now.",
            heading="Try again for {entity}",
            needs=_planned_state,
            dangerous=True,
            button="Do it now",
            **common,
        ),
        Verb(
            slug=PLAN_ANEW.verb,
            label=PLAN_ANEW.word,
            operation=level.state,
            form=plan_forms.PlanAnewForm,
            done="{entity} is planned anew.",
            planned="{entity} is planned anew for {when}.",
            heading="Plan anew for {entity}",
            needs=_anew,
            button="Plan it",
            **common,
        ),
        Verb(
            slug=DISMISS.verb,
            label=DISMISS.word,
            operation=level.dismiss,
            form=plan_forms.DismissForm,
            done="The refused plan of {entity} is dismissed; its history keeps it.",
            heading="Dismiss the refused plan of {entity}",
            explains="It leaves the queue. What became of it stays in the history.",
            button="Dismiss it",
            **common,
        ),
    )


def field_verbs(level: Level, *own: Verb) -> tuple[Verb, ...]:
    """Return the verbs that set one field, with the level's own after the name."""
    made = (
        verb_of(level.custom_name, level.kind),
        *own,
        *(verb_of(entry, level.kind) for entry in level.own),
        Verb(
            slug="attributes",
            label="Change attributes",
            operation=level.custom_attributes,
            form=forms.AttributesForm,
            argument=level.kind,
            done="The attributes were changed.",
        ),
        verb_of(
            level.external_id, level.kind, done="The external ID was changed; the old one no longer finds anything."
        ),
    )
    if not level.has_segment:
        return made
    segment = Verb(
        slug="segment",
        label="Change segment",
        operation=level.segment,
        form=forms.SegmentForm,
        argument=level.kind,
        done="The segment was changed.",
    )
    return (*made[:-2], segment, *made[-2:])


def level_verbs(level: Level, *own: Verb) -> tuple[Verb, ...]:
    """Return every verb that a level has: states, plans, single fields, and its own after the name."""
    return (
        *state_verbs(level.kind, level.state),
        *plan_verbs(level),
        *refused_verbs(level),
        *field_verbs(level, *own),
    )
