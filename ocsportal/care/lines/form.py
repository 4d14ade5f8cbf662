"""The form of a new line: who, billed where, known by what, with which offers."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.utils.functional import cached_property

from accounts.forms.place import parents_for
from accounts.models import Account, AccountProfile, BillCycle, Currency
from accounts.operations import create_account
from customers.forms import ANOTHER, contact_field
from customers.models import Customer, CustomerProfile
from customers.operations import create_customer
from customers.twins import twins
from ocsportal.backoffice.choosing import AS_THE_PROFILE, EntityField, choices_of
from ocsportal.backoffice.macros import OPEN, MacroForm, Step, ToldStep, made
from ocsportal.backoffice.value_field import ValueField
from ocsportal.backoffice.words import choose, who_can
from ocsportal.care.lines.prices import Priced, Sum, sold
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import Entity
from ocsportal.entities.states import NewState, State
from ocsportal.entities.store.whole import whole
from ocsportal.transactions.change import present
from ocsportal.transactions.errors import Fault
from ocsportal.transactions.given import Checked
from ocsportal.transactions.operation import Operation
from ocsportal.values.kinds import resource_kind
from ocsportal.values.texts import ID, NAME
from offers.operations import create_subscription_on_subscriber
from subscribers import kinds
from subscribers.forms import AccountField
from subscribers.forms.values import why_not_free
from subscribers.models import ResourceType, SubscriberProfile
from subscribers.operations import create_subscriber, create_subscriber_resource

NEW, EXISTING = "NEW", "EXISTING"
NUMBERS = {"number": "PHONE", "iccid": "ICCID", "imsi": "IMSI"}
# An order has at most fifty operations, of which up to five make what the offers hang on.
MOST_CHOSEN = 40
ACTIVE = NewState(state=State.ACTIVE, state_reason="dfltActive")
# Fields that are asked for only where one is made, or only where one is found.
ONLY = {
    "customer": EXISTING, "custom_name": NEW, "contact_email": NEW, "contact_phone": NEW,
    "customer_profile": NEW, "customer_external_id": NEW, "account": EXISTING, "account_profile": NEW,
    "account_name": NEW, "bill_cycle": NEW,
}  # fmt: skip
# From the parameter that a refusal names to the field, where its step's own is not the one.
PARAMETERS = {
    "customerProfile": "customer_profile", "customName": "custom_name", "externalId": "customer_external_id",
    "contact.email": "contact_email", "contact.phone": "contact_phone", "accountProfile": "account_profile",
    "billCycle": "bill_cycle", "subscriberProfile": "subscriber_profile", "primaryResource": "number",
}  # fmt: skip


class NewLineForm(MacroForm):
    """Customer and account new or found, the number with SIM card and IMSI, the offers, the reason."""

    nothing_yet = "Nothing yet: say whose line it is."
    parts: ClassVar[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
        ("customer", "Customer", (
            "customer_is", "customer", "custom_name", "contact_email", "contact_phone", "customer_profile",
            "customer_external_id",
        )),
        ("account", "Account", ("account_is", "account", "account_profile", "account_name", "bill_cycle")),
        ("number", "Number and SIM card", ("number", "iccid", "imsi", "subscriber_profile", "subscriber_name")),
    )  # fmt: skip

    customer_is = forms.ChoiceField(label="Customer", widget=forms.RadioSelect)
    customer = EntityField(
        Customer, label="Which one", required=False, help_text="Type a name, an ID, an e-mail address …"
    )
    custom_name = ValueField(NAME, label="Name", required=False)
    customer_profile = forms.ChoiceField(label="Profile", required=False)
    customer_external_id = ValueField(ID, label="External ID", required=False)
    account_is = forms.ChoiceField(label="Account", widget=forms.RadioSelect)
    account = AccountField(Account, label="Which one", required=False, help_text="Its ID, name, or a number under it.")
    account_profile = forms.ChoiceField(label="Profile", required=False)
    account_name = ValueField(NAME, label="Name", required=False)
    bill_cycle = forms.ChoiceField(label="Bill cycle", required=False)
    number = ValueField(resource_kind("PHONE"), label="Phone number")
    iccid = ValueField(resource_kind("ICCID"), label="SIM card (ICCID)", required=False)
    imsi = ValueField(resource_kind("IMSI"), label="IMSI", required=False)
    subscriber_profile = forms.ChoiceField(label="Profile")
    subscriber_name = ValueField(NAME, label="Who uses it", required=False)
    find_offer = forms.CharField(label="Find an offer", required=False, max_length=100)

    def prepare(self) -> None:
        """Offer what is configured; take customer and account from the page that the link stood on."""
        self.types = {
            kind.kind: kind
            for kind in ResourceType.objects.filter(kind__in=NUMBERS.values()).order_by("primary", "-pk")
        }
        for name, kind in NUMBERS.items():
            if kind not in self.types:
                del self.fields[name]
        for name in ("email", "phone"):
            self.fields[f"contact_{name}"] = contact_field(name)
        for name in ("customer", "custom_name", "customer_profile", "account", "account_profile"):
            # Needed where it is asked for, which no page can know beforehand.
            self.fields[name].asked = True  # type: ignore[attr-defined]
        self._choices()
        self._allowed("customer_is", create_customer, "make customers")
        self._allowed("account_is", create_account, "make accounts")
        self._prefill()

    def _choices(self) -> None:
        offered = {
            "customer_profile": choose(choices_of(CustomerProfile)),
            "account_profile": choose(choices_of(AccountProfile, account_type__payment_responsible=True)),
            "bill_cycle": choices_of(BillCycle, AS_THE_PROFILE, individual=False),
            "subscriber_profile": choose(choices_of(SubscriberProfile)),
            "customer_is": [(NEW, "New"), (EXISTING, "Existing")],
            "account_is": [(NEW, "New, by profile"), (EXISTING, "Existing")],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _allowed(self, name: str, operation: Operation, do: str) -> None:
        """Leave out what the agent may not make, and say who can."""
        field: Any = self.fields[name]
        if self.user is not None and not operation.allowed(self.user):
            field.choices = [choice for choice in field.choices if choice[0] != NEW]
            field.help_text = who_can(operation.permission, do)

    def _prefill(self) -> None:
        account = _named(Account, self.given.get("account"))
        customer = account.customer if account else _named(Customer, self.given.get("customer"))
        self.initial["customer_is"] = EXISTING if customer else NEW
        self.initial["account_is"] = EXISTING if account else NEW
        if customer is not None:
            self.initial["customer"] = customer.external_id or customer.ref_id
            self.fields["customer"].help_text = str(customer)
            self.fields["account"].suggest("account", parents_for(customer))  # type: ignore[attr-defined]
        if account is not None:
            self.initial["account"] = account.external_id or account.ref_id
            self.fields["account"].help_text = str(account)
        first = "number" if account else "account_profile" if customer else "custom_name"
        self.fields[first].widget.attrs["autofocus"] = True

    # What was filled in

    def makes(self, what: str) -> bool:
        """Whether the customer, or the account, is to be made."""
        return bool(self.known(f"{what}_is") == NEW)

    def found(self, what: str) -> Any:
        """Return the customer, or the account, that was named; None while none is."""
        return None if self.makes(what) else getattr(self.fields[what], "found", None)

    def clean(self) -> Checked:
        """Demand what the choices need, ask about twins, and refuse numbers that are not free."""
        data = super().clean()
        for what, needed in (("customer", "customer_profile"), ("account", "account_profile")):
            self._demand(needed if self.makes(what) else what)
        if self.makes("customer"):
            self._demand("custom_name")
            if data.get("account_is") == EXISTING:
                self.add_error("account_is", "A new customer has no account yet.")
        account, customer = self.found("account"), self.found("customer")
        if account is not None and customer is not None and account.customer_id != customer.pk:
            self.add_error("account", f"This is an account of {account.customer}.")
        for what, entity in (("customer", customer), ("account", account)):
            if entity is not None and entity.is_deactivated:
                self.add_error(what, "It is deactivated: nothing can be added to it.")
        self._ask_about_twins(data)
        fitting = {priced.offer.code for priced in self.ticked()}
        if gone := [code for code in self.chosen if code not in fitting]:
            self.add_error("find_offer", f"Can't be sold to this account now: {', '.join(gone)}.")
        for name, kind in NUMBERS.items():
            value, found = data.get(name), self.types.get(kind)
            if value and found and (why := why_not_free(found, value, None)) and not self.was_sent:
                self.add_error(name, why)
        return data

    def _is_missing(self, name: str) -> bool:
        # While one is typed nobody is found by it yet.
        return name in ("customer", "account") or super()._is_missing(name)

    def _demand(self, name: str) -> None:
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, forms.ValidationError("Is required.", code=OPEN))

    def _ask_about_twins(self, data: Checked) -> None:
        parts = {f"contact_{name}": data.get(f"contact_{name}") or "" for name in ("email", "phone")}
        self.twins = twins(Customer(**parts)) if self.makes("customer") else []
        if self.twins and not self.was_sent:
            self.fields[ANOTHER] = forms.BooleanField(label="Make a new customer all the same", required=False)
            if not self.data.get(ANOTHER):
                self.add_error(ANOTHER, "Use the existing one, or tick the box.")

    @cached_property
    def hits(self) -> list[Customer]:
        """The customers that share something with the new one, to be used instead."""
        keys = [twin.key for twin in getattr(self, "twins", [])]
        return list(Customer.objects.filter(pk__in=keys).order_by("pk")) if keys else []

    # Offers

    @cached_property
    def chosen(self) -> list[str]:
        """The codes of the offers that are ticked."""
        data: Any = self.data
        return list(dict.fromkeys(data.getlist("offers")))[:MOST_CHOSEN] if self.is_bound else []

    @cached_property
    def sale(self) -> tuple[list[Priced], bool]:
        """The offers that fit, the ticked ones first, and whether there are more."""
        term = str(self.data.get("find_offer", "")) if self.is_bound else ""
        return sold(term, self.chosen, present(), self.currency())

    def currency(self) -> Currency | None:
        """Return the currency that the account pays in, so far as that is known."""
        account = self.found("account") if self.is_bound else None
        if account is not None:
            currency: Currency = account.currency
            return currency
        code = self.known("account_profile")
        profile = AccountProfile.objects.select_related("currency").filter(code=code).first() if code else None
        return profile.currency if profile else None

    def ticked(self) -> list[Priced]:
        """Return the ticked offers that can be subscribed."""
        return [priced for priced in self.sale[0] if priced.chosen]

    def total(self) -> Sum:
        """Return what the ticked offers cost."""
        total = Sum()
        for priced in self.ticked():
            total.add(priced)
        return total

    # What is done

    def steps(self) -> list[Step]:
        """Return what is to be made, each hanging on what was made before."""
        data = self.cleaned_data
        steps: list[Step] = []
        customer: object = _ref(self.found("customer"))
        if self.makes("customer"):
            customer = made(len(steps))
            steps.append(Step("custom_name", create_customer, self._new_customer()))
        account: object = _ref(self.found("account"))
        if self.makes("account"):
            account = made(len(steps))
            steps.append(Step("account_profile", create_account, self._new_account(customer)))
        line = made(len(steps))
        given = {
            "account": account,
            "subscriber_profile": data["subscriber_profile"],
            "custom_name": data["subscriber_name"] or None,
            "primary_resource_type": self.types["PHONE"].code,
            "primary_resource": data["number"],
        }
        steps.append(Step("number", create_subscriber, given))
        for name in ("iccid", "imsi"):
            if data.get(name):
                resource = {"resource_type": self.types[NUMBERS[name]].code, "resource": data[name]}
                steps.append(Step(name, create_subscriber_resource, {"subscriber": line, **resource}))
        for code in self.chosen:
            offer = {"subscriber": line, "offer": code, "state": ACTIVE}
            steps.append(Step("find_offer", create_subscription_on_subscriber, offer))
        return steps

    def _new_customer(self) -> Checked:
        data = self.cleaned_data
        return {
            "customer_profile": data["customer_profile"],
            "custom_name": data["custom_name"],
            "external_id": data["customer_external_id"] or None,
            "contact": {name: data[f"contact_{name}"] or None for name in ("email", "phone")},
        }

    def _new_account(self, customer: object) -> Checked:
        data = self.cleaned_data
        return {
            "customer": customer,
            "account_profile": data["account_profile"],
            "custom_name": data["account_name"] or None,
            "bill_cycle": data["bill_cycle"] or None,
        }

    def told(self) -> Iterator[ToldStep]:
        """Tell what there is and what will be made, each one step deeper than what it hangs on."""
        for what, name in (("customer", "custom_name"), ("account", "account_name")):
            found = self.found(what)
            if found is not None:
                yield ToldStep(f"{what.capitalize()} {found}", new="exists already", odd="stands")
            elif self.makes(what):
                chosen = dict(self.fields[f"{what}_profile"].choices)  # type: ignore[attr-defined]
                profile = (
                    str(chosen.get(self.known(f"{what}_profile") or "", "")) if self.known(f"{what}_profile") else ""
                )
                yield ToldStep(f"{what.capitalize()} {self.known(name) or ''}".strip(), new=profile, odd="makes")
        if self.known("number"):
            yield ToldStep(f"Line {self._shown('number')}", new=self.known("subscriber_name") or "", odd="makes")
        for name, words in (("iccid", "SIM card"), ("imsi", "IMSI")):
            if self.known(name):
                yield ToldStep(words, new=self._shown(name), odd="makes")
        for priced in self.ticked():
            yield ToldStep(str(priced.offer), new=priced.recurring_told.strip("–"), odd="makes")

    def _shown(self, name: str) -> str:
        return kinds.shown(self.types[NUMBERS[name]], self.known(name))

    def foreseen(self) -> Checked:
        """Return what will be made, and what it costs."""
        return {**super().foreseen(), "sums": self.total().rows, "template": "care/new_line_steps.html"}

    def button(self) -> str:
        """Return what will be made, in words."""
        customer, account = self.found("customer"), self.found("account")
        if account is not None or (customer is not None and not self.makes("account")):
            return f"Add line to {account or customer}"
        if customer is not None:
            return f"Make account and line for {customer}"
        return "Make customer, account and line" if self.makes("customer") or not self.is_bound else "Make the line"

    def complain(self, fault: Fault) -> None:
        """Show a refusal at the field that it names, else at that of its step."""
        step, _, parameter = fault.parameter.partition(".body.")
        name = PARAMETERS.get(parameter, "")
        self.add_error(
            name if name in self.fields and step != "iccid" else step if step in self.fields else None, fault.message
        )


def _ref(entity: Entity | None) -> Ref | None:
    return None if entity is None else Ref(ref_id=entity.ref_id)


def _named(model: Any, ref_id: str | None) -> Any:
    return whole(model.objects.all()).filter(ref_id=ref_id).first() if ref_id and "\x00" not in ref_id else None
