"""The forms that give, swap, end and exchange resources."""

from typing import Any

from django import forms

from ocsportal.backoffice.choosing import EntityField
from ocsportal.backoffice.reading import portal_reading
from ocsportal.backoffice.verbs import Row, VerbForm
from ocsportal.backoffice.words import choose
from ocsportal.entities.identity import Ref
from ocsportal.entities.store.remembering import with_configuration
from ocsportal.transactions.given import Checked
from subscribers import queries
from subscribers.forms.values import HINT, ValueForm, value_field
from subscribers.models import ResourceType, Subscriber, SubscriberResource


class AddResourceForm(ValueForm):
    """A resource of a type that the subscriber has none of."""

    parameters = {"resourceType": "resource_type", "resource": "resource"}
    pairs = ("resource_type", "resource")

    resource_type = forms.ChoiceField(label="Type")
    resource = value_field("Value", help_text=HINT)

    def prepare(self) -> None:
        """Offer the types that are free; what was sent may be sent again, when the type is taken by now."""
        subscriber = self.about
        taken = () if self.is_bound else subscriber.live_resources
        self.types = list(ResourceType.objects.all())
        choices = [(kind.code, kind.name) for kind in self.types if kind.code not in taken]
        self.fields["resource_type"].choices = choose(choices)  # type: ignore[attr-defined]

    def kinds(self) -> dict[str, str]:
        """Return the kinds of values by the codes of types."""
        return {kind.code: kind.kind for kind in self.types}

    def arguments(self) -> Checked:
        """Return type and value."""
        return {name: self.cleaned_data[name] for name in ("resource_type", "resource")}


class SwapResourceForm(ValueForm):
    """Another value for a live resource."""

    parameters = {"resourceType": "old", "swapResource": "old", "resource": "resource"}
    pairs = ("old", "resource")

    old = forms.ChoiceField(label="Old one")
    resource = value_field("New one", help_text=HINT)

    def prepare(self) -> None:
        """Offer the live ones, the primary one first unless the link named another; what was sent may be sent again."""
        subscriber = self.about
        rows = _rows(subscriber, live_only=not self.is_bound)
        self.rows = {row.ref_id: row for row in rows}
        self.fields["old"].choices = [(row.ref_id, str(row)) for row in rows]  # type: ignore[attr-defined]
        named = self.given.get("resource", "")
        self.initial["old"] = named if named in self.rows else next(iter(self.rows), "")
        self.fields["resource"].widget.attrs["autofocus"] = True

    chosen_by = "old"

    def kinds(self) -> dict[str, str]:
        """Return the kinds of values by the live resources that may end."""
        return {key: row.resource_type.kind for key, row in self.rows.items()}

    def type_code(self) -> str:
        """Return the type of the resource that ends."""
        old = self.rows.get(self.cleaned_data.get("old", ""))
        return old.resource_type.code if old else ""

    def arguments(self) -> Checked:
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


class EndResourceForm(VerbForm[Subscriber]):
    """A live resource to be taken away without another one."""

    parameters = {"resourceType": "old", "resource": "old"}

    old = forms.ChoiceField(label="Which one")

    def prepare(self) -> None:
        """Offer the live ones but that which the subscriber is known by; what was sent may be sent again."""
        rows = _rows(self.about, live_only=not self.is_bound)
        primary = self.about.primary_resource_type_id
        self.rows = {row.ref_id: row for row in rows if self.is_bound or row.resource_type_id != primary}
        offered = [(key, str(row)) for key, row in self.rows.items()]
        self.fields["old"].choices = choose(offered) if len(offered) > 1 else offered  # type: ignore[attr-defined]
        self.initial["old"] = self.given.get("resource", "")

    def arguments(self) -> Checked:
        """Return type and value."""
        old = self.rows[self.cleaned_data["old"]]
        return {"resource_type": old.resource_type.code, "resource": old.value}

    def preview(self) -> list[Row]:
        """Return what ends."""
        return [("Ends now", "", "old", "")]


class SubscriberField(EntityField):
    """A subscriber, also by a value that it has now."""

    def clean(self, value: Any) -> object:
        """Return the reference; refuse what names nothing, and what names several."""
        try:
            return super().clean(value)
        except forms.ValidationError:
            keys = queries.exact_holders((value or "").strip().replace("\x00", ""), portal_reading())
            found = list(Subscriber.objects.filter(pk__in=keys)[:2])
            if len(found) != 1:
                raise
            self.found = found[0]
            return Ref(ref_id=self.found.ref_id)


class ExchangeResourcesForm(VerbForm[Subscriber]):
    """With whom a subscriber exchanges its resource of a type."""

    parameters = {
        "otherSubscriber": "other_subscriber",
        "resourceType": "resource_type",
        "subscriber": "resource_type",
    }
    pairs = ("other_subscriber", "resource_type")

    other_subscriber = SubscriberField(
        Subscriber, label="With", help_text="Type one of its numbers, a part of its name, or an ID."
    )
    resource_type = forms.ChoiceField(label="What")

    def prepare(self) -> None:
        """Offer the types that the subscriber has a live resource of; what was sent may be sent again."""
        rows = _rows(self.about, live_only=not self.is_bound)
        offered = {row.resource_type.code: row.resource_type.name for row in rows}
        choices = list(offered.items())
        self.fields["resource_type"].choices = (  # type: ignore[attr-defined]
            choose(choices) if len(choices) > 1 else choices
        )
        self.fields["other_subscriber"].widget.attrs["autofocus"] = True

    def arguments(self) -> Checked:
        """Return the other subscriber and the type."""
        return {name: self.cleaned_data[name] for name in ("other_subscriber", "resource_type")}

    def preview(self) -> list[Row]:
        """Return with whom, and what."""
        return [("Changes places with", "", "other_subscriber", ""), ("What", "", "resource_type", "")]


def _rows(subscriber: Subscriber, *, live_only: bool) -> list[SubscriberResource]:
    """Return a subscriber's resources, that of the primary type first."""
    rows = with_configuration(subscriber.resources.order_by("pk"))
    found = list(rows.filter(valid_to=None) if live_only else rows)
    return sorted(found, key=lambda row: row.resource_type_id != subscriber.primary_resource_type_id)
