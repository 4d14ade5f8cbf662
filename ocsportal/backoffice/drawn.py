"""What pages hand to their templates."""

from collections.abc import Sequence
from typing import Any, TypeAlias

# Values by the names that a template calls them by. What a template does with them no type can follow.
Drawn: TypeAlias = dict[str, Any]
# A name, its value, and what else there is to say, at the top of a page.
Fact: TypeAlias = tuple[str, object, object]
# A part of a page: its title, and its names and values.
Section: TypeAlias = tuple[str, Sequence[tuple[str, object]]]
