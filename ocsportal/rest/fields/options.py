"""What the fields of bodies pass on to the framework's own."""

from typing import TypedDict


class BodyOptions(TypedDict, total=False):
    """The options of every field of a body."""

    required: bool
    allow_null: bool
    help_text: str | None


class TextOptions(BodyOptions, total=False):
    """The options of every text."""

    allow_blank: bool
