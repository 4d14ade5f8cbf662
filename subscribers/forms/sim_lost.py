"""The form for a caller who lost the SIM card: suspend, new card, resume, in one go."""

from datetime import datetime

from django import forms

from ocsportal.backoffice.forms import MomentField
from ocsportal.backoffice.macros import MacroForm, Step
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.value_field import ValueField
from ocsportal.backoffice.verbs import Row
from ocsportal.backoffice.words import choose, who_can
from ocsportal.entities.life import cascade
from ocsportal.entities.models import StateReason
from ocsportal.entities.states import NewState, State
from ocsportal.transactions.change import present
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Operation
from ocsportal.values.kinds import resource_kind
from subscribers import kinds, operations
from subscribers.models import ResourceType, Subscriber
from subscribers.operations.quarantine import rests_until

SUSPENDS, RESUMES = "lostSim", "dfltActive"
NOW, LATER, NOT_YET = "NOW", "LATER", "NOT_YET"
PLAN = "subscribers.plan_subscriber_state"


class SimLostForm(MacroForm[Subscriber]):
    """Why it is suspended, the new card, perhaps a new IMSI, and when it goes on."""

    pairs = ("state_reason", "iccid", "imsi", "resume", "resume_at")
    denied_at = {"plan_": "resume_at"}
    when_empty = "–"

    state_reason = forms.ChoiceField(label="State reason")
    iccid = ValueField(resource_kind("ICCID"), label="New SIM card (ICCID)")
    imsi = ValueField(resource_kind("IMSI"), label="New IMSI", required=False)
    resume = forms.ChoiceField(label="Resume")
    resume_at = MomentField(label="Resume on", required=False, help_text="Only where it is resumed later.")

    def prepare(self) -> None:
        """Offer reasons and when to resume; what there is no type or no permission for is left out."""
        reasons = StateReason.objects.filter(state=State.SUSPENDED).order_by("name")
        self.fields["state_reason"].choices = choose((one.code, one.name) for one in reasons)  # type: ignore[attr-defined]
        self.initial["state_reason"] = SUSPENDS
        self.types = {
            kind.kind: kind for kind in ResourceType.objects.filter(kind__in=("ICCID", "IMSI")).order_by("-pk")
        }
        if "IMSI" not in self.types:
            del self.fields["imsi"]
        ways = [(NOW, "Now, after the swap"), (LATER, "Later, on a date"), (NOT_YET, "Not yet: it stays suspended")]
        if self.user is not None and not self.user.has_perm(PLAN):
            ways.remove(ways[1])
            del self.fields["resume_at"]
            self.fields["resume"].help_text = who_can(PLAN, "plan it for a date")
        self.fields["resume"].choices = choose(ways)  # type: ignore[attr-defined]
        self.fields["iccid"].widget.attrs["autofocus"] = True

    @property
    def subscriber(self) -> Subscriber:
        """Whose card it is."""
        return self.about

    def clean(self) -> Checked:
        """Demand a date for later and none else; refuse a value in quarantine, which a swap of its own may override."""
        data = super().clean()
        later, at = data.get("resume") == LATER, data.get("resume_at")
        if later and at is None and "resume_at" not in self.errors:
            self.add_error("resume_at", "Say when to resume it.")
        if at is not None and not later and data.get("resume"):
            self.add_error("resume_at", "Leave this empty, or choose to resume it later.")
        if later and at is not None and at <= present():
            self.add_error("resume_at", "Must lie in the future.")
        for name, kind in (("iccid", "ICCID"), ("imsi", "IMSI")):
            value, found = data.get(name), self.types.get(kind)
            until = rests_until(found, value, self.subscriber.pk, present()) if value and found else None
            if until is not None:
                self.add_error(name, f"In quarantine until {moment(until)}. Take another one.")
        return data

    def steps(self) -> list[Step]:
        """Return the steps: suspend unless it is suspended already, swap what is new, resume when that was said."""
        data, found = self.cleaned_data, []
        if self.subscriber.state != State.SUSPENDED:
            found.append(self._state("state_reason", State.SUSPENDED, data["state_reason"]))
        found.append(self._swap("iccid", "ICCID"))
        if data.get("imsi"):
            found.append(self._swap("imsi", "IMSI"))
        if data["resume"] != NOT_YET:
            found.append(self._state("resume", State.ACTIVE, RESUMES, data.get("resume_at")))
        return found

    def _state(self, field: str, state: State, reason: str, at: datetime | None = None) -> Step:
        new = NewState(state=state, state_reason=reason, state_valid_from=at)
        return Step(field, operations.update_subscriber_state, {"state": new, "subordinate_updated": True})

    def _swap(self, field: str, kind: str) -> Step:
        """Return the step that gives a value: instead of the one there is, or as the first of its type."""
        code, value = self.types[kind].code, self.cleaned_data[field]
        old = self.subscriber.live_resources.get(code)
        given: Checked = {"resource_type": code, "resource": value}
        operation: Operation = operations.create_subscriber_resource
        if old:
            operation, given = operations.swap_subscriber_resource, {**given, "swap_resource": old}
        return Step(field, operation, given)

    def preview(self) -> list[Row]:
        """Return the steps in words, all of them or none of them done."""
        below = self._below()
        rows: list[Row] = []
        if self.subscriber.state == State.SUSPENDED:
            rows.append(("Stays suspended", self.subscriber.get_state_display(), "", self.subscriber.state_reason.name))
        else:
            rows.append((f"Suspend{below}", self.subscriber.get_state_display(), "state_reason", ""))
        rows.append(("Swap the SIM card", self._present("ICCID"), "iccid", ""))
        if "imsi" in self.fields:
            rows.append(("Swap the IMSI", self._present("IMSI"), "imsi", ""))
        rows.append((f"Resume{below}", "Suspended", "resume", ""))
        return rows

    def _below(self) -> str:
        entity = self.subscriber
        change = cascade.Imposed(entity, entity.state, State.SUSPENDED, entity.state_reason, entity.state_valid_from)
        number = sum(counts["touched"] for counts in cascade.affected(change).values())
        return f", with {number} below" if number else ""

    def _present(self, kind: str) -> str:
        found = self.types.get(kind)
        value = self.subscriber.live_resources.get(found.code) if found else None
        return kinds.shown(found, value) if found and value else "none"
