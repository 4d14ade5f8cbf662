"""What comes from outside, as types: JSON as it was parsed, and what a form has made of it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

# Whatever JSON can say; nobody has looked at it yet.
Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
# Fields by their names, of which each has been checked. What type one has is said once, by the form or the serializer
# that checked it, which Python's types can't follow: so it is `Any`, and who takes a field out names its type.
Checked: TypeAlias = dict[str, Any]
