"""A new account."""

from django import forms

from accounts.forms.cycles import OWN, OWN_PARAMETERS, own_fields
from accounts.forms.fields import PREFERENCE_PAIRS, PREFERENCE_PARAMETERS, preference_field, preferences_of
from accounts.forms.place import parents_for
from accounts.models import PREFERENCES, Account, AccountProfile, AccountSegment, AccountType, BillCycle, Currency
from accounts.operations.fields import MAX_TAX_RESIDENCE
from customers.models import Customer
from ocsportal.backoffice.choosing import AS_THE_PROFILE, EntityField, choices_together, linked
from ocsportal.backoffice.forms import FIRST_STATE_CHOICES, AttributesField
from ocsportal.backoffice.value_field import ValueField
from ocsportal.backoffice.verbs import VerbForm
from ocsportal.entities.models import ConfigurationItem, StateReason
from ocsportal.entities.states import FIRST_STATES, NewState
from ocsportal.transactions.given import Checked
from ocsportal.values.texts import ID, NAME, name_of_length

CONFIGURED: dict[str, tuple[type[ConfigurationItem], str]] = {
    "account_type": (AccountType, "Type"),
    "account_segment": (AccountSegment, "Segment"),
    "bill_cycle": (BillCycle, "Bill cycle"),
    "currency": (Currency, "Currency"),
}


class CreateAccountForm(VerbForm[Account]):
    """A new account, by profile or by its own values."""

    parameters = {
        "customer": "customer",
        "parent": "parent",
        "accountProfile": "account_profile",
        "accountType": "account_type",
        "accountSegment": "account_segment",
        "billCycle": "bill_cycle",
        "currency": "currency",
        "externalId": "external_id",
        "customName": "custom_name",
        "customAttributes": "custom_attributes",
        "state.state": "state",
        "state.stateReason": "state_reason",
        "taxResidence": "tax_residence",
        **OWN_PARAMETERS,
        **PREFERENCE_PARAMETERS,
    }
    pairs = (
        "customer", "parent", "custom_name", "external_id", "account_profile", *CONFIGURED, "state", "state_reason",
        *PREFERENCE_PAIRS,
    )  # fmt: skip
    thirds = OWN
    folded = (
        ("Different from the profile", (*CONFIGURED, *OWN, "state", "state_reason")),
        ("Preferences", PREFERENCE_PAIRS),
        ("Tax, attributes, testing", ("tax_exemption", "tax_residence", "custom_attributes", "test_account")),
    )

    customer = EntityField(Customer, label="Customer", required=False)
    parent = EntityField(
        Account,
        label="Parent account",
        required=False,
        help_text="Type a part of its name or an ID. Leave empty for a top-level account.",
    )
    custom_name = ValueField(NAME, label="Name", required=False)
    external_id = ValueField(ID, label="External ID", required=False)
    account_profile = forms.ChoiceField(label="Profile", required=False)
    state = forms.ChoiceField(label="State", choices=FIRST_STATE_CHOICES, required=False)
    state_reason = forms.ChoiceField(label="State reason", required=False)
    tax_exemption = forms.BooleanField(label="No tax is charged: the account is exempt", required=False)
    tax_residence = ValueField(name_of_length(MAX_TAX_RESIDENCE), label="Tax residence", required=False)
    test_account = forms.BooleanField(label="An account for testing only", required=False)

    def prepare(self) -> None:
        """Offer configuration; take the customer or the parent from the page that the link stood on."""
        none = ("", "None; everything is entered here")
        for name, (_, label) in CONFIGURED.items():
            self.fields[name] = forms.ChoiceField(label=label, required=False)
        offered = choices_together(
            account_profile=(AccountProfile.objects.all(), (none,)),
            state_reason=(StateReason.objects.filter(state__in=FIRST_STATES), (AS_THE_PROFILE,)),
            **{name: (model._default_manager.all(), (AS_THE_PROFILE,)) for name, (model, _) in CONFIGURED.items()},
        )
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields |= own_fields()
        self.fields["billing_day"].help_text = "Only for cycles that start on the account's own day."
        self.fields |= {f"preference_{name}": preference_field(name) for name in PREFERENCES}
        self.fields["custom_attributes"] = AttributesField(label="Attributes")
        self._prefill()

    def _prefill(self) -> None:
        """Fill in what the link named, by what a person reads most easily."""
        customer = linked(Customer, self.given.get("customer"))
        parent = linked(Account, self.given.get("parent"))
        if parent is not None:
            customer = parent.customer
            self.initial["parent"] = parent.external_id or parent.ref_id
        # Below another account it is a department as a rule, alone it pays itself.
        usual = AccountProfile.objects.filter(account_type__payment_responsible=parent is None).order_by("pk").first()
        self.initial["account_profile"] = usual.code if usual else ""
        if customer is not None:
            self.initial["customer"] = customer.external_id or customer.ref_id
            self.fields["customer"].help_text = str(customer)
            self.fields["custom_name"].widget.attrs["autofocus"] = True
            self.fields["parent"].suggest("parent", parents_for(customer), customer)  # type: ignore[attr-defined]

    def clean(self) -> Checked:
        """Demand a customer, unless the parent or the profile brings one."""
        data = super().clean()
        profile = AccountProfile.objects.filter(code=data.get("account_profile") or "").first()
        brought = data.get("customer") or data.get("parent") or (profile and profile.customer_profile_id)
        if not brought and not {"customer", "parent"} & set(self.errors):
            self.add_error("customer", "Is required: neither a parent nor the profile supplies a customer.")
        return data

    def arguments(self) -> Checked:
        """Return what was filled in; the rest is the profile's."""
        data = self.cleaned_data
        given = ("account_profile", *CONFIGURED, "custom_name", "external_id", "tax_residence")
        state = NewState(state=data["state"] or None, state_reason=data["state_reason"] or None)
        return {
            **{name: data[name] or None for name in given},
            **{name: data[name] for name in (*OWN, "customer", "parent", "custom_attributes", "tax_exemption")},
            "test_account": data["test_account"],
            "preferences": preferences_of(data),
            "state": state if state != NewState() else None,
        }
