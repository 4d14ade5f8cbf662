"""The portal's side of declared fields (ocsportal/transactions/fields.py): their forms and their verbs."""

from ocsportal.backoffice.value_field import ValueField
from ocsportal.backoffice.verbs import Row, Verb, VerbForm
from ocsportal.entities.models import Entity
from ocsportal.transactions.fields import Field
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Operation


class DeclaredForm(VerbForm[Entity]):
    """Another value of one field, beside the one that stands."""

    field: Field

    def prepare(self) -> None:
        """Ask for the value, from the present one on if the field says so."""
        name = self.field.argument
        self.fields[name] = ValueField(self.field.kind, label=f"New {self.field.noun}", help_text=self.field.hint)
        if self.field.starts:
            self.initial[name] = getattr(self.about, name)

    def arguments(self) -> Checked:
        """Return the value."""
        return {self.field.argument: self.cleaned_data[self.field.argument]}

    def preview(self) -> list[Row]:
        """Return the old value and the new one."""
        name = self.field.argument
        return [(self.field.title, getattr(self.about, name) or "–", name, "")]


def form_of(field: Field) -> type[DeclaredForm]:
    """Return the form of a field."""
    members = {"field": field, "parameters": {field.name: field.argument}, "__doc__": f"Another {field.noun}."}
    return type(f"{field.in_names}Form", (DeclaredForm,), members)


def verb_of(operation: Operation, argument: str, *, slug: str = "", done: str = "") -> Verb:
    """Return the verb of an operation that sets one declared field of what `argument` names."""
    field = operation.fields[0]
    return Verb(
        slug=slug or field.in_addresses,
        label=f"Change {field.noun}",
        operation=operation,
        form=form_of(field),
        argument=argument,
        done=done or f"The {field.noun} was changed.",
    )
