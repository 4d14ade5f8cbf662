"""The small forms of the customers' verbs."""

from django import forms
from django.urls import reverse
from django.utils.html import format_html

from customers import operations
from customers.contact import WIRE_NAMES, kind_of
from customers.erasing import counts
from customers.models import CONTACT_FIELDS, Customer, CustomerProfile, CustomerSegment
from customers.notes import TEXT, recent
from customers.twins import twins
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.editing import EditPart
from ocsportal.backoffice.forms import FIRST_STATE_CHOICES, AttributesField, MomentField
from ocsportal.backoffice.value_field import ValueField
from ocsportal.backoffice.verbs import VerbForm
from ocsportal.entities.models import StateReason
from ocsportal.entities.states import FIRST_STATES, NewState
from ocsportal.transactions.change import present
from ocsportal.transactions.given import Checked
from ocsportal.values.texts import ID, NAME

LABELS = {
    "name": "Legal name",
    "email": "E-mail",
    "phone": "Phone",
    "address_line1": "Address",
    "address_line2": "Address, second line",
    "postal_code": "Postal code",
    "city": "City",
    "country": "Country",
    "language": "Language",
    "tax_number": "Tax number",
}
HINTS = {
    "phone": "As written or spoken; include the country code unless it is a number of this country.",
    "country": "Its name or code, such as Germany, DE or DEU.",
    "language": "Its name or tag, such as German, de or de-AT.",
}
ANOTHER = "make_another"
# What is shown otherwise than it is kept.
READ_OUT = ("phone", "email")
CONTACT_PARAMETERS = {f"contact.{wire}": f"contact_{name}" for name, wire in WIRE_NAMES.items()}
CONTACT_PAIRS = tuple(
    f"contact_{name}" for name in CONTACT_FIELDS if name not in ("name", "address_line1", "address_line2")
)


def contact_field(name: str) -> forms.CharField:
    """Return the form field for a part of a contact, kept in its canonical form."""
    return ValueField(kind_of(name), label=LABELS[name], required=False, help_text=HINTS.get(name, ""))


def contact_of(data: Checked) -> dict[str, str | None]:
    """Return the contact in a form's data."""
    return {name: data.get(f"contact_{name}") or None for name in CONTACT_FIELDS}


def contact_part() -> EditPart:
    """Return what Edit writes of the contact: only the parts that were changed."""

    def given(entity: Customer, changed: Checked) -> Checked:
        return {
            "contact": {name.removeprefix("contact_"): value or None for name, value in changed.items()},
            "merge": True,
        }

    return EditPart(
        operations.update_customer_contact,
        lambda entity: {f"contact_{name}": contact_field(name) for name in CONTACT_FIELDS},
        lambda entity: {f"contact_{name}": getattr(entity, f"contact_{name}") for name in CONTACT_FIELDS},
        given,
        lambda name, value: _typed(name.removeprefix("contact_"), value),
        tuple(CONTACT_PARAMETERS.items()),
    )


def _typed(name: str, kept: str) -> str:
    # A country stays its code: people are quicker with it than with its name.
    return kind_of(name).shown_or_same(kept) if kept and name in READ_OUT else kept


class ContactForm(VerbForm):
    """Another contact."""

    parameters = CONTACT_PARAMETERS
    pairs = CONTACT_PAIRS

    def prepare(self) -> None:
        """Start from the present contact."""
        for name in CONTACT_FIELDS:
            self.fields[f"contact_{name}"] = contact_field(name)
            self.initial[f"contact_{name}"] = _typed(name, getattr(self.entity, f"contact_{name}", ""))

    def arguments(self) -> Checked:
        """Return the whole contact."""
        return {"contact": contact_of(self.cleaned_data)}


