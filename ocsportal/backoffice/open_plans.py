"""What a form asks where a change is planned already: never does a plan block without a word (docs/portal.md, verbs)."""

from typing import Any

from django import forms

from ocsportal.backoffice.templatetags.portal import plan_told
from ocsportal.backoffice.verbs import VerbForm
from ocsportal.backoffice.words import choose, who_can
from ocsportal.entities.life import changes
from ocsportal.entities.life.plans import kind_of
from ocsportal.entities.life.state_plans import StatePlan
from ocsportal.entities.states import PendingChange

WAYS = {PendingChange.KEEP: "Do this and keep the plan", PendingChange.CANCEL: "Cancel the plan and do this"}


class AsksAboutPlan(VerbForm):
    """A form that changes a state: it says what is planned, and asks what is to become of that."""

    pending_change = forms.ChoiceField(label="The planned change")

    def ask_about_plan(self) -> None:
        """Offer what may become of an open plan, before anything else; ask nothing where there is none or no choice."""
        ways = self.ways()
        self.fields["pending_change"].choices = choose(ways, "Choose what happens to it")  # type: ignore[attr-defined]
        if not ways:
            del self.fields["pending_change"]
        else:
            self.order_fields(["pending_change"])

    def states(self) -> list[str]:
        """Return the states that the form leads through, in order."""
        raise NotImplementedError

    def takes_its_place(self) -> bool:
        """Whether the form plans something itself, so that there is no room for the plan that stands."""
        return False

    def ways(self) -> list[tuple[str, str]]:
        """Return what may become of an open plan, so far as it is possible and the agent may; nothing without one."""
        entity = self.entity
        assert entity is not None
        if not entity.has_plan:
            return []
        keeps = not self.takes_its_place() and all(changes.can_keep_plan(entity, state) for state in self.states())
        cancels = self.user is None or self.user.has_perm(self.cancel_permission())
        offered = {PendingChange.KEEP: keeps, PendingChange.CANCEL: cancels}
        return [(way.value, WAYS[way]) for way, is_offered in offered.items() if is_offered]

    def way(self) -> str:
        """Return what was chosen; that is to refuse where nothing was asked."""
        return self.cleaned_data.get("pending_change") or PendingChange.REFUSE

    def notes(self) -> list[str]:
        """Name the open plan, and who can decide on it where the agent can't."""
        assert self.entity is not None
        if not self.entity.has_plan:
            return []
        told = f"{plan_told(self.entity, kind_of(StatePlan.subject))}."
        if self.user is None or self.user.has_perm(self.cancel_permission()):
            return [told]
        return [f"{told} {who_can(self.cancel_permission(), 'cancel it')}"]

    def cancel_permission(self) -> str:
        """Return the permission to cancel a planned change of this kind of entity."""
        return self._permission("cancel")

    def plan_permission(self) -> str:
        """Return the permission to plan a change of this kind of entity."""
        return self._permission("plan")

    def _permission(self, deed: str) -> str:
        meta: Any = self.entity._meta  # type: ignore[union-attr]
        return f"{meta.app_label}.{deed}_{meta.model_name}_state"
