"""The form for a caller who lost the SIM card: suspend, new card, resume, in one go."""

from collections.abc import Iterator
from datetime import datetime

from django import forms

from ocsportal.backoffice.forms import MomentField
from ocsportal.backoffice.macros import OPEN, MacroForm, Step, ToldStep
from ocsportal.backoffice.open_plans import AsksAboutPlan
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.value_field import ValueField
from ocsportal.backoffice.words import choose, who_can
from ocsportal.entities.life import cascade
from ocsportal.entities.models import StateReason
from ocsportal.entities.states import NewState, State
from ocsportal.transactions.change import present
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Operation
from ocsportal.values.kinds import resource_kind
from subscribers import kinds, operations
from subscribers.forms.values import why_not_free
from subscribers.models import ResourceType, Subscriber

SUSPENDS, RESUMES = "lostSim", "dfltActive"
NOW, LATER, NOT_YET = "NOW", "LATER", "NOT_YET"
PLAN = "subscribers.plan_subscriber_state"


class SimLostForm(MacroForm, AsksAboutPlan):
    """Why it is suspended, the new card, perhaps a new IMSI, and when it goes on."""

    pairs = ("state_reason", "iccid", "imsi", "resume", "resume_at")
    denied_at = {"plan_": "resume_at"}

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
        if self._is_suspended():
            del self.fields["state_reason"]
        self.fields["iccid"].widget.attrs["autofocus"] = True
        self.ask_about_plan()

    @property
    def subscriber(self) -> Subscriber:
        """Whose card it is."""
        return self.about

    def clean(self) -> Checked:
        """Demand a date for later and none else; refuse a value in quarantine, which a swap of its own may override."""
        data = super().clean()
        later, at = data.get("resume") == LATER, data.get("resume_at")
        if later and at is None and "resume_at" not in self.errors:
            self.add_error("resume_at", forms.ValidationError("Say when to resume it.", code=OPEN))
        if at is not None and not later and data.get("resume"):
            self.add_error("resume_at", "Leave this empty, or choose to resume it later.")
        if later and at is not None and at <= present():
            self.add_error("resume_at", "Must lie in the future.")
        for name, kind in (("iccid", "ICCID"), ("imsi", "IMSI")):
            value, found = data.get(name), self.types.get(kind)
            if value and found and (why := why_not_free(found, value, self.subscriber.pk)):
                self.add_error(name, why)
        return data

    def states(self) -> list[str]:
        """Return the state that it leads to in any case; what else a plan is in the way of, the operation says."""
        return [State.ACTIVE if self._is_suspended() else State.SUSPENDED]

    def _is_suspended(self) -> bool:
        return bool(self.subscriber.state == State.SUSPENDED)

    def steps(self) -> list[Step]:
        """Return the steps: suspend unless it is suspended already, swap what is new, resume when that was said."""
        data, found = self.cleaned_data, []
        if not self._is_suspended():
            found.append(self._state("state_reason", State.SUSPENDED, data["state_reason"]))
        found.append(self._swap("iccid", "ICCID"))
        if data.get("imsi"):
            found.append(self._swap("imsi", "IMSI"))
        if data["resume"] != NOT_YET:
            found.append(self._state("resume", State.ACTIVE, RESUMES, data.get("resume_at")))
        return found

    def _state(self, field: str, state: State, reason: str, at: datetime | None = None) -> Step:
        new = NewState(state=state, state_reason=reason, state_valid_from=at)
        given = {"state": new, "subordinate_updated": True, "pending_change": self.way()}
        return Step(field, operations.update_subscriber_state, given)

    def _swap(self, field: str, kind: str) -> Step:
        """Return the step that gives a value: instead of the one there is, or as the first of its type."""
        code, value = self.types[kind].code, self.cleaned_data[field]
        old = self.subscriber.live_resources.get(code)
        given: Checked = {"resource_type": code, "resource": value}
        operation: Operation = operations.create_subscriber_resource
        if old:
            operation, given = operations.swap_subscriber_resource, {**given, "swap_resource": old}
        return Step(field, operation, given)

    def told(self) -> Iterator[ToldStep]:
        """Tell the steps, all of them or none of them done."""
        subscriber, below = self.subscriber, self._below()
        stands, suspended = subscriber.get_state_display(), State.SUSPENDED.label
        if self._is_suspended():
            yield ToldStep("Stays suspended", new=str(subscriber.state_reason))
        else:
            yield ToldStep(f"Suspend{below}", stands, self._reason() or suspended, "now")
        yield ToldStep("Swap the SIM card", self._present("ICCID"), self._new("ICCID"), "now")
        if "imsi" in self.fields and self.known("imsi"):
            yield ToldStep("Swap the IMSI", self._present("IMSI"), self._new("IMSI"), "now")
        resume, at = self.known("resume"), self.known("resume_at")
        if resume == NOW:
            yield ToldStep(f"Resume{below}", suspended, State.ACTIVE.label, "right after")
        elif resume == LATER:
            yield ToldStep(f"Resume{below}", suspended, State.ACTIVE.label, moment(at) if at else "when you say")
        elif resume == NOT_YET:
            yield ToldStep("Stays suspended", new="until somebody resumes it")

    def stays(self) -> str:
        """Say what is left alone."""
        return "Stays: phone number, balances, and everything planned below. The old card can't be used any more."

    def button(self) -> str:
        """Return what it does with what is chosen so far."""
        swaps = "swap SIM and IMSI" if self.known("imsi") else "swap SIM"
        first = "" if self._is_suspended() else "suspend, "
        last = {NOW: ", resume", LATER: ", resume later"}.get(self.known("resume") or "", "")
        words = f"{first}{swaps}{last}"
        return words[:1].upper() + words[1:]

    def _reason(self) -> str:
        chosen = dict(self.fields["state_reason"].choices)  # type: ignore[attr-defined]
        reason = str(chosen.get(self.known("state_reason") or self.initial["state_reason"], ""))
        return f"{State.SUSPENDED.label}, {reason}" if reason else ""

    def _new(self, kind: str) -> str:
        value, found = self.known(kind.lower()), self.types.get(kind)
        return kinds.shown(found, value) if found and value else ""

    def _below(self) -> str:
        entity = self.subscriber
        change = cascade.Imposed(entity, entity.state, State.SUSPENDED, entity.state_reason, entity.state_valid_from)
        number = sum(counts["touched"] for counts in cascade.affected(change).values())
        return f", with {number} below" if number else ""

    def _present(self, kind: str) -> str:
        found = self.types.get(kind)
        value = self.subscriber.live_resources.get(found.code) if found else None
        return kinds.shown(found, value) if found and value else "none"
