"""The forms of verbs that change states, and decide on planned changes; they count what is reached below."""

from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.forms import MomentField
from ocsportal.backoffice.lately_given import Given, last_first
from ocsportal.backoffice.open_plans import AsksAboutPlan
from ocsportal.backoffice.verbs import Row, VerbForm
from ocsportal.backoffice.words import choose, who_can
from ocsportal.entities.life import cascade
from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.states import NewState, State
from ocsportal.transactions.given import Checked

# Beyond how many below a deactivation takes their number typed in.
MOST_UNTYPED = 20


def reach_of(entity: Entity, target: str) -> dict[type[Entity], dict[str, int]]:
    """Return what a change to a state touches below an entity and what it leaves alone, by level and state."""
    return cascade.affected(cascade.Imposed(entity, entity.state, target, entity.state_reason, entity.state_valid_from))


class TypedNumber(VerbForm):
    """A form that takes the number of what is deactivated below typed in, where that is more than a few."""

    typed_number = forms.CharField(
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def ask_for_number(self, reached: int) -> None:
        """Ask for the number, with what it is; ask nothing where few are reached."""
        self.reached = reached
        if reached <= MOST_UNTYPED:
            del self.fields["typed_number"]
            return
        field = self.fields["typed_number"]
        field.label = f"To deactivate {reached} below as well, type {reached}"
        field.help_text = "So that nobody deactivates many by accident."

    def check_number(self, data: Checked) -> None:
        """Refuse another number than that of what is reached."""
        typed = str(data.get("typed_number") or "").replace(",", "").replace(" ", "")
        if "typed_number" in self.fields and typed != str(self.reached) and not self.only_looks:
            self.add_error("typed_number", f"{self.reached} are deactivated with it. Type this number to go on.")


class StateForm(AsksAboutPlan):
    """Change the state: to what the verb says, for which reason, from when, and how far down."""

    state: ClassVar[str]
    # What becomes of those below, in a word, where the state's own would be no help.
    becoming: ClassVar[str] = ""
    # What is worth knowing of what the change leaves alone below.
    stays: ClassVar[str] = ""
    parameters = {
        "state.stateReason": "state_reason",
        "state.stateValidFrom": "valid_from",
        "state.stateValidTo": "valid_to",
        "subordinateUpdated": "subordinates",
        "pendingChange": "pending_change",
        "state": "pending_change",
    }
    denied_at = {"plan_": "valid_from", "cancel_": "pending_change"}
    pairs: ClassVar[tuple[str, ...]] = ("state_reason", "valid_from")
    when_empty = "now"

    state_reason = forms.ChoiceField(label="State reason")
    valid_from = MomentField(
        label="From",
        required=False,
        help_text="If empty, it applies now. A date in the future makes it a planned change.",
    )
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
        self.ask_about_plan()
        if not (self.about.subordinates and self.affected):
            del self.fields["subordinates"]
        if self.user is not None and not self.user.has_perm(self.plan_permission()):
            del self.fields["pending"]
            words = who_can(self.plan_permission(), "plan it for the future")
            self.fields["valid_from"].help_text = f"If empty, it applies now; a date in the past is allowed. {words}"

    def suggest_lately(self, rows: Given) -> None:
        """Put the state reason first that the agent chose last for this state."""
        super().suggest_lately(rows)
        field: Any = self.fields["state_reason"]
        field.choices = last_first(field.choices, rows, self.target())

    def states(self) -> list[str]:
        """Return the state that the verb leads to."""
        return [self.target()]

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
            state_valid_to=self.cleaned_data.get("valid_to"),
        )
        return {
            "state": new,
            "subordinate_updated": self.cleaned_data.get("subordinates", False),
            "pending_change": self.way(),
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
        assert self.entity is not None
        return reach_of(self.entity, self.target())

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
    """Suspend, or hold: with an end, at which it is resumed."""

    state = State.SUSPENDED
    pairs = (*StateForm.pairs, "valid_to")

    valid_to = MomentField(
        label="Until",
        required=False,
        help_text="If empty, until somebody resumes it. With a date it is a hold: it is resumed then, by itself.",
    )

    def prepare(self) -> None:
        """Put the end beside the start, for who may plan."""
        super().prepare()
        if self.user is not None and not self.user.has_perm(self.plan_permission()):
            del self.fields["valid_to"]
        self.order_fields(["pending_change", "state_reason", "valid_from", "valid_to"])

    stays = "Planned changes below stay planned. Resuming later resumes exactly what is suspended now."


class DeactivateForm(TypedNumber, StateForm):
    """Deactivate."""

    state = State.DEACTIVATED
    stays = "Planned changes below are dropped; numbers and SIM cards can be reused."

    def prepare(self) -> None:
        """Ask for the number of what is deactivated below, where that is more than a few."""
        super().prepare()
        self.ask_for_number(sum(counts["touched"] for counts in self.affected.values()))

    def clean(self) -> Checked:
        """Refuse another number, where what is below is to be deactivated too."""
        data = super().clean()
        if data.get("subordinates", True):
            self.check_number(data)
        return data


class ChangeReasonForm(StateForm):
    """Stay in the state, for another reason."""

    def target(self) -> str:
        """Return the state it is in."""
        return self.about.state
