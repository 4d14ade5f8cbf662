"""The forms of verbs that every level shares: names, attributes, segments, external IDs."""

import json
from datetime import datetime
from typing import Any, Unpack

from django import forms

from ocsportal.backoffice.options import FieldOptions
from ocsportal.backoffice.reading import portal_reading
from ocsportal.backoffice.verbs import Row, VerbForm
from ocsportal.backoffice.words import choose
from ocsportal.entities.models import ConfigurationItem, Entity
from ocsportal.entities.states import FIRST_STATES
from ocsportal.entities.values import ATTRIBUTE_KEY, ATTRIBUTE_VALUE, OUTSIDE, has_known_year
from ocsportal.transactions.columns import column, target_of
from ocsportal.transactions.errors import Fault
from ocsportal.transactions.given import Checked
from ocsportal.values.reading import Refusal

LOCAL_FORMAT = "%Y-%m-%dT%H:%M"


class MomentField(forms.DateTimeField):
    """A date and time in the billing time zone, as the browser's own picker gives it; empty means now."""

    def __init__(self, **options: Unpack[FieldOptions]) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_FORMAT)
        formats = [LOCAL_FORMAT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
        super().__init__(widget=widget, input_formats=formats, **options)

    def to_python(self, value: Any) -> datetime | None:
        """Return the instant; refuse the years that REST refuses too: PostgreSQL keeps some that Python can't read."""
        moment: datetime | None = super().to_python(value)
        if moment is not None and not has_known_year(moment):
            raise forms.ValidationError(OUTSIDE)
        return moment


class SegmentForm(VerbForm[Entity]):
    """Another segment, of the entity's own kind."""

    def prepare(self) -> None:
        """Offer every segment but the present one."""
        entity = self.about
        self.name = f"{entity._meta.model_name}_segment"
        self.parameters = {f"{entity._meta.model_name}Segment": self.name}  # type: ignore[misc]
        # What was sent may be sent again, when the segment has become the present one.
        link = column(entity, "segment")
        present = 0 if self.is_bound else getattr(entity, link.attname) or 0
        offered = target_of(link, ConfigurationItem)._default_manager.exclude(pk=present)
        choices = [(segment.code, segment.name) for segment in offered]
        self.fields[self.name] = forms.ChoiceField(label="New segment", choices=choose(choices))

    def arguments(self) -> Checked:
        """Return the segment's code."""
        return {self.name: self.cleaned_data[self.name]}

    def preview(self) -> list[Row]:
        """Return the old segment and the new one."""
        return [("Segment", str(getattr(self.entity, "segment", None) or "–"), self.name, "")]


def attribute_lines(attributes: dict[str, str]) -> str:
    """Return attributes as lines of `key = value`, which the field below reads back as they are."""
    return "\n".join(_line(key, value) for key, value in attributes.items())


def _line(key: str, value: str) -> str:
    plain = f"{key} = {value}"
    # What would not come back from a plain line stands in quotes, as in JSON: line breaks, blanks around, an = in a
    # key.
    if plain.splitlines() == [plain] and not key.startswith('"') and _plain_pair(plain) == (key, value):
        return plain
    return f"{json.dumps(key)} = {json.dumps(value)}"


def _plain_pair(line: str) -> tuple[str, str] | None:
    key, equals, text = line.partition("=")
    return (key.strip(), text.strip()) if equals and key.strip() else None


def _pair(line: str) -> tuple[str, str] | None:
    """Return the key and the value of a line, None when it is of neither form."""
    if line.lstrip().startswith('"'):
        try:
            key, end = json.JSONDecoder().raw_decode(line.strip())
            value = json.loads(line.strip()[end:].strip().removeprefix("="))
        except (ValueError, RecursionError):
            return _plain_pair(line)
        if isinstance(key, str) and isinstance(value, str):
            return key, value
    return _plain_pair(line)


def _understood(number: int, pair: tuple[str, str]) -> tuple[str, str]:
    """Return a key and a value as they are kept; refuse, naming the line, what they can't be."""
    key, text = pair
    try:
        name = ATTRIBUTE_KEY.canonical(key, portal_reading())
        # What may stand stays as it is, blanks around it included: the form may not have been touched.
        kept = ATTRIBUTE_VALUE.canonical_or_none(text) if text.strip() else text
        return name, ATTRIBUTE_VALUE.canonical(text, portal_reading()) if kept is None else kept
    except Refusal as refusal:
        raise forms.ValidationError(f"Line {number}: {refusal.message}") from refusal


class AttributesField(forms.CharField):
    """Attributes as lines of `key = value`; both in quotes, as in JSON, where a plain line would lose something."""

    def __init__(self, label: str) -> None:
        widget = forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false"})
        super().__init__(widget=widget, required=False, help_text="One line each: key = value.", label=label)

    def clean(self, value: object) -> object:
        """Return the map; refuse lines without an equals sign and keys that come twice."""
        found: dict[str, str] = {}
        for number, line in enumerate((super().clean(value) or "").splitlines(), start=1):
            if not line.strip():
                continue
            pair = _pair(line)
            if pair is None:
                raise forms.ValidationError(f"Line {number} is not of the form key = value.")
            key, text = _understood(number, pair)
            if key in found:
                raise forms.ValidationError(f"{key} appears twice.")
            found[key] = text
        return found


class AttributesForm(VerbForm[Entity]):
    """Another set of attributes."""

    parameters = {"customAttributes": "custom_attributes"}

    custom_attributes = AttributesField(label="Attributes")

    def prepare(self) -> None:
        """Start from the present attributes."""
        self.initial["custom_attributes"] = attribute_lines(self.about.custom_attributes)

    def arguments(self) -> Checked:
        """Return the whole set."""
        return {"custom_attributes": self.cleaned_data["custom_attributes"]}

    def complain(self, fault: Fault) -> None:
        """Show whatever is wrong with an attribute at the attributes."""
        if fault.parameter.startswith("customAttributes."):
            self.add_error("custom_attributes", f"{fault.parameter.partition('.')[2]}: {fault.message}")
        else:
            super().complain(fault)


FIRST_STATE_CHOICES = [("", "As in the profile"), *((state.value, state.label) for state in FIRST_STATES)]
