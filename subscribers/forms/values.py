"""What the forms of resources share: how a value is typed, and a value in quarantine that is given out all the same."""

import json
from typing import Any

from django import forms

from ocsportal.backoffice.reading import portal_reading
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.understanding import sentence
from ocsportal.backoffice.verbs import VerbForm
from ocsportal.transactions.change import present
from ocsportal.transactions.given import Checked
from ocsportal.values.kinds import resource_kind
from ocsportal.values.reading import Refusal
from subscribers import kinds
from subscribers.models import ResourceType, SubscriberResource
from subscribers.operations.quarantine import PERMISSION, rests_until

BOX = "override_quarantine"
HINT = "As written or spoken; give a phone number with its country code unless it is one of this country."


def value_field(label: str, **options: Any) -> forms.CharField:
    """Return the field for the value of a resource."""
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "text"})
    # How long a value may be, its kind says once it is understood.
    return forms.CharField(label=label, strip=False, widget=widget, **options)


def why_not_free(kind: ResourceType, value: str, subscriber: int | None) -> str:
    """Return why a value can't be given to a subscriber, in words: another one has it, or it rests; empty if it can."""
    live = SubscriberResource.objects.filter(resource_type=kind, value=value, valid_to=None)
    held = live.exclude(subscriber_id=subscriber or 0).select_related("subscriber").first()
    if held is not None:
        return f"{held.subscriber} has it since {moment(held.valid_from)}."
    until = rests_until(kind, value, subscriber, present())
    return f"In quarantine until {moment(until)}. Take another one." if until else ""


class ValueForm(VerbForm):
    """A form that gives out a value: it understands what is typed, and asks before it gives out one in quarantine.

    The operation lets those pass who may override and give a reason, which every form of the portal demands anyway; so
    that nobody overrides without knowing it, they tick a box that is there only when it is needed.
    """

    # The fields that hold the type and the value.
    type_name, value_name = "resource_type", "resource"
    # The field that is chosen from instead of a type, if there is one.
    chosen_by = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # So that the page can say what it understands, whichever type is chosen.
        told = {"data-kinds": json.dumps(self.kinds()), "data-kind-by": self.chosen_by or self.type_name}
        self.fields[self.value_name].widget.attrs |= told

    def kinds(self) -> dict[str, str]:
        """Return the kinds of values by what is chosen, such as the codes of types."""
        raise NotImplementedError

    def type_code(self) -> str:
        """Return the code of the type that was chosen, empty while none is."""
        return str(self.cleaned_data.get(self.type_name) or "")

    def clean(self) -> Checked:
        """Understand the value; refuse what the type's kind refuses, and what rests until the box is ticked."""
        data = super().clean()
        typed = data.get(self.value_name)
        kind = ResourceType.objects.filter(code=self.type_code()).first() if typed else None
        if typed and kind:
            try:
                data[self.value_name] = kinds.canonical(kind, typed, portal_reading())
            except Refusal as refusal:
                self.add_error(self.value_name, refusal.message)
            else:
                understood: Any = self.fields[self.value_name]
                understood.understood = sentence(resource_kind(kind.kind), typed)
                understood.notice = resource_kind(kind.kind).notice(typed, data[self.value_name])
                self._ask(kind, data[self.value_name])
        return data

    def _ask(self, kind: ResourceType, value: str) -> None:
        """Show the box to who may tick it; to everybody else the operation says itself that the value rests."""
        if not kind.quarantine_days or not self.agent.has_perm(PERMISSION):
            return
        until = rests_until(kind, value, self.entity.pk if self.entity else None, present())
        if until is None:
            return
        self.fields[BOX] = forms.BooleanField(
            label=f"Give it out before {moment(until)}",
            required=False,
            help_text="Another subscriber had it until recently.",
        )
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])
        if not self.data.get(BOX):
            self.add_error(self.value_name, f"In quarantine until {moment(until)}. Take another one, or tick the box.")
