"""Subscribe: the form that fits the offer, plain or with a field for each attribute of each of its services."""

from datetime import datetime

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.models import Currency
from ocsportal.backoffice.choosing import choices_of
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.forms import AttributesField, MomentField
from ocsportal.backoffice.value_field import ValueField
from ocsportal.backoffice.verbs import VerbForm
from ocsportal.entities.configuration import reason_for
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import Entity, StateReason
from ocsportal.entities.states import FIRST_STATES, NewState, State
from ocsportal.transactions.change import Change, to_millisecond
from ocsportal.transactions.errors import Fault, OperationRefused
from ocsportal.transactions.given import Checked
from ocsportal.transactions.models import Channel
from ocsportal.transactions.operation import Operation
from ocsportal.values.texts import ID, NAME
from offers.forms.attributes import ServiceFields
from offers.models import Offer, OfferVersion, ServiceType, Subscription
from offers.operations import SPECIAL, create_individual_offer_subscription
from offers.operations.currency import currency_of, primary_currency
from offers.operations.making import FORESEEN, MOST_PRIORITY, PARENT, customer_of
from offers.operations.plain import BY_OWNER
from offers.operations.services import services_of
from offers.queries import version_for
from offers.words import sentence, validity_words
from offers.worth import Worth, catalogue_worth, individual_worth

MORE = ("state", "state_reason", "valid_from", "priority", "parent", "custom_attributes")
NO_VERSION = "The offer has no version{money} that is valid at the start."


def operation_for(offer: Offer, kind: str) -> Operation:
    """Return the operation that subscribes: by the owner's kind, or by the only service of an individual offer."""
    if not offer.individual:
        return BY_OWNER[kind]
    types = [ServiceType(service.type) for service in services_of(offer)]
    return SPECIAL[types[0]] if len(types) == 1 else create_individual_offer_subscription


