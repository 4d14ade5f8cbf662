"""The forms of verbs that change states, and decide on planned changes; they count what is reached below."""

from typing import ClassVar

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.forms import MomentField
from ocsportal.backoffice.templatetags.portal import plan_told
from ocsportal.backoffice.verbs import Row, VerbForm
from ocsportal.backoffice.words import choose, who_can
from ocsportal.entities.life import cascade, changes
from ocsportal.entities.life.plans import kind_of
from ocsportal.entities.life.state_plans import StatePlan
from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.states import NewState, PendingChange, State
from ocsportal.transactions.given import Checked


class StateForm(VerbForm[Entity]):
    """Change the state: to what the verb says, for which reason, from when, and how far down."""

    state: ClassVar[str]
    # What becomes of those below, in a word, where the state's own would be no help.
    becoming: ClassVar[str] = ""
    # What is worth knowing of what the change leaves alone below.
    stays: ClassVar[str] = ""
    parameters = {
        "state.stateReason": "state_reason",
        "state.stateValidFrom": "valid_from",
        "subordinateUpdated": "subordinates",
        "pendingChange": "pending_change",
        "state": "pending_change",
    }
    denied_at = {"plan_": "valid_from", "cancel_": "pending_change"}
    pairs = ("state_reason", "valid_from")
    when_empty = "now"

    state_reason = forms.ChoiceField(label="State reason")
    valid_from = MomentField(
        label="From",
        required=False,
        help_text="If empty, it applies now. A date in the future makes it a planned change.",
    )
    pending_change = forms.ChoiceField(label="The planned change")
    pending = forms.BooleanField(label="Pending: it still needs a decision", required=False)
    subordinates = forms.BooleanField(label="Include everything below", required=False, initial=True)

    def prepare(self) -> None:
        """Offer the reasons of the state; ask about what is below only where something is."""
        reasons = StateReason.objects.filter(state=self.target())
        # What was sent may be sent again, when the reason has become the present one.
        if not self.is_bound and self.about.state == self.target() and not self.about.state_imposed_by:
            reasons = reasons.exclude(pk=self.about.state_reason_id)
        self.fields["state_reason"].choices = choose(  # type: ignore[attr-defined]
            (reason.code, reason.name) for reason in reasons.order_by("name")
        )
        self.fields["pending_change"].choices = choose(self.ways(), "Choose what happens to it")  # type: ignore[attr-defined]
        if not self.ways():
            del self.fields["pending_change"]
        if not (self.about.subordinates and self.affected):
            del self.fields["subordinates"]
        if self.user is not None and not self.user.has_perm(self.plan_permission()):
            del self.fields["pending"]
            words = who_can(self.plan_permission(), "plan it for the future")
            self.fields["valid_from"].help_text = f"If empty, it applies now; a date in the past is allowed. {words}"

    def ways(self) -> list[tuple[str, str]]:
        """Return what may become of an open plan, so far as it is possible and the agent may; nothing without one."""
        entity = self.about
        if not entity.has_plan:
            return []
        keeps = changes.can_keep_plan(entity, self.target())
        cancels = self.user is None or self.user.has_perm(self.cancel_permission())
        offered = {PendingChange.KEEP: keeps, PendingChange.CANCEL: cancels}
        return [(way.value, way.label) for way, is_offered in offered.items() if is_offered]

    def notes(self) -> list[str]:
        """Name the open plan, and who can decide on it where the agent can't."""
        if not self.about.has_plan:
            return []
        told = f"{plan_told(self.about, kind_of(StatePlan.subject))}."
        if self.user is None or self.user.has_perm(self.cancel_permission()):
            return [told]
        return [f"{told} {who_can(self.cancel_permission(), 'cancel it')}"]

    def cancel_permission(self) -> str:
        """Return the permission to cancel a planned change of this kind of entity."""
        meta = self.about._meta
        return f"{meta.app_label}.cancel_{meta.model_name}_state"

    def plan_permission(self) -> str:
        """Return the permission to plan a change of this kind of entity."""
        meta = self.about._meta
        return f"{meta.app_label}.plan_{meta.model_name}_state"

    def target(self) -> str:
        """Return the state that the verb leads to."""
        return self.state

    def arguments(self) -> Checked:
        """Return the new state."""
        new = NewState(
            state=self.target(),
            state_reason=self.cleaned_data["state_reason"],
            state_valid_from=self.cleaned_data["valid_from"],
            pending=self.cleaned_data.get("pending", False),
        )
        return {
            "state": new,
            "subordinate_updated": self.cleaned_data.get("subordinates", False),
            "pending_change": self.cleaned_data.get("pending_change") or PendingChange.REFUSE,
        }

    def preview(self) -> list[Row]:
        """Return state, reason and start, as they are and as they will be."""
        since = timezone.localtime(self.about.state_valid_from)
        reason = self.about.state_reason.name
        return [
            ("State", State(self.about.state).label, "", State(self.target()).label),
            ("Reason", reason, "state_reason", ""),
            ("Since", f"{since:%d %b %Y %H:%M}", "valid_from", ""),
        ]

    @cached_property
    def affected(self) -> dict[type[Entity], dict[str, int]]:
        """What the change touches below and what it leaves alone, by level and state."""
        entity = self.about
        imposed = cascade.Imposed(entity, entity.state, self.target(), entity.state_reason, entity.state_valid_from)
        return cascade.affected(imposed)

    def counted(self) -> Drawn | None:
        """Count, by level, what the change would touch and what it would leave alone."""
        # What is deactivated with it whether one wants it or not, such as child subscriptions, is counted too.
        always = self.target() == State.DEACTIVATED
        if not (("subordinates" in self.fields or always) and self.affected):
            return None
        target = self.target()
        staying = [state for state in State.values if any(counts.get(state) for counts in self.affected.values())]
        same = self.about.state == target
        columns = [
            "will change" if same else f"will be {self.becoming or State(target).label.lower()}",
            *(_stays(state, target) for state in staying),
        ]
        rows = [
            {
                "name": str(model._meta.verbose_name_plural).capitalize(),
                "numbers": [counts["touched"], *(counts.get(state, 0) for state in staying)],
            }
            for model, counts in self.affected.items()
        ]
        return {
            "columns": columns,
            "rows": rows,
            "reached": sum(counts["touched"] for counts in self.affected.values()),
            "stays": self.stays,
        }


