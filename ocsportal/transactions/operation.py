"""The table of operations: every verb of the contract, its permission, and the function behind it (docs/operations.md)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone

from ocsportal.registries import Named
from ocsportal.transactions.actor import Rights
from ocsportal.transactions.change import Change
from ocsportal.transactions.door import run
from ocsportal.transactions.errors import NotAllowed
from ocsportal.transactions.fields import Field
from ocsportal.transactions.given import Checked
from ocsportal.transactions.groups import OFFICE, READERS
from ocsportal.transactions.touched import Outcome, Touched

__all__ = ["OPERATIONS", "Extra", "Operation", "Touched", "operation", "read_operation"]

Work = Callable[..., Touched]
# What a version that an operation wrote says of it: in words, or in words that the changed fields decide on.
Deed = str | Callable[[Checked], str]


@dataclass(frozen=True)
class Extra:
    """A permission that an operation needs for certain fields only."""

    codename: str
    title: str
    applies: Callable[[Checked, datetime], bool]
    groups: tuple[str, ...] = OFFICE


@dataclass(frozen=True)
class Operation:
    """One verb. Calling it goes through the door: `operation(change, **fields)`."""

    name: str
    model: type[models.Model]
    summary: str
    work: Work | None = None
    dangerous: bool = False
    # Further permissions that certain fields need, such as a deactivation: codename -> whether these fields do.
    also: tuple["Extra", ...] = ()
    # Which groups start with its permission. What does not say so is for nobody who only works with customers.
    groups: tuple[str, ...] = OFFICE
    # What it did, as histories say it; empty where the fields that it changed say it better.
    deed: Deed = ""
    # The plain fields that it sets, of which body, form and verb are made.
    fields: tuple[Field, ...] = ()

    @property
    def codename(self) -> str:
        """The permission's codename: the operation's name in snake case."""
        return snake(self.name)

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

    def did(self, changed: Checked) -> str:
        """Return what a version that it wrote says of it; empty where the changed fields say it better."""
        return self.deed if isinstance(self.deed, str) else self.deed(changed)

    def permissions_for(self, fields: Checked, at: datetime) -> list[str]:
        """Return every permission that these fields need."""
        app = self.model._meta.app_label
        return [self.permission, *(f"{app}.{extra.codename}" for extra in self.also if extra.applies(fields, at))]

    def missing(self, user: Rights, fields: Checked, at: datetime) -> str | None:
        """Return the first permission that the user lacks for these fields, None when nothing is missing."""
        return next((needed for needed in self.permissions_for(fields, at) if not user.has_perm(needed)), None)

    def allowed(self, user: Rights, **fields: object) -> bool:
        """Whether the user may do this, with these fields; what the portal asks before it draws a button."""
        return bool(user.is_active) and self.missing(user, fields, timezone.now()) is None

    def authorise(self, user: Rights, fields: Checked | None = None, at: datetime | None = None) -> None:
        """Raise PERMISSION-DENIED unless the user may do this; what the door asks."""
        lacking = self.missing(user, fields or {}, at or timezone.now())
        if lacking or not user.is_active:
            raise NotAllowed(lacking or self.permission)

    def __call__(self, change: Change, **fields: object) -> Outcome:
        """Run the operation through the one door; raise OperationRefused, having changed nothing."""
        return run(self, change, fields)


OPERATIONS: Named[str, Operation] = Named()


def snake(name: str) -> str:
    """Return CamelCase as snake_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def operation(
    name: str,
    model: type[models.Model],
    *,
    groups: tuple[str, ...] = OFFICE,
    deed: Deed = "",
    dangerous: bool = False,
    also: Iterable[Extra] = (),
    fields: Iterable[Field] = (),
) -> Callable[[Work], Operation]:
    """Enter a function into the table of operations under the contract's name, with all that is true of it."""

    def enter(work: Work) -> Operation:
        summary = (work.__doc__ or "").strip().splitlines()[0]
        entry = Operation(name, model, summary, work, dangerous, tuple(also), groups, deed, tuple(fields))
        return _entered(entry)

    return enter


def read_operation(name: str, model: type[models.Model], summary: str, groups: tuple[str, ...] = READERS) -> Operation:
    """Enter a read into the table: it has a permission, and no Business Transaction."""
    return _entered(Operation(name, model, summary, groups=groups))


def _entered(entry: Operation) -> Operation:
    if entry.name in OPERATIONS:  # Even one that says the same: each name has one declaration.
        raise ValueError(f"{entry.name} is declared twice.")
    return OPERATIONS.enter(entry.name, entry)
