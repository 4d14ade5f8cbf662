"""The forms of verbs that decide on a planned change of state: confirm, move, cancel, and what to do with a refused one."""

from django import forms
from django.utils import timezone

from ocsportal.backoffice.forms import MomentField
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.verbs import Row, VerbForm
from ocsportal.backoffice.words import refused_because
from ocsportal.entities.models import Entity
from ocsportal.entities.states import NewState, State
from ocsportal.transactions.given import Checked


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


class MoveForm(ConfirmForm):
    """Give a plan another date; a pending one is certain by that."""

    when_empty = "–"

    valid_from = MomentField(label="To", help_text="It then takes effect on that date by itself.")


class CancelForm(VerbForm[Entity]):
    """Drop a plan."""

    def arguments(self) -> Checked:
        """Return the planned state, which must still be the one that the agent saw."""
        return {"state": self.about.plan_state}


class RefusedForm(VerbForm[Entity]):
    """Do again what was refused when it was due: the same state for the same reason, now or later."""

    parameters = {
        "state": "valid_from",
        "state.state": "",
        "state.stateValidFrom": "valid_from",
        "subordinateUpdated": "subordinates",
    }

    valid_from = MomentField(label="From", required=False)
    subordinates = forms.BooleanField(label="Include everything below", required=False)

    def prepare(self) -> None:
        """Ask about what is below where there may be something, and for a date where it takes one."""
        self.initial["subordinates"] = self.about.plan_subordinates
        if not self.about.subordinates:
            del self.fields["subordinates"]

    def notes(self) -> list[str]:
        """Say why it was refused, and the way out."""
        return [refused_because(self.about)]

    def arguments(self) -> Checked:
        """Return the change that was planned."""
        reason = self.about.plan_reason
        new = NewState(
            state=self.about.plan_state,
            state_reason=reason.code if reason else None,
            state_valid_from=self.cleaned_data.get("valid_from"),
        )
        return {"state": new, "subordinate_updated": self.cleaned_data.get("subordinates", False)}

    def preview(self) -> list[Row]:
        """Return the state as it is and as it will be."""
        if not self.about.plan_state:
            return []
        return [
            ("State", State(self.about.state).label, "", State(self.about.plan_state).label),
            ("Since", moment(self.about.state_valid_from), "valid_from", "" if "valid_from" in self.fields else "now"),
        ]


class TryAgainForm(RefusedForm):
    """Do it now."""

    def prepare(self) -> None:
        """Ask for no date: it is now."""
        super().prepare()
        del self.fields["valid_from"]


class PlanAnewForm(RefusedForm):
    """Plan it for another date."""

    when_empty = "–"

    def prepare(self) -> None:
        """Ask for the date."""
        super().prepare()
        self.fields["valid_from"].required = True

    def clean(self) -> Checked:
        """Refuse a date that has passed: that is for trying again."""
        data = super().clean()
        at = data.get("valid_from")
        if at is not None and at <= timezone.now():
            self.add_error("valid_from", "Must be in the future. Try again does it now.")
        return data


class DismissForm(VerbForm[Entity]):
    """Take a refused plan as noted."""

    def arguments(self) -> Checked:
        """Return nothing: the entity says it all."""
        return {}

    def notes(self) -> list[str]:
        """Say why it was refused, and the way out."""
        return [refused_because(self.about)]
