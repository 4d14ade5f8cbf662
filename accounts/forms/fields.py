"""Preferences and tax exemption."""

from typing import Any

from django import forms

from accounts import operations
from accounts.models import PREFERENCES, Account, InvoiceDelivery
from accounts.operations.fields import MAX_TAX_RESIDENCE
from accounts.preferences import FLAGS, KINDS, PREFERENCE_NAMES
from ocsportal.backoffice.editing import EditPart
from ocsportal.backoffice.value_field import ValueField
from ocsportal.backoffice.verbs import Row, VerbForm
from ocsportal.entities.models import Entity
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
TAX_CHOICES = [("no", "Is charged"), ("yes", "Is not charged: the account is exempt")]
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
            self.fields[f"preference_{name}"] = preference_field(name)
            self.initial[f"preference_{name}"] = _standing(self.entity, name)

    def arguments(self) -> Checked:
        """Return all preferences."""
        return {"preferences": preferences_of(self.cleaned_data)}


class TaxForm(VerbForm[Account]):
    """Exempt from tax, or end the exemption."""

    parameters = {"taxExemption": "tax_exemption", "taxResidence": "tax_residence"}

    tax_exemption = forms.ChoiceField(label="Tax", choices=TAX_CHOICES)
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


def preferences_part() -> EditPart:
    """Return what Edit writes of the preferences: only those that were changed."""
    flags = {"yes": True, "no": False}

    def given(entity: Entity, changed: Checked) -> Checked:
        named = {name.removeprefix("preference_"): value for name, value in changed.items()}
        return {
            "preferences": {k: flags.get(v) if k in FLAGS else v or None for k, v in named.items()},
            "merge": True,
        }

    return EditPart(
        operations.update_account_preferences,
        lambda entity: {f"preference_{name}": preference_field(name) for name in PREFERENCES},
        lambda entity: {f"preference_{name}": _standing(entity, name) for name in PREFERENCES},
        given,
        parameters=tuple(PREFERENCE_PARAMETERS.items()),
    )


def _standing(account: Any, name: str) -> str:
    value = getattr(account, f"preference_{name}")
    return str({True: "yes", False: "no", None: ""}.get(value, value))


def tax_part() -> EditPart:
    """Return what Edit writes of tax: the exemption always, the residence where it was changed."""

    def given(account: Any, changed: Checked) -> Checked:
        exempt = changed.get("tax_exemption", "yes" if account.tax_exemption else "no") == "yes"
        residence = {"tax_residence": changed["tax_residence"] or None} if "tax_residence" in changed else {}
        return {"tax_exemption": exempt, **residence}

    return EditPart(
        operations.update_account_tax_exemption,
        lambda entity: {
            "tax_exemption": forms.ChoiceField(label="Tax", choices=TAX_CHOICES),
            "tax_residence": ValueField(name_of_length(MAX_TAX_RESIDENCE), label="Tax residence", required=False),
        },
        lambda entity: {
            "tax_exemption": "yes" if entity.tax_exemption else "no",
            "tax_residence": entity.tax_residence,
        },
        given,
        parameters=(("taxExemption", "tax_exemption"), ("taxResidence", "tax_residence")),
    )
