"""Forms of the admin in the portal's own manner: nothing of the library's wording and widgets shows through."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.http import HttpRequest

# What stands first where a choice has to be made, and where there may be none.
CHOOSE, NONE = "Choose …", "None"
BLANKS = ("", None)


def mannered(field: Any) -> Any:
    """Return a field without pop-ups beside it, with words where nothing is chosen, and no taller than what it takes."""
    if field is None:
        return None
    if isinstance(field.widget, RelatedFieldWidgetWrapper):
        choices = field.widget.choices
        field.widget = field.widget.widget
        field.widget.choices = choices
    blank = CHOOSE if field.required else NONE
    if isinstance(field, forms.ModelChoiceField) and field.empty_label is not None:
        field.empty_label = blank
        field.widget.choices = field.choices
    elif isinstance(field, forms.ChoiceField | forms.TypedChoiceField) and not isinstance(
        field, forms.ModelChoiceField
    ):
        _name_the_blank(field, blank)
    if isinstance(field.widget, forms.Textarea):
        field.widget.attrs |= {"rows": 3, "cols": 60}
    return field


def _name_the_blank(field: Any, blank: str) -> None:
    """Say what an empty choice means."""
    given = field.choices
    if callable(given):
        return
    listed = list(given)
    if listed and listed[0][0] in BLANKS and set(str(listed[0][1])) <= {"-"}:
        field.choices = [(listed[0][0], blank), *listed[1:]]


class Mannered:
    """An admin, or a part of one, whose fields are mannered."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: object) -> Any:
        """Return a field as the portal's own forms have it."""
        return mannered(super().formfield_for_dbfield(db_field, request, **kwargs))  # type: ignore[misc]