def _stays(state: str, target: str) -> str:
    words = State(state).label.lower()
    return f"already {words}, unchanged" if state == target else f"{words}, untouched"


class ActivateForm(StateForm):
    """Activate."""

    state = State.ACTIVE
    becoming = "activated"


class ResumeForm(ActivateForm):
    """Resume."""

    becoming = "resumed"
    stays = "Only what was suspended from here is resumed; what was suspended separately stays suspended."


class SuspendForm(StateForm):
    """Suspend."""

    state = State.SUSPENDED
    stays = "Planned changes below stay planned. Resuming later resumes exactly what is suspended now."


class DeactivateForm(StateForm):
    """Deactivate."""

    state = State.DEACTIVATED
    stays = "Planned changes below are dropped; numbers and SIM cards can be reused."


class ChangeReasonForm(StateForm):
    """Stay in the state, for another reason."""

    def target(self) -> str:
        """Return the state it is in."""
        return self.about.state


class ConfirmForm(VerbForm[Entity]):
    """Make a pending plan certain, at its date or another."""

    parameters = {"stateValidFrom": "valid_from"}
    when_empty = "as planned"

    valid_from = MomentField(label="Another date", required=False, help_text="Leave empty to keep the planned date.")

    def arguments(self) -> Checked:
        """Return the planned state, which must still be the one that the agent saw, and the date."""
        return {"state": self.about.plan_state, "state_valid_from": self.cleaned_data["valid_from"]}

    def preview(self) -> list[Row]:
        """Return the planned date and what becomes of it."""
        planned = self.about.plan_valid_from
        words = f"{timezone.localtime(planned):%d %b %Y %H:%M}" if planned else "–"
        return (
            [(f"{State(self.about.plan_state).label} from", words, "valid_from", "")] if self.about.plan_state else []
        )


class CancelForm(VerbForm[Entity]):
    """Drop a plan."""

    def arguments(self) -> Checked:
        """Return the planned state, which must still be the one that the agent saw."""
        return {"state": self.about.plan_state}
