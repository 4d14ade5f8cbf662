"""A plain field of an operation, declared once: what it is called, what its values are, how one of them looks.

From it come the operation's argument, the field of its body in REST with its place in OpenAPI, the form in the portal,
the verb, and the row in the docs. What needs more than this (an object, a choice that depends on others) is written by
hand.
"""

import re
from dataclasses import dataclass

from ocsportal.values.reading import Kind


@dataclass(frozen=True, kw_only=True)
class Field:
    """One line of text of a kind (docs/values.md). It is given or left out, and never cleared."""

    # As REST calls it, in camelCase, and as people do, in lower case.
    name: str
    noun: str
    kind: Kind
    example: str
    longest: int = 255
    # Whether a form begins with what stands, to be mended, instead of with nothing.
    starts: bool = True
    # Why, or in which form: for integrators, for agents.
    help: str = ""
    hint: str = ""

    @property
    def argument(self) -> str:
        """The operation's argument and the model's column: the name in snake_case."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower()

    @property
    def in_names(self) -> str:
        """The field in names of operations: `CustomName`."""
        return self.name[:1].upper() + self.name[1:]

    @property
    def in_addresses(self) -> str:
        """The field in addresses: `custom-name`."""
        return self.argument.replace("_", "-")

    @property
    def title(self) -> str:
        """The noun at the beginning of a line; the rest of it stays as it is: `External ID`."""
        return self.noun[:1].upper() + self.noun[1:]
