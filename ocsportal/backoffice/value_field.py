"""The form field of a value of a kind."""

from typing import Unpack

from django import forms

from ocsportal.backoffice.options import WidgetOptions
from ocsportal.backoffice.reading import portal_reading
from ocsportal.backoffice.understanding import TOLD, sentence
from ocsportal.values.reading import Kind, Refusal


class ValueField(forms.CharField):
    """A value of a kind, typed as people write it and cleaned to its canonical form (docs/values.md).

    Nothing is cut in the browser: how long a value may be is known only once it is understood.
    """

    def __init__(self, kind: Kind, **options: Unpack[WidgetOptions]) -> None:
        self.kind = kind
        # What should be said of the value once it is stored, such as what was left out of it.
        self.notice = ""
        self.understood = ""
        super().__init__(strip=False, **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, object]:
        """Name the kind, so that the page can say what it understands."""
        told = {"data-kind": self.kind.name} if self.kind.name in TOLD else {}
        return {**super().widget_attrs(widget), **told}

    def to_python(self, value: object) -> str:
        """Return the canonical form; refuse, in the kind's own words, what is not understood."""
        typed = super().to_python(value)
        if not typed or typed.isspace():
            return ""
        try:
            found = self.kind.canonical(typed, portal_reading())
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        self.notice, self.understood = self.kind.notice(typed, found), sentence(self.kind, typed)
        return found
