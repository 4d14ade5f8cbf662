"""What the forms of resources share: how a value is typed, and a value in quarantine that is given out all the same."""

from typing import Any

from django import forms

from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.verbs import VerbForm
from ocsportal.transactions.change import present
from subscribers import numbers
from subscribers.models import LONGEST_VALUE, ResourceType
from subscribers.operations.quarantine import PERMISSION, rests_until

BOX = "override_quarantine"
HINT = "As it is written or read out; spaces, dashes, a plus sign or 00 in front are taken out."


def value_field(label: str, **options: Any) -> forms.CharField:
    """Return the field for the value of a resource."""
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "text"})
    # Grouping needs room of its own.
    return forms.CharField(label=label, max_length=2 * LONGEST_VALUE, widget=widget, **options)


def meant(code: str, typed: str) -> str:
    """Return the value that was meant by what was typed, for a resource type."""
    kind = ResourceType.objects.filter(code=code).first()
    return numbers.understood(kind.pattern if kind else "", typed)


class ValueForm(VerbForm):
    """A form that gives out a value: it takes the grouping out, and asks before it gives out one in quarantine.

    The operation lets those pass who may override and give a reason, which every form of the portal demands anyway; so
    that nobody overrides without knowing it, they tick a box that is there only when it is needed.
    """

    # The fields that hold the type and the value.
    type_name, value_name = "resource_type", "resource"

    def type_code(self) -> str:
        """Return the code of the type that was chosen, empty while none is."""
        return str(self.cleaned_data.get(self.type_name) or "")

    def clean(self) -> dict[str, Any]:
        """Take the grouping out of the value; refuse one that rests until the box is ticked."""
        data = super().clean()
        if value := data.get(self.value_name):
            data[self.value_name] = meant(self.type_code(), value)
            self._ask(data[self.value_name])
        return data

    def _ask(self, value: str) -> None:
        """Show the box to who may tick it; to everybody else the operation says itself that the value rests."""
        kind = ResourceType.objects.filter(code=self.type_code()).first()
        if kind is None or not kind.quarantine_days or not self.user.has_perm(PERMISSION):
            return
        until = rests_until(kind, value, self.entity.pk if self.entity else None, present())
        if until is None:
            return
        self.fields[BOX] = forms.BooleanField(
            label=f"Give it out before {moment(until)}",
            required=False,
            help_text="Another subscriber had it until a short while ago.",
        )
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])
        if not self.data.get(BOX):
            self.add_error(self.value_name, f"In quarantine until {moment(until)}. Take another one, or tick the box.")