class CreateCustomerForm(VerbForm[Customer]):
    """A new customer."""

    parameters = {
        "customerProfile": "customer_profile",
        "customerSegment": "customer_segment",
        "externalId": "external_id",
        "customName": "custom_name",
        "customAttributes": "custom_attributes",
        "state.state": "state",
        "state.stateReason": "state_reason",
        **CONTACT_PARAMETERS,
    }
    pairs = (
        "customer_profile",
        "customer_segment",
        "custom_name",
        "external_id",
        "state",
        "state_reason",
        *CONTACT_PAIRS,
    )

    customer_profile = forms.ChoiceField(label="Profile", required=False)
    customer_segment = forms.ChoiceField(label="Segment", required=False)
    custom_name = ValueField(NAME, label="Name", required=False)
    external_id = ValueField(ID, label="External ID", required=False)
    state = forms.ChoiceField(label="State", choices=FIRST_STATE_CHOICES, required=False)
    state_reason = forms.ChoiceField(label="State reason", required=False)
    test_customer = forms.BooleanField(label="A customer for testing only", required=False)

    def prepare(self) -> None:
        """Offer profiles, segments and the reasons of first states; ask for the contact."""
        choices = {
            "customer_profile": [("", "None")] + [(item.code, item.name) for item in CustomerProfile.objects.all()],
            "customer_segment": [("", "As in the profile")] + [(s.code, s.name) for s in CustomerSegment.objects.all()],
            "state_reason": [("", "As in the profile")]
            + [(reason.code, reason.name) for reason in StateReason.objects.filter(state__in=FIRST_STATES)],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        for name in CONTACT_FIELDS:
            self.fields[f"contact_{name}"] = contact_field(name)
        self.fields["custom_attributes"] = AttributesField(label="Attributes")

    def clean(self) -> Checked:
        """Say who may be the same person or company, once; nothing is refused for it."""
        data = super().clean()
        parts = {f"contact_{name}": value or "" for name, value in contact_of(data).items()}
        self.twins = twins(Customer(**parts)) if not self.errors else []
        if self.twins:
            self.fields[ANOTHER] = forms.BooleanField(label="Create another customer anyway", required=False)
            self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])
            if not self.data.get(ANOTHER):
                self.add_error(ANOTHER, "Open the existing one, or tick the box.")
        return data

    def notes(self) -> list[str]:
        """Return who may be the same, with the way there."""
        return [
            format_html(
                'A customer with this {} already exists: <a href="{}">open it</a>, or create another.',
                twin.shares,
                reverse("admin:customers_customer_change", args=[twin.key]),
            )
            for twin in getattr(self, "twins", [])
        ]

    def arguments(self) -> Checked:
        """Return what was filled in; the rest is the profile's."""
        data = self.cleaned_data
        state = NewState(state=data["state"] or None, state_reason=data["state_reason"] or None)
        return {
            "customer_profile": data["customer_profile"] or None,
            "customer_segment": data["customer_segment"] or None,
            "custom_name": data["custom_name"] or None,
            "external_id": data["external_id"] or None,
            "custom_attributes": data["custom_attributes"],
            "contact": contact_of(data),
            "state": state if state != NewState() else None,
            "test_customer": data["test_customer"],
        }


class EraseForm(VerbForm[Customer]):
    """Everything personal goes; who does it types whom, and says why."""

    parameters = {"customer": "typed", "reason": "reason"}

    typed = forms.CharField(
        max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )

    def prepare(self) -> None:
        """Ask for the ID that the customer goes by."""
        which = "External ID" if self.about.external_id else "Reference ID"
        self.fields["typed"].label = f"{which} of the customer, typed in"
        self.fields["typed"].help_text = "So that nobody is erased by accident."
        self.fields["reason"].widget.attrs["placeholder"] = "On whose demand, or by which rule; without names"

    def clean_typed(self) -> str:
        """Demand the very ID."""
        typed: str = self.cleaned_data["typed"].strip()
        if typed != (self.about.external_id or self.about.ref_id):
            raise forms.ValidationError("This is not the ID of this customer.")
        return typed

    def arguments(self) -> Checked:
        """Return nothing more than whom."""
        return {}

    def counted(self) -> Drawn:
        """Count what will be taken out."""
        rows = [{"name": name[:1].upper() + name[1:], "numbers": [number]} for name, number in counts(self.about)]
        stays = "IDs, codes, states, times, money and who did what stay, and so does the proof."
        return {"head": "What", "columns": ["will be emptied"], "rows": rows, "stays": stays, "reached": 0}


class NoteForm(VerbForm[Customer]):
    """A note for whoever serves the customer next."""

    text = ValueField(TEXT, label="Note", widget=forms.Textarea(attrs={"rows": 4}))
    alert = forms.BooleanField(
        label="Alert: show it at the top of every page of this customer and of everything below", required=False
    )
    until = MomentField(label="Until", required=False, help_text="Leave empty to keep it until somebody closes it.")

    def prepare(self) -> None:
        """Ask for no reason beside the note, which is one."""
        self.fields["reason"].widget = forms.HiddenInput()
        self.initial["reason"] = "Note for the next agent"

    def if_match(self) -> None:
        """Accept any version of the customer, of which nothing is changed."""

    def arguments(self) -> Checked:
        """Return the note."""
        return {name: self.cleaned_data[name] for name in ("text", "alert", "until")}


class CloseNoteForm(VerbForm[Customer]):
    """A note that is dealt with."""

    note = forms.ChoiceField(label="Which one")

    def prepare(self) -> None:
        """Offer the open ones; what was sent may be sent again."""
        rows, at = recent(self.about), present()
        offered = [(row.ref_id, str(row)) for row in rows if self.is_bound or row.is_open(at)]
        self.fields["note"].choices = offered  # type: ignore[attr-defined]
        self.initial["note"] = self.given.get("note", "")

    def if_match(self) -> None:
        """Accept any version of the customer, of which nothing is changed."""

    def arguments(self) -> Checked:
        """Return the note."""
        return {"note": self.cleaned_data["note"]}
