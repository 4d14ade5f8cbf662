"""Fields that choose: configuration from a list, entities by typing what they are called."""

from typing import TypeVar, Unpack

from django import forms
from django.db.models import Model, Q, QuerySet, Value
from django.urls import reverse_lazy

from ocsportal.backoffice.options import FieldOptions
from ocsportal.backoffice.reading import portal_reading
from ocsportal.entities.identity import Ref
from ocsportal.entities.models import ConfigurationItem, Entity
from ocsportal.entities.store.whole import whole
from ocsportal.entities.values import is_storable
from ocsportal.values.texts import ID

AnEntity = TypeVar("AnEntity", bound=Entity)
AS_THE_PROFILE = ("", "As in the profile")
MOST_SUGGESTED = 50


def choices_of(model: type[ConfigurationItem], *first: tuple[str, str], **wanted: object) -> list[tuple[str, str]]:
    """Return configuration items as choices by their code, after what stands first."""
    return [*first, *((item.code, item.name) for item in model._default_manager.filter(**wanted))]


def choices_together(**asked: tuple[QuerySet[Model], tuple[tuple[str, str], ...]]) -> dict[str, list[tuple[str, str]]]:
    """Return the choices of several fields with one statement: each the items of a query, after what stands first."""
    found = {name: list(first) for name, (_, first) in asked.items()}
    parts = [
        rows.order_by().annotate(field=Value(name)).values_list("field", "code", "name")
        for name, (rows, _) in asked.items()
    ]
    for name, code, label in parts[0].union(*parts[1:], all=True).order_by("name", "code"):
        found[name].append((code, label))
    return found


class EntityField(forms.CharField):
    """An entity, typed as its reference ID, external ID or whole name; never chosen from a list of all of them.

    `among` narrows where a name is looked for; an ID always finds what it names. `suggestions` are offered by the browser.
    """

    def __init__(self, model: type[Entity], **options: Unpack[FieldOptions]) -> None:
        self.model = model
        self.among: QuerySet[Entity] = model._default_manager.all()
        self.suggestions: list[tuple[str, str]] = []
        self.found: object = None
        options.setdefault("help_text", "Type a part of its name or an ID.")
        widget = forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "data-picks": reverse_lazy("picks", args=[model._meta.model_name]),
            }
        )
        super().__init__(widget=widget, max_length=255, **options)

    def suggest(self, name: str, among: QuerySet[Entity], whose: Entity | None = None) -> list[Entity]:
        """Narrow the field to some entities, have the browser offer the first of them, and return those.

        What is found while one types is narrowed to what is somebody's, where that is said.
        """
        if whose is not None:
            self.widget.attrs["data-whose"] = whose.ref_id
        self.among = among
        first = list(among.order_by("pk")[:MOST_SUGGESTED])
        self.suggestions = [(entity.external_id or entity.ref_id, str(entity)) for entity in first]
        self.widget.attrs["list"] = f"id_{name}_list"
        return first

    def clean(self, value: object) -> object:
        """Return the reference, None for an empty field; refuse what names nothing, and what names several."""
        term = (super().clean(value) or "").strip()
        self.found = None
        if not term:
            return None
        if not is_storable(term):
            raise forms.ValidationError("Contains characters that can't be stored.")
        term = ID.canonical_or_none(term, portal_reading()) or term
        kind = self.model._meta.verbose_name
        found = list(self.model._default_manager.filter(Q(ref_id=term) | Q(external_id=term))[:2])
        found = found or list(self.among.filter(custom_name=term).order_by("pk")[:4])
        if not found:
            raise forms.ValidationError(f"There is no {kind} with this ID or name.")
        if len(found) > 1:
            listed = ", ".join(entity.external_id or entity.ref_id for entity in found[:3])
            raise forms.ValidationError(f"Several have this name: {listed}{' …' if found[3:] else ''}. Give an ID.")
        self.found = found[0]
        return Ref(ref_id=self.found.ref_id)


def linked(model: type[AnEntity], ref_id: str | None) -> AnEntity | None:
    """Return the entity that the link to a form names, with everything above it; None for what names nothing."""
    if not ref_id or "\x00" in ref_id:
        return None
    return whole(model._default_manager.all()).filter(ref_id=ref_id).first()
