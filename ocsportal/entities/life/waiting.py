"""Where planned changes wait, as people see it: the queues of the menu, and what may be decided there (docs/portal.md).

A kind of planned change says in which queues it waits (ocsportal/entities/life/plans.py); menu, home, queues and the pages of
entities draw what it says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Q

from ocsportal.entities.models import Entity
from ocsportal.transactions.operation import OPERATIONS, Operation

Planned = TypeVar("Planned", bound=Entity)


@dataclass(frozen=True)
class Queue:
    """One list of plans: its name in addresses, its label in the menu, its heading, and what it is for."""

    name: str
    label: str
    title: str
    explains: str


# What comes into force by itself, of whatever kind.
SCHEDULED = Queue(
    "scheduled", "Scheduled", "Scheduled changes", "Certain: each takes effect automatically when it is due."
)


@dataclass(frozen=True)
class Decision:
    """What may be done about a plan: in a word, the verb page, and the operation; `{}` stands for the level's name."""

    word: str
    verb: str
    operation: str
    # The key by which it is chosen in a queue.
    key: str = ""
    # Whether it takes a date, and whether it may take what is below along.
    dated: bool = False
    reaches: bool = False
    # Whether who may do it has something to decide: what everybody may do anyway opens no queue.
    opens: bool = True

    def operation_on(self, model: type[Entity]) -> Operation:
        """Return the operation on a level."""
        return OPERATIONS[self.operation.format(model.__name__)]


@dataclass(frozen=True)
class Waiting(Generic[Planned]):
    """Plans of a kind in a queue: which rows, the same for a row at hand, and what may be decided."""

    queue: Queue
    rows: Q
    holds: Callable[[Planned], bool]
    decisions: tuple[Decision, ...] = ()
    # Whether it needs somebody's decision, so that its date may pass.
    undecided: bool = False
    # Whether its date may be yet to come.
    coming: bool = True
