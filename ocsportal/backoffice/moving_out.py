"""Move out: an entity and everything below it deactivated at a date, planned with one form (docs/portal.md)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms

from ocsportal.backoffice.forms import MomentField
from ocsportal.backoffice.lately_given import Given, last_first
from ocsportal.backoffice.macros import Macro, MacroForm, Step, ToldStep
from ocsportal.backoffice.open_plans import AsksAboutPlan
from ocsportal.backoffice.state_forms import TypedNumber, reach_of
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.verbs import Verb
from ocsportal.backoffice.words import choose
from ocsportal.entities.models import StateReason
from ocsportal.entities.shared import Level
from ocsportal.entities.states import NewState, State, may_follow
from ocsportal.transactions.change import present
from ocsportal.transactions.errors import Fault
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Operation

# Some date in the future: what the permission to plan is asked with.
SOME_DAY = NewState(state=State.DEACTIVATED, state_valid_from=datetime(9000, 1, 1, tzinfo=UTC))
PARAMETERS = {"state.stateReason": "state_reason", "state.stateValidFrom": "valid_from"}


class MoveOutForm(MacroForm, TypedNumber, AsksAboutPlan):
    """Why, at which date, and the number of what goes with it."""

    update: ClassVar[Operation]
    pairs = ("state_reason", "valid_from")
    denied_at = {"cancel_": "pending_change", "plan_": "valid_from"}

    state_reason = forms.ChoiceField(label="State reason")
    valid_from = MomentField(
        label="Moves out on", help_text="Until then everything goes on; the plan can be cancelled."
    )

    def prepare(self) -> None:
        """Offer the reasons of deactivated; ask about a plan that stands, and for the number of what goes with it."""
        assert self.entity is not None
        reasons = StateReason.objects.filter(state=State.DEACTIVATED).order_by("name")
        self.fields["state_reason"].choices = choose((one.code, one.name) for one in reasons)  # type: ignore[attr-defined]
        self.reach = reach_of(self.entity, State.DEACTIVATED)
        self.ask_for_number(sum(counts["touched"] for counts in self.reach.values()))
        self.ask_about_plan()

    def suggest_lately(self, rows: Given) -> None:
        """Put the state reason first that the agent chose last."""
        super().suggest_lately(rows)
        field: Any = self.fields["state_reason"]
        field.choices = last_first(field.choices, rows, State.DEACTIVATED)

    def states(self) -> list[str]:
        """Return the state that it leads to."""
        return [State.DEACTIVATED]

    def takes_its_place(self) -> bool:
        """Whether it is planned itself: it always is."""
        return True

    def clean(self) -> Checked:
        """Demand a date in the future, and the number."""
        data = super().clean()
        at = data.get("valid_from")
        if at is not None and at <= present():
            self.add_error("valid_from", "Must lie in the future. To do it now, deactivate.")
        self.check_number(data)
        return data

    def steps(self) -> list[Step]:
        """Return the one step: the deactivation with all below, as a plan."""
        data = self.cleaned_data
        new = NewState(state=State.DEACTIVATED, state_reason=data["state_reason"], state_valid_from=data["valid_from"])
        given = {"state": new, "subordinate_updated": True, "pending_change": self.way()}
        return [Step("state_reason", self.update, given)]

    def told(self) -> Iterator[ToldStep]:
        """Tell what is deactivated then, level by level, and what becomes of the plan that stands."""
        entity, at = self.entity, self.known("valid_from")
        assert entity is not None
        when = moment(at) if at else "when you say"
        if entity.has_plan:
            yield ToldStep(
                "Cancel the planned change", new="" if self.known("pending_change") else "if you choose so", when="now"
            )
        yield ToldStep(f"Deactivate {entity}", entity.get_state_display(), State.DEACTIVATED.label, when)
        for model, counts in self.reach.items():
            if number := counts["touched"]:
                names = model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural
                yield ToldStep(f"Deactivate {number:,} {names} below", when=when)

    def stays(self) -> str:
        """Say what is left alone until then."""
        return (
            "Until then nothing changes. Planned changes below are dropped then; numbers and SIM cards can be reused."
        )

    def complain(self, fault: Fault) -> None:
        """Show a refusal at the field that it is about."""
        name = PARAMETERS.get(fault.parameter.partition(".body.")[2], "")
        if name:
            self.add_error(name, fault.message)
        else:
            super().complain(fault)


def move_out_verb(level: Level) -> Verb:
    """Return the verb that plans the end of an entity with everything below it."""
    members = {"update": level.state, "__doc__": f"Move {level.article} {level.kind} out."}
    return Verb(
        slug="move-out",
        label="Move out",
        heading="Move out: {entity}",
        operation=Macro((level.state,)),
        form=type(f"Move{level.kind.capitalize()}OutForm", (MoveOutForm,), members),
        argument=level.kind,
        done="{entity} was deactivated.",
        planned="{entity} moves out {when}, with everything below.",
        fits=lambda entity: may_follow(entity.state, State.DEACTIVATED),
        fields=lambda: {"state": SOME_DAY},
        dangerous=True,
        foresees=True,
        reaches_below=False,
        button="Plan to move {entity} out",
    )
