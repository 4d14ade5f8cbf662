"""How a tree's branches are named in addresses, and what a row of it is about."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.models import Entity
from offers.models import Subscription
from subscribers.models import Subscriber

MODELS: dict[str, type[Entity]] = {
    "customer": Customer,
    "account": Account,
    "subscriber": Subscriber,
    "subscription": Subscription,
}
WRITTEN = re.compile(r"(customer|account|subscriber|subscription)-([0-9]{1,18})")


class Key(NamedTuple):
    """A branch: its level and its key, written `account-12`."""

    kind: str
    pk: int

    def __str__(self) -> str:
        return f"{self.kind}-{self.pk}"


def key_of(entity: Entity) -> Key:
    """Return the key of an entity's branch."""
    return Key(str(entity._meta.model_name), entity.pk)


def read_key(written: str) -> Key | None:
    """Return the key that is written so, None where it is none."""
    fits = WRITTEN.fullmatch(written)
    return Key(fits[1], int(fits[2])) if fits else None


def read_keys(written: str) -> set[Key]:
    """Return the keys that stand in a list with commas; what is none is left out."""
    return {key for part in written.split(",") if (key := read_key(part))}


@dataclass(frozen=True)
class Node:
    """A row of the tree: what it is about, how deep it stands, and whether it has rows below that show."""

    entity: Entity
    depth: int
    has_below: bool
    is_open: bool
    note: str = ""


@dataclass(frozen=True)
class Rest:
    """The last row of a branch of which only a page shows: how many more there are, and after which row.

    None stands for a number that is not known.
    """

    of: Key
    after: Key
    depth: int
    more: int | None


# A heading between rows, such as that of the customer's own subscriptions.
@dataclass(frozen=True)
class Heading:
    """Words between rows, and how many rows follow."""

    words: str
    number: int


Row = Node | Rest | Heading
