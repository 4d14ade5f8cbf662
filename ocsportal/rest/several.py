"""What an order and a batch share: operations by their names, each with the body that its own path takes (docs/rest.md)."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ocsportal.entities.values import few
from ocsportal.rest.fields import StrictSerializer, Text
from ocsportal.rest.views import DescribedView, OperationView
from ocsportal.transactions.given import Checked

MOST_ALIKE = 5
ALIKE = 0.5


class OperationName(Text):
    """The name of an operation that writes: UpdateSubscriberState."""

    def run_validation(self, data: object = serializers.empty) -> object:
        """Return the name; refuse one that no write has, with those that are most like it."""
        name = super().run_validation(data)
        if name not in OperationView.known:
            known = sorted(OperationView.known)
            like = get_close_matches(name, known, MOST_ALIKE, ALIKE) or known
            raise serializers.ValidationError(f"No operation that writes has this name; known are {few(like)}.")
        return name


@extend_schema_field({"type": "object"})
class Body(serializers.Field):
    """The body of an operation, as its own path takes it."""

    def to_internal_value(self, data: object) -> Checked:
        """Return the body, which the operation's own request looks at."""
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("Must be an object.")
        return dict(data)

    def to_representation(self, value: dict[str, object]) -> dict[str, object]:
        """Return the body."""
        return value


class NamedOperation(StrictSerializer):
    """An operation by its name, with the body that its own path takes."""

    operation = OperationName(max_length=80)
    body = Body()


class SeveralView(DescribedView):
    """A view of several operations, each with a permission of its own."""

    permission_words = "that of each operation"
    taken_headers: ClassVar[tuple[str, ...]] = ("X-Ocs-Io-On-Behalf-Of", "X-Ocs-Io-Reason")

    def authorise(self) -> None:
        """Leave it to the operations."""
