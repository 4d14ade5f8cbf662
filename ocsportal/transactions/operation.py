"""The table of operations: every verb of the contract, its permission, and the function behind it (docs/operations.md)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models

from ocsportal.transactions.change import Change
from ocsportal.transactions.door import Outcome, run
from ocsportal.transactions.errors import NotAllowed
from ocsportal.transactions.touched import Touched

if TYPE_CHECKING:
    from ocsportal.people.models import User

__all__ = ["OPERATIONS", "Operation", "Touched", "operation", "read_operation"]

Work = Callable[..., Touched]


@dataclass(frozen=True)
class Operation:
    """One verb. Calling it goes through the door: `operation(change, **fields)`."""

    name: str
    model: type[models.Model]
    summary: str
    work: Work | None = None
    dangerous: bool = False
    permission_name: str = ""

    @property
    def codename(self) -> str:
        """The permission's codename: the operation's name in snake case."""
        return self.permission_name or snake(self.name)

    @property
    def permission(self) -> str:
        """The permission that its actor needs, as `app.codename`."""
        return f"{self.model._meta.app_label}.{self.codename}"

    @property
    def is_read(self) -> bool:
        """Whether it only reads, and so records no Business Transaction."""
        return self.work is None

    @property
    def title(self) -> str:
        """The name in words: `Update customer state`."""
        return snake(self.name).replace("_", " ").capitalize()

    def allowed(self, user: "User | Any") -> bool:
        """Whether the user may do this; what the door asks, and what the portal asks before it draws a button."""
        return bool(user.is_active and user.has_perm(self.permission))

    def authorise(self, user: "User | Any") -> None:
        """Raise PERMISSION-DENIED unless the user may do this."""
        if not self.allowed(user):
            raise NotAllowed(self.permission)

    def __call__(self, change: Change, **fields: Any) -> Outcome:
        """Run the operation through the one door; raise OperationRefused, having changed nothing."""
        return run(self, change, fields)


OPERATIONS: dict[str, Operation] = {}


def snake(name: str) -> str:
    """Return CamelCase as snake_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def operation(name: str, model: type[models.Model], *, dangerous: bool = False) -> Callable[[Work], Operation]:
    """Enter a function into the table of operations under the contract's name."""

    def enter(work: Work) -> Operation:
        summary = (work.__doc__ or "").strip().splitlines()[0]
        return _entered(Operation(name, model, summary, work, dangerous))

    return enter


def read_operation(name: str, model: type[models.Model], summary: str) -> Operation:
    """Enter a read into the table: it has a permission, and no Business Transaction."""
    return _entered(Operation(name, model, summary))


def _entered(entry: Operation) -> Operation:
    if entry.name in OPERATIONS:
        raise ValueError(f"The operation {entry.name} is declared twice.")
    OPERATIONS[entry.name] = entry
    return entry
