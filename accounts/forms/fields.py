"""Preferences and tax exemption."""

from django import forms

from accounts.models import PREFERENCES, Account, InvoiceDelivery
from accounts.operations.fields import MAX_TAX_RESIDENCE
from accounts.preferences import FLAGS, KINDS, PREFERENCE_NAMES
from ocsportal.backoffice.value_field import ValueField
from ocsportal.backoffice.verbs import Row, VerbForm
from ocsportal.transactions.given import Checked
from ocsportal.values.texts import name_of_length

PREFERENCE_LABELS = {
    "language": "Language of bills",
    "invoice_delivery": "Bills are sent by",
    "invoice_email": "Bills are mailed to",
    "itemized_bill": "Itemized bill",
    "notifications": "Notices",
}
PREFERENCE_PARAMETERS = {f"preferences.{wire}": f"preference_{name}" for name, wire in PREFERENCE_NAMES.items()}
PREFERENCE_PAIRS = tuple(f"preference_{name}" for name in PREFERENCES)
FLAG_CHOICES = [("", "Not specified"), ("yes", "Yes"), ("no", "No")]


def preference_field(name: str) -> forms.Field:
    """Return the form field for a preference."""
    label = PREFERENCE_LABELS[name]
    if name in FLAGS:
        return forms.ChoiceField(label=label, choices=FLAG_CHOICES, required=False)
    if name == "invoice_delivery":
        choices = [("", "Not specified"), *InvoiceDelivery.choices]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    hint = "Its name or tag, such as German, de or de-AT." if name == "language" else ""
    return ValueField(KINDS[name], label=label, required=False, help_text=hint)


def preferences_of(data: Checked) -> dict[str, object]:
    """Return the preferences in a form's data."""
    flags = {"yes": True, "no": False}
    given = {name: data.get(f"preference_{name}") or None for name in PREFERENCES}
    return {name: flags.get(str(value)) if name in FLAGS else value for name, value in given.items()}


class PreferencesForm(VerbForm[Account]):
    """Other preferences."""

    parameters = PREFERENCE_PARAMETERS
    pairs = PREFERENCE_PAIRS

    def prepare(self) -> None:
        """Start from the present preferences."""
        for name in PREFERENCES:
            value = getattr(self.about, f"preference_{name}")
            self.fields[f"preference_{name}"] = preference_field(name)
            self.initial[f"preference_{name}"] = {True: "yes", False: "no", None: ""}.get(value, value)

    def arguments(self) -> Checked:
        """Return all preferences."""
        return {"preferences": preferences_of(self.cleaned_data)}


class TaxForm(VerbForm[Account]):
    """Exempt from tax, or end the exemption."""

    parameters = {"taxExemption": "tax_exemption", "taxResidence": "tax_residence"}

    tax_exemption = forms.ChoiceField(
        label="Tax", choices=[("no", "Is charged"), ("yes", "Is not charged: the account is exempt")]
    )
    tax_residence = ValueField(
        name_of_length(MAX_TAX_RESIDENCE),
        label="Tax residence",
        required=False,
        help_text="Where the account is taxed; leave empty to keep the current value.",
    )

    def prepare(self) -> None:
        """Start from what stands."""
        account = self.about
        self.initial["tax_exemption"] = "yes" if account.tax_exemption else "no"
        self.initial["tax_residence"] = account.tax_residence

    def arguments(self) -> Checked:
        """Return the exemption and the residence."""
        return {
            "tax_exemption": self.cleaned_data["tax_exemption"] == "yes",
            "tax_residence": self.cleaned_data["tax_residence"] or None,
        }

    def preview(self) -> list[Row]:
        """Return what stands and what will."""
        account = self.about
        return [
            ("Tax", "Is not charged" if account.tax_exemption else "Is charged", "tax_exemption", ""),
            ("Tax residence", account.tax_residence or "–", "tax_residence", ""),
        ]
