"""The column that an entity is searched by: made from its other columns by whatever statement writes them."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import models

from ocsportal.values.emails import EMAIL
from ocsportal.values.searching import stored_text

COLUMN = "search_text"


class SearchText(models.TextField):
    """A text that follows from other columns of its row. No operation sets it; NULL where there is nothing to search."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "null": True, "editable": False})

    def deconstruct(self) -> Any:
        """Return the column for migrations, which don't make its text."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options

    def pre_save(self, model_instance: Any, add: bool) -> str | None:
        """Return the text as it follows from the row."""
        kind = type(model_instance)
        text = text_of(model_instance.__dict__.__getitem__, kind.searched_name, kind.searched)
        setattr(model_instance, self.attname, text)
        return text


def text_of(value: Callable[[str], Any], legal: str, others: tuple[str, ...]) -> str | None:
    """Return the search text of a row, whose columns `value` gives by name."""
    return stored_text(value("custom_name"), value(legal) if legal else "", _others(value, others))


def _others(value: Callable[[str], Any], names: tuple[str, ...]) -> Iterator[str]:
    for text in map(value, names):
        yield text
        if "xn--" in text:
            yield EMAIL.shown_or_same(text)
    yield from (text for text in (value("custom_attributes") or {}).values() if isinstance(text, str))


def sources(model: Any) -> frozenset[str]:
    """Return the columns of a model that its search text is made from; none where it has no such text."""
    if not hasattr(model, "searched"):
        return frozenset()
    return frozenset({"custom_name", "custom_attributes", *model.searched, model.searched_name} - {""})
