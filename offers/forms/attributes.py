"""Form fields for the attributes of offers, made from their declaration, so that no form knows an attribute by itself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.forms import BaseForm
from django.utils import timezone

from accounts.models import Currency
from ocsportal.backoffice.choosing import choices_of
from ocsportal.backoffice.forms import MomentField
from ocsportal.backoffice.options import FieldOptions
from ocsportal.entities.values import read_instant
from ocsportal.transactions.errors import Fault
from ocsportal.transactions.given import Checked
from offers.attributes import ATTRIBUTES, LONGEST_CODE, Attribute, AttributeKind
from offers.models import Service
from offers.values import MOST_WHOLE, read_values
from offers.words import label, spoken

FLAGS = [("", "Not specified"), ("yes", "Yes"), ("no", "No")]


def _range_words(entry: Attribute) -> str:
    bounds = [
        f"more than {entry.above}" if entry.above is not None else "",
        f"at least {entry.least}" if entry.least is not None else "",
        f"at most {entry.most}" if entry.most is not None else "",
    ]
    words = ", ".join(bound for bound in bounds if bound)
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def attribute_field(entry: Attribute, money: str = "") -> forms.Field:
    """Return the form field of an attribute; `money` is the code of the currency that amounts are in."""
    units = {AttributeKind.MONEY: money, AttributeKind.PERCENTAGE: "%"}.get(entry.kind, "")
    common: FieldOptions = {
        "label": f"{label(entry)} ({units})" if units else label(entry),
        "required": entry.mandatory,
        "help_text": " ".join(part for part in (entry.explains, _range_words(entry)) if part),
    }
    if entry.kind in (AttributeKind.MONEY, AttributeKind.QUANTITY, AttributeKind.PERCENTAGE):
        return forms.CharField(max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **common)
    if entry.kind == AttributeKind.WHOLE:
        return forms.IntegerField(min_value=int(entry.least or 0), max_value=MOST_WHOLE, **common)
    if entry.kind == AttributeKind.FLAG:
        return forms.ChoiceField(choices=FLAGS, **common)
    if entry.kind == AttributeKind.WORD:
        return forms.ChoiceField(
            choices=[("", "Not specified"), *((word, spoken(word)) for word in entry.words)], **common
        )
    if entry.kind == AttributeKind.INSTANT:
        return MomentField(**common)
    if entry.kind == AttributeKind.CURRENCY:
        return forms.ChoiceField(choices=choices_of(Currency, ("", "The payer's")), **common)
    if entry.kind == AttributeKind.THRESHOLDS:
        common["help_text"] = "Up to three percentages of use at which an event is sent, such as 80, 95."
        return forms.CharField(max_length=100, **common)
    return forms.CharField(max_length=LONGEST_CODE, **common)


def given(entry: Attribute, cleaned: Any) -> object:
    """Return what a form's field holds as REST would send it; None when nothing was filled in."""
    if cleaned in (None, ""):
        return None
    if entry.kind == AttributeKind.FLAG:
        return cleaned == "yes"
    if isinstance(cleaned, datetime):
        return cleaned.isoformat()
    if entry.kind == AttributeKind.THRESHOLDS:
        return [part for part in cleaned.replace("%", " ").replace(",", " ").replace(";", " ").split() if part]
    return cleaned.strip() if isinstance(cleaned, str) else cleaned


def kept(entry: Attribute, value: object) -> object:
    """Return a kept value as a form's field shows it."""
    if value is None:
        return None
    if entry.kind == AttributeKind.FLAG:
        return "yes" if value else "no"
    if entry.kind == AttributeKind.THRESHOLDS:
        return ", ".join(str(part) for part in value) if isinstance(value, list) else value
    try:
        return timezone.localtime(read_instant(value)) if entry.kind == AttributeKind.INSTANT else value
    except ValueError:
        # Typed past the forms into the database; it is for the field to say that this is no instant.
        return value


class ServiceFields:
    """The fields of one service of an offer in a form: their names, how they are read, where faults belong."""

    def __init__(self, service: Service, prefix: str) -> None:
        self.service = service
        self.prefix = prefix
        self.attributes = ATTRIBUTES[service.type]

    def name(self, entry: Attribute) -> str:
        """Return the name of an attribute's field."""
        return f"{self.prefix}_{entry.name}"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(self.name(entry) for entry in self.attributes)

    def add_to(self, form: BaseForm, money: str, values: Any = None) -> None:
        """Put the fields into a form, showing the values that there are."""
        for entry in self.attributes:
            form.fields[self.name(entry)] = attribute_field(entry, money)
            if values is not None:
                form.initial[self.name(entry)] = kept(entry, values.get(entry.name))

    def given(self, cleaned: Checked) -> Checked:
        """Return what was filled in, by the names of the attributes."""
        read = {entry.name: given(entry, cleaned.get(self.name(entry))) for entry in self.attributes}
        return {name: value for name, value in read.items() if value is not None}

    def read(self, form: BaseForm, currency: Currency | None) -> Checked:
        """Return the values as they are kept; put what is wrong with them at its field."""
        values, faults = read_values(self.service.type, self.given(form.cleaned_data), currency)
        self.complain(form, faults)
        return values

    def complain(self, form: BaseForm, faults: Iterable[Fault], prefix: str = "") -> None:
        """Show faults at their fields; a field that is wrong already says so itself."""
        for fault in faults:
            field = f"{self.prefix}_{fault.parameter.removeprefix(prefix)}"
            if field not in form.errors:
                form.add_error(field if field in form.fields else None, fault.message)
