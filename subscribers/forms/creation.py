"""The form that makes a subscriber."""

from typing import Any

from django import forms

from accounts.models import Account
from customers.models import Customer
from ocsportal.backoffice.choosing import AS_THE_PROFILE, EntityField, choices_together, linked
from ocsportal.backoffice.forms import FIRST_STATE_CHOICES, AttributesField
from ocsportal.backoffice.reading import portal_reading
from ocsportal.backoffice.value_field import ValueField
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import StateReason
from ocsportal.entities.states import FIRST_STATES, NewState, State
from ocsportal.entities.store.whole import whole
from ocsportal.transactions.given import Checked
from ocsportal.values.texts import ID, NAME
from subscribers import queries
from subscribers.forms.values import HINT, ValueForm, value_field
from subscribers.models import ResourceType, SubscriberProfile, SubscriberSegment


class AccountField(EntityField):
    """An account, also by a number that one of its subscribers has."""

    def clean(self, value: Any) -> Any:
        """Return the reference, None for an empty field; refuse what names nothing, and what names several."""
        try:
            return super().clean(value)
        except forms.ValidationError:
            keys = queries.exact_holders((value or "").strip().replace("\x00", ""), portal_reading())
            found = list(Account.objects.filter(subscribers__in=keys).distinct()[:2])
            if len(found) != 1:
                raise
            self.found = found[0]
            return Ref(ref_id=self.found.ref_id)


class CreateSubscriberForm(ValueForm):
    """A new subscriber, under an account or with one that its profile makes."""

    type_name, value_name = "primary_resource_type", "primary_resource"
    parameters = {
        "account": "account",
        "customer": "account",
        "subscriberProfile": "subscriber_profile",
        "subscriberSegment": "subscriber_segment",
        "primaryResourceType": "primary_resource_type",
        "primaryResource": "primary_resource",
        "externalId": "external_id",
        "customName": "custom_name",
        "customAttributes": "custom_attributes",
        "state.state": "state",
        "state.stateReason": "state_reason",
    }
    pairs = (
        "account", "subscriber_profile", "primary_resource_type", "primary_resource", "custom_name", "external_id",
        "subscriber_segment", "state", "state_reason",
    )  # fmt: skip
    folded = (
        ("Different from the profile", ("subscriber_segment", "state", "state_reason")),
        ("Attributes", ("custom_attributes",)),
    )

    account = AccountField(
        Account,
        label="Account",
        required=False,
        help_text="Type a part of its name, an ID, or a number under it. Leave empty to have the profile create one.",
    )
    subscriber_profile = forms.ChoiceField(label="Profile", required=False)
    primary_resource_type = forms.ChoiceField(label="Known by", required=False)
    primary_resource = value_field("Value", required=False, help_text=HINT)
    custom_name = ValueField(NAME, label="Name", required=False)
    external_id = ValueField(ID, label="External ID", required=False)
    subscriber_segment = forms.ChoiceField(label="Segment", required=False)
    state = forms.ChoiceField(label="State", choices=FIRST_STATE_CHOICES, required=False)
    state_reason = forms.ChoiceField(label="State reason", required=False)

    def prepare(self) -> None:
        """Offer configuration; take the account or the customer from the page that the link stood on."""
        offered = choices_together(
            subscriber_profile=(SubscriberProfile.objects.all(), (("", "None; everything is entered here"),)),
            primary_resource_type=(ResourceType.objects.all(), ()),
            subscriber_segment=(SubscriberSegment.objects.all(), (AS_THE_PROFILE,)),
            state_reason=(StateReason.objects.filter(state__in=FIRST_STATES), (AS_THE_PROFILE,)),
        )
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["custom_attributes"] = AttributesField(label="Attributes")
        self.types = list(ResourceType.objects.all())
        flagged = next((kind for kind in self.types if kind.primary), None)
        self.initial["primary_resource_type"] = flagged.code if flagged else ""
        self._prefill()

    def kinds(self) -> dict[str, str]:
        """Return the kinds of values by the codes of types."""
        return {kind.code: kind.kind for kind in self.types}

    def _prefill(self) -> None:
        """Fill in what the link named, by what a person reads most easily."""
        account = linked(Account, self.given.get("account"))
        customer = linked(Customer, self.given.get("customer"))
        if customer is not None:
            own = whole(Account.objects.all()).filter(customer=customer)
            suggested = self.fields["account"].suggest("account", own.exclude(state=State.DEACTIVATED), customer)  # type: ignore[attr-defined]
            account = account or (suggested[0] if len(suggested) == 1 else None)
        if account is not None:
            self.initial["account"] = account.external_id or account.ref_id
            self.fields["account"].help_text = f"{account} of {account.customer}"
        # Under an account that stands it needs no profile that makes one.
        makes = account is None and customer is None
        usual = SubscriberProfile.objects.filter(account_profile__isnull=not makes).order_by("pk").first()
        self.initial["subscriber_profile"] = usual.code if usual else ""
        first = "primary_resource" if account is not None else "account"
        self.fields[first].widget.attrs["autofocus"] = True

    def clean(self) -> Checked:
        """Demand an account, unless the profile makes one."""
        data = super().clean()
        profile = SubscriberProfile.objects.filter(code=data.get("subscriber_profile") or "").first()
        if not (data.get("account") or (profile and profile.account_profile_id) or "account" in self.errors):
            self.add_error("account", "Is required: this profile creates no account.")
        return data

    def arguments(self) -> Checked:
        """Return what was filled in; the rest is the profile's."""
        data = self.cleaned_data
        state = NewState(state=data["state"] or None, state_reason=data["state_reason"] or None)
        known = bool(data["primary_resource"])
        return {
            **{
                name: data[name] or None
                for name in ("subscriber_profile", "subscriber_segment", "custom_name", "external_id")
            },
            "account": data["account"],
            "primary_resource_type": data["primary_resource_type"] if known else None,
            "primary_resource": data["primary_resource"] if known else None,
            "custom_attributes": data["custom_attributes"],
            "state": state if state != NewState() else None,
        }
