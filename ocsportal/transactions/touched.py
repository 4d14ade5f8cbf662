"""What an operation hands back to the door, and what the door hands back to whoever called."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

from django.db.models import Model

from ocsportal.transactions.given import Checked


class ToldItem(TypedDict):
    """What an answer or an event tells of one entity, or of something that happened to it."""

    name: str
    object: Checked
    objectType: str


class Item(ToldItem):
    """The same with its place in the answer."""

    seqno: int


@dataclass
class Touched:
    """What an operation made or changed: the entity it names first, events, and a notice when there was nothing to do."""

    entities: Sequence[Model]
    notice: str = ""
    extra_items: list[ToldItem] = field(default_factory=list)
    # What the first item says beside its entity, such as the periods that a new bill cycle makes.
    details: Mapping[str, object] = field(default_factory=dict)
    # What the request was about, where that is not the first entity: its version is the answer's ETag.
    target: Model | None = None
    # What says in whose trees it happened, where the target alone does not.
    trees: Sequence[Model] = ()
    # The customers in whose trees it happened, where that is known already.
    tree_keys: set[int] = field(default_factory=set)
    # How many entities it made or changed, where it is not told of each.
    count: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of an operation: the answer as it is stored, whether it is a replay, and the target's new version."""

    answer: str
    replayed: bool = False
    notice: str = ""
    version: int | None = None
    target_ref_id: str = ""
    touched: int = 0
    # The keys of the customers in whose trees it happened, as a list in JSON.
    customers: str | None = None

    @property
    def items(self) -> list[Item]:
        """The Business Transaction's items."""
        items: list[Item] = json.loads(self.answer)
        return items
