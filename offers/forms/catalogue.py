"""An offer's versions on the offer's page: the values of each service by fields of its own, never as JSON."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Max, Prefetch, prefetch_related_objects
from django.forms.models import BaseInlineFormSet
from django.utils.functional import cached_property

from accounts.models import Currency
from ocsportal.backoffice.forms import MomentField
from ocsportal.transactions.change import present
from ocsportal.transactions.given import Checked
from offers.forms.attributes import ServiceFields
from offers.models import Offer, OfferService, OfferVersion, Service
from offers.operations.services import services_of
from offers.values import has_money
from offers.words import sentence

BLANK = "first"
# The services of versions with their values, in the order in which they are told.
STANDING = Prefetch("services", OfferService.objects.select_related("service").order_by("pk"))


class VersionForm(forms.ModelForm):
    """One version of an offer with the values of its services; of one that is subscribed only the end can change."""

    valid_from = MomentField(label="Can be subscribed from")
    valid_to = MomentField(
        label="Until", required=False, help_text="Leave empty for no end. Existing subscriptions keep it."
    )
    currency = forms.ModelChoiceField(
        Currency.objects.all(),
        label="Currency",
        required=False,
        empty_label="Any",
        help_text="“Any” is for offers without amounts of money, which suit every payer.",
    )

    class Meta:
        model = OfferVersion
        fields = ("valid_from", "valid_to", "currency")

    def __init__(
        self,
        *args: Any,
        offer: Offer,
        source: OfferVersion | None = None,
        of_product: Callable[[], list[Service]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.offer = offer
        self.of_product = of_product or (lambda: services_of(offer))
        # The page has asked for all versions at once.
        known = getattr(self.instance, "subscribed", None)
        self.in_use = self.instance.in_use if known is None else known
        self.rows = {row.service_id: row for row in self._standing(self.instance)}
        self.services = self._services()
        self._begin(source)
        for name in ("valid_from", "currency"):
            self.fields[name].disabled = self.in_use

    def _standing(self, version: OfferVersion | None) -> list[OfferService]:
        if version is None or version.pk is None:
            return []
        if "services" not in getattr(version, "_prefetched_objects_cache", {}):
            prefetch_related_objects([version], STANDING)
        return list(version.services.all())

    def _services(self) -> list[ServiceFields]:
        """Return the services whose values stand in the form: the product's, since a version has them all."""
        if self.in_use or self.offer.individual or not self.offer.product_id:
            return []
        return [ServiceFields(service, f"s{service.pk}") for service in self.of_product()]

    def _begin(self, source: OfferVersion | None) -> None:
        """Put the values in: what stands, or what the version that is copied says."""
        rows = self.rows
        money = self.instance.currency.code if self.instance.currency_id else ""
        if self.instance.pk is None:
            self.initial.setdefault("valid_from", present())
            rows = {row.service_id: row for row in self._standing(source)}
            if source is not None:
                money = source.currency.code if source.currency else ""
                self.initial.setdefault("currency", source.currency_id)
        for fields in self.services:
            standing = rows.get(fields.service.pk)
            fields.add_to(self, money, standing.values if standing else {})

    def has_changed(self) -> bool:
        """Save a new version also when it is a mere copy."""
        return self.instance.pk is None or super().has_changed()

    def clean(self) -> Checked:
        """Read the values of each service; what is wrong with one is said at its field."""
        data = super().clean() or {}
        self.read = {
            fields.service.pk: fields.read(self, data.get("currency")) for fields in self.services if not self.in_use
        }
        if data.get("currency") is None and "currency" not in self.errors:
            self._demand_currency()
        return data

    def _demand_currency(self) -> None:
        """Refuse amounts of money that would be as many of whatever the payer pays in."""
        for fields in self.services:
            if has_money(fields.service.type, self.read.get(fields.service.pk, {})):
                self.add_error("currency", f"Is required: {fields.service.name} has amounts of money.")
                return

    def save(self, commit: bool = True) -> object:
        """Save the version with its next number, and the values of its services."""
        if self.instance.pk is None:
            newest = OfferVersion.objects.filter(offer=self.offer).aggregate(newest=Max("number"))["newest"]
            self.instance.number = (newest or 0) + 1
        version = super().save(commit)
        if commit:
            self._save_values(version)
        return version

    def _save_values(self, version: OfferVersion) -> None:
        if self.in_use:
            return
        for key, values in self.read.items():
            row = self.rows.get(key) or OfferService(version_of=version, service_id=key)
            if row.pk is None or row.values != values:
                row.values = values
                row.save()
        for key, row in self.rows.items():
            if key not in self.read:
                row.delete()

    # For the template

    def told(self) -> list[tuple[str, str]]:
        """Return each service of the version with its values in words."""
        money = self.instance.currency.code if self.instance.currency_id else ""
        return [(row.service.name, sentence(row.service, row.values, money)) for row in self.rows.values()]

    def parts(self) -> list[dict[str, object]]:
        """Return the fields of each service."""
        return [
            {"service": fields.service, "fields": [self[name] for name in fields.names]} for fields in self.services
        ]

    def is_new(self) -> bool:
        """Whether the version is yet to be made."""
        return self.instance.pk is None


class VersionFormSet(BaseInlineFormSet):
    """The versions of an offer, the newest first, and the one that is being made."""

    source: OfferVersion | None = None

    def newest_first(self) -> list[Any]:
        """Return the forms, what is being made before what stands."""
        return sorted(self.forms, key=lambda form: not form.is_new())

    def get_form_kwargs(self, index: int | None) -> dict[str, object]:
        """Tell each form its offer, and the new one what it is copied from."""
        own = {"offer": self.instance, "source": self.source, "of_product": lambda: self.of_product}
        return {**super().get_form_kwargs(index), **own}

    @cached_property
    def of_product(self) -> list[Service]:
        """The services of the offer's product, looked up once and only if a form asks."""
        return services_of(self.instance)

    @cached_property
    def currencies(self) -> list[object]:
        """The choices of the currency, which are the same for every version."""
        field: Any = self.form.base_fields["currency"]
        return [*iter(field.choices)]  # a list would count them first

    def add_fields(self, form: Any, index: int | None) -> None:
        """Have the currencies looked up once."""
        super().add_fields(form, index)
        form.fields["currency"].choices = self.currencies

    def _construct_form(self, i: int, **options: object) -> object:
        form = super()._construct_form(i, **options)  # type: ignore[misc]
        # What is being made is made, or the page would not have asked for it.
        form.empty_permitted = False
        form.use_required_attribute = False
        return form
