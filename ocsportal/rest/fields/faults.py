"""What is wrong with a body: about a hundred faults by their fields, and the number of the rest."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from ocsportal.problems import MOST_FAULTS


class Wrong(serializers.ValidationError):
    """All that is wrong with a value: about a hundred faults by their fields, and how many more there are.

    The texts are kept as they are: to wrap each one, as the framework does, takes longer than to find the fault.
    """

    def __init__(self, detail: Any, more: int = 0) -> None:
        self.detail = detail
        self.more = more

    @classmethod
    def of(cls, error: serializers.ValidationError) -> "Wrong":
        """Return what is wrong by fields, whatever form the framework or a rule has said it in."""
        detail = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        return cls(detail, more_of(error))


def more_of(error: serializers.ValidationError) -> int:
    """Return how many faults an error counts beside those that it tells."""
    return getattr(error, "more", 0)


def told_by(detail: object) -> int:
    """Return how many faults are told."""
    if isinstance(detail, dict):
        return sum(told_by(inner) for inner in detail.values())
    return sum(told_by(inner) for inner in detail) if isinstance(detail, list) else 1


def each_valid(child: Any, items: Sequence[object]) -> list[object]:
    """Return the items as a field takes them; raise what is wrong with the first ones, and count the rest."""
    found: list[object] = []
    errors: dict[int, Any] = {}
    told = more = 0
    for index, item in enumerate(items):
        try:
            found.append(child.run_validation(item))
        except serializers.ValidationError as error:
            number = told_by(error.detail)
            if told < MOST_FAULTS:
                errors[index] = error.detail
                told += number
            else:
                more += number
            more += more_of(error)
    if errors:
        raise Wrong(errors, more)
    return found
