"""The small forms of the subscribers' verbs."""

from typing import Any

from django import forms

from accounts.models import Account
from customers.models import Customer
from ocsportal.backoffice.choosing import AS_THE_PROFILE, EntityField, choices_of, choices_together
from ocsportal.backoffice.forms import FIRST_STATE_CHOICES, AttributesField
from ocsportal.backoffice.verbs import Row, VerbForm
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import StateReason
from ocsportal.entities.states import FIRST_STATES, NewState, State
from subscribers import numbers, queries
from subscribers.models import LONGEST_VALUE, ResourceType, SubscriberProfile, SubscriberSegment

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


class AccountField(EntityField):
    """An account, also by a number that one of its subscribers has."""

    def clean(self, value: Any) -> Any:
        """Return the reference, None for an empty field; refuse what names nothing, and what names several."""
        try:
            return super().clean(value)
        except forms.ValidationError:
            keys = queries.exact_holders((value or "").strip().replace("\x00", ""))
            found = list(Account.objects.filter(subscribers__in=keys).distinct()[:2])
            if len(found) != 1:
                raise
            self.found = found[0]
            return Ref(ref_id=self.found.ref_id)


class CreateSubscriberForm(VerbForm):
    """A new subscriber, under an account or with one that its profile makes."""

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
        ("Other than the profile says", ("subscriber_segment", "state", "state_reason")),
        ("Attributes", ("custom_attributes",)),
    )

    account = AccountField(
        Account,
        label="Account",
        required=False,
        help_text="Its ID, external ID, whole name, or a number under it. Empty: the profile makes one.",
    )
    subscriber_profile = forms.ChoiceField(label="Profile", required=False)
    primary_resource_type = forms.ChoiceField(label="Known by", required=False)
    primary_resource = value_field("Value", required=False, help_text=HINT)
    custom_name = forms.CharField(label="Name", max_length=255, required=False)
    external_id = forms.CharField(label="External ID", max_length=255, required=False)
    subscriber_segment = forms.ChoiceField(label="Segment", required=False)
    state = forms.ChoiceField(label="State", choices=FIRST_STATE_CHOICES, required=False)
    state_reason = forms.ChoiceField(label="State reason", required=False)

    def prepare(self) -> None:
        """Offer configuration; take the account or the customer from the page that the link stood on."""
        offered = choices_together(
            subscriber_profile=(SubscriberProfile.objects.all(), (("", "None: everything is given here"),)),
            primary_resource_type=(ResourceType.objects.all(), ()),
            subscriber_segment=(SubscriberSegment.objects.all(), (AS_THE_PROFILE,)),
            state_reason=(StateReason.objects.filter(state__in=FIRST_STATES), (AS_THE_PROFILE,)),
        )
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["custom_attributes"] = AttributesField(label="Attributes")
        flagged = ResourceType.objects.filter(primary=True).first()
        self.initial["primary_resource_type"] = flagged.code if flagged else ""
        self._prefill()

    def _prefill(self) -> None:
        """Fill in what the link named, by what a person reads most easily."""
        account = _named(Account, self.given.get("account"), "customer")
        customer = _named(Customer, self.given.get("customer"))
        if customer is not None:
            own = Account.objects.select_related("customer").filter(customer=customer)
            suggested = self.fields["account"].suggest("account", own.exclude(state=State.DEACTIVATED))  # type: ignore[attr-defined]
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

    def clean(self) -> dict[str, Any]:
        """Demand an account, unless the profile makes one; take the grouping out of the number."""
        data = super().clean()
        profile = SubscriberProfile.objects.filter(code=data.get("subscriber_profile") or "").first()
        if not (data.get("account") or (profile and profile.account_profile_id) or "account" in self.errors):
            self.add_error("account", "Is required: this profile makes no account.")
        if data.get("primary_resource"):
            data["primary_resource"] = meant(data.get("primary_resource_type", ""), data["primary_resource"])
        return data

    def arguments(self) -> dict[str, Any]:
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


class AddResourceForm(VerbForm):
    """A resource of a type that the subscriber has none of."""

    parameters = {"resourceType": "resource_type", "resource": "resource"}
    pairs = ("resource_type", "resource")

    resource_type = forms.ChoiceField(label="Type")
    resource = value_field("Value", help_text=HINT)

    def prepare(self) -> None:
        """Offer the types that are free; what was sent may be sent again, when the type is taken by now."""
        subscriber: Any = self.entity
        taken = () if self.is_bound else subscriber.live_resources
        choices = [(code, name) for code, name in choices_of(ResourceType) if code not in taken]
        self.fields["resource_type"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Take the grouping out of a number."""
        data = super().clean()
        if data.get("resource"):
            data["resource"] = meant(data.get("resource_type", ""), data["resource"])
        return data

    def arguments(self) -> dict[str, Any]:
        """Return type and value."""
        return {name: self.cleaned_data[name] for name in ("resource_type", "resource")}


class SwapResourceForm(VerbForm):
    """Another value for a live resource."""

    parameters = {"resourceType": "old", "swapResource": "old", "resource": "resource"}
    pairs = ("old", "resource")

    old = forms.ChoiceField(label="Old one")
    resource = value_field("New one", help_text=HINT)

    def prepare(self) -> None:
        """Offer the live ones, the primary one first unless the link named another; what was sent may be sent again."""
        subscriber: Any = self.entity
        rows = subscriber.resources.select_related("resource_type").order_by("pk")
        rows = list(rows if self.is_bound else rows.filter(valid_to=None))
        rows.sort(key=lambda row: row.resource_type_id != subscriber.primary_resource_type_id)
        self.rows = {row.ref_id: row for row in rows}
        self.fields["old"].choices = [(row.ref_id, str(row)) for row in rows]  # type: ignore[attr-defined]
        named = self.given.get("resource", "")
        self.initial["old"] = named if named in self.rows else next(iter(self.rows), "")
        self.fields["resource"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        """Take the grouping out of a number."""
        data = super().clean()
        if data.get("resource") and data.get("old"):
            data["resource"] = meant(self.rows[data["old"]].resource_type.code, data["resource"])
        return data

    def arguments(self) -> dict[str, Any]:
        """Return type, old and new value."""
        old = self.rows[self.cleaned_data["old"]]
        return {
            "resource_type": old.resource_type.code,
            "swap_resource": old.value,
            "resource": self.cleaned_data["resource"],
        }

    def preview(self) -> list[Row]:
        """Return what ends and what begins, as they are chosen and typed."""
        return [("Ends now", "", "old", ""), ("Begins now", "", "resource", "")]


def _named(model: Any, ref_id: str | None, *related: str) -> Any:
    rows = model.objects.select_related(*related)
    return rows.filter(ref_id=ref_id).first() if ref_id and "\x00" not in ref_id else None