class SubscribeForm(VerbForm[Subscription]):
    """Subscribe an owner to an offer."""

    pairs = ("custom_name", "external_id", "state", "state_reason", "valid_from", "priority", "parent")
    folded = (("State, start, priority, parent, attributes", MORE),)

    # Set by `subscribing`, since the form depends on them.
    owner: Entity
    kind: str
    offer: Offer

    custom_name = ValueField(NAME, label="Name", required=False, help_text="Leave empty for the offer's.")
    external_id = ValueField(ID, label="External ID", required=False)
    state = forms.ChoiceField(label="State", choices=[(state.value, state.label) for state in FIRST_STATES])
    state_reason = forms.ChoiceField(label="State reason")
    valid_from = MomentField(
        label="From", required=False, help_text="If empty, it applies now; a date in the past is allowed."
    )
    priority = forms.IntegerField(label="Priority", required=False, min_value=-MOST_PRIORITY, max_value=MOST_PRIORITY)
    parent = forms.CharField(
        label="Parent subscription", required=False, max_length=255, help_text="Its ID or external ID."
    )

    def prepare(self) -> None:
        """Offer the first states and their reasons, and a field for each attribute of an individual offer."""
        self.parameters = {  # type: ignore[misc]
            "externalId": "external_id",
            "customName": "custom_name",
            "priority": "priority",
            PARENT: "parent",
            "currency": "currency",
            "state.state": "state",
            "state.stateReason": "state_reason",
            "state.stateValidFrom": "valid_from",
        }
        # The version by the start that was asked for; None is now.
        self.versions: dict[datetime | None, OfferVersion | None] = {}
        reasons = choices_of(StateReason, state__in=FIRST_STATES)
        self.fields["state_reason"].choices = reasons  # type: ignore[attr-defined]
        self.initial.update(state=State.ACTIVE, state_reason="dfltActive")
        self.fields["priority"].help_text = f"Lower comes first; leave empty for the offer's, {self.offer.priority}."
        self.fields["custom_attributes"] = AttributesField(label="Attributes")
        if self.payers is None:
            self._ask_for_currency()
        self.services = self._services()

    def _ask_for_currency(self) -> None:
        self.fields["currency"] = forms.ChoiceField(
            label="Currency", choices=choices_of(Currency), help_text="No account of the customer decides it."
        )
        self.initial["currency"] = self.primary.code if self.primary else None

    def _services(self) -> list[ServiceFields]:
        if not self.offer.individual:
            return []
        found = [ServiceFields(service, f"s{service.pk}") for service in services_of(self.offer)]
        standing = list(self.fields)
        currency = self.currency
        for service in found:
            service.add_to(self, currency.code if currency else "")
            if len(found) > 1:
                for name in service.names:
                    self.fields[name].label = f"{service.service.name}: {self.fields[name].label}"
        self.order_fields([name for name in self.fields if name not in standing] + standing)
        return found

    def width(self, name: str) -> str:
        """Let attributes stand side by side."""
        return "half" if any(name in service.names for service in self.services) else super().width(name)

    def offer_version(self) -> OfferVersion | None:
        """Return the version that would be subscribed."""
        start = getattr(self, "cleaned_data", {}).get("valid_from")
        if start not in self.versions:
            self.versions[start] = version_for(self.offer, start or timezone.now(), self.currency)
        return self.versions[start]

    @cached_property
    def payers(self) -> Currency | None:
        """The currency that the owner pays in, None where nobody decides it."""
        return currency_of(self.owner)

    @property
    def currency(self) -> Currency | None:
        """The currency that the subscription will be in, as the operation agrees on it."""
        named = getattr(self, "cleaned_data", {}).get("currency")
        other = Currency.objects.filter(code=named).first() if named else None
        return self.payers or other or self.primary

    @cached_property
    def primary(self) -> Currency | None:
        """The operator's own currency."""
        return primary_currency()

    def clean(self) -> Checked:
        """Read the attributes as the operation will; what is wrong with one is said at its field."""
        data = super().clean()
        currency = self.currency
        self.values = {}
        for service in self.services:
            own = data.get(f"{service.prefix}_currency")
            mine = Currency.objects.filter(code=own).first() if own else currency
            self.values[service.service.code] = service.read(self, mine)
        term = (data.get("parent") or "").strip()
        self.above = _named(term)
        if term and self.above is None and "parent" not in self.errors:
            self.add_error("parent", "There is no subscription with this ID.")
        return data

    def new_state(self) -> NewState:
        """Return the first state."""
        data = self.cleaned_data
        return NewState(
            state=data["state"], state_reason=data["state_reason"], state_valid_from=data["valid_from"], pending=False
        )

    def arguments(self) -> Checked:
        """Return what the operation takes that fits the offer."""
        data = self.cleaned_data
        common = {
            self.kind: Ref(ref_id=self.owner.ref_id),
            "offer": self.offer.code,
            "state": self.new_state(),
            "custom_name": data["custom_name"] or None,
            "external_id": data["external_id"] or None,
            "custom_attributes": data["custom_attributes"] or None,
            "priority": data["priority"],
            "currency": data.get("currency") or None,
            "parent_offer_subscription": Ref(ref_id=self.above.ref_id) if self.above else None,
        }
        if not self.offer.individual:
            return common
        given = {service.service.code: service.given(data) for service in self.services}
        if len(self.services) == 1:
            return {**common, "attributes": given[self.services[0].service.code]}
        entries = [
            {"service": code, "attribute": name, "value": value}
            for code, values in given.items()
            for name, value in values.items()
        ]
        return {**common, "offer_attributes": entries}

    def complain(self, fault: Fault) -> None:
        """Show a refusal at its field, also one about an attribute."""
        for service in self.services:
            name = fault.parameter.removeprefix(f"offerAttributes.{service.service.code}.")
            if f"{service.prefix}_{name}" in self.fields:
                self.add_error(f"{service.prefix}_{name}", fault.message)
                return
        super().complain(fault)

    # What will happen

    def check(self) -> None:
        """Raise OperationRefused for what the rules would refuse."""
        data = self.cleaned_data
        if data["valid_from"] and to_millisecond(data["valid_from"]) > timezone.now():
            words = "A new entity can't start in the future; plan a change instead."
            raise OperationRefused("CASM-STATE-VALID-FROM", words, "state.stateValidFrom")
        reason_for(data["state"], data["state_reason"])
        if data["external_id"] and Subscription.objects.filter(external_id=data["external_id"]).exists():
            words = f"Another subscription has the external ID {data['external_id']!r}."
            raise OperationRefused("EXTERNAL-ID-NOT-UNIQUE", words, "externalId")
        if self.above and customer_of(self.above.owner) != customer_of(self.owner):
            raise OperationRefused("CASM-HIERARCHY", "The parent subscription belongs to another customer.", PARENT)
        looking = Change(actor=self.agent, channel=Channel.PORTAL)
        for ask in FORESEEN:
            ask(looking, operation_for(self.offer, self.kind).name, self.worth())

    def worth(self) -> list[Worth]:
        """Return what the subscription would move, as the operation will count it."""
        if not self.offer.individual:
            version = self.offer_version()
            rows = version.services.select_related("service").order_by("pk") if version else ()
            return catalogue_worth([(row.service, row.values) for row in rows], self.currency)
        kept = [(each.service, self.values[each.service.code]) for each in self.services]
        prefix = "offerAttributes.{service}." if len(kept) > 1 else ""
        return individual_worth(kept, self.currency, prefix)

    def foreseen(self) -> Drawn:
        """Return the version that will be subscribed, and what each of its services brings."""
        version = self.offer_version()
        currency = self.currency
        drawn: dict[str, object] = {"template": "offers/foreseen.html", "version": version, "rows": []}
        if version is None:
            money = f" in {currency.code}" if currency else ""
            return drawn | {"missing": NO_VERSION.format(money=money)}
        money_code = currency.code if currency else ""
        if self.offer.individual:
            values = getattr(self, "values", {})
            found = [(each.service, values.get(each.service.code, {})) for each in self.services]
        else:
            rows = version.services.select_related("service").order_by("pk")
            found = [(row.service, row.values) for row in rows]
        drawn["rows"] = [
            (service, sentence(service, values, money_code) if values else "") for service, values in found
        ]
        return drawn | {"validity": validity_words(version), "money": money_code}


def _named(term: str) -> Subscription | None:
    """Return the subscription that has this very ID."""
    found = Subscription.objects.filter(ref_id=term).first() if term else None
    return found or (Subscription.objects.filter(external_id=term).first() if term else None)


def subscribing(owner: Entity, kind: str, offer: Offer) -> type[SubscribeForm]:
    """Return the form for an owner and an offer."""
    return type("SubscribeForm", (SubscribeForm,), {"owner": owner, "kind": kind, "offer": offer})
