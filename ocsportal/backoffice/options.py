"""What the makers of form fields pass on to Django's own."""

from typing import TypedDict

from django import forms


class FieldOptions(TypedDict, total=False):
    """The options of every form field."""

    label: str
    required: bool
    initial: object
    help_text: str


class WidgetOptions(FieldOptions, total=False):
    """The same where the widget is left to the form."""

    widget: forms.Widget
