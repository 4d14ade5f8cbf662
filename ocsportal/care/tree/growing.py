"""Read a tree as far as it shows: so many statements however large it is, and a page of each branch.

Small branches open by themselves while there is room; a large one shows how much is in it. What hangs on a shown
subscriber is always read, since its row says what is odd below (counts.py knows the numbers of everything else).
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Account
from customers.models import Customer
from ocsportal.care.tree.counts import Numbers
from ocsportal.care.tree.nodes import Heading, Key, Node, Rest, Row, key_of
from ocsportal.care.tree.notes import of_account, of_subscriptions
from ocsportal.entities.models import Entity
from ocsportal.entities.states import State
from ocsportal.entities.store.remembering import with_configuration
from offers.models import Subscription
from subscribers.models import Subscriber

# Rows of a branch that show at once; rows that open by themselves; branches that one address may open;
# subscriptions that are read.
PAGE, ROOM, MOST_OPENED, MOST_SUBSCRIPTIONS = 50, 36, 20, 200


@dataclass
class Slice:
    """What of a branch shows: which accounts, how many subscribers after which one, and how much is left out."""

    accounts: list[int]
    subscribers: int
    after: int
    left: int


@dataclass
class Tree:
    """What was read of a tree, by what it hangs on."""

    root: Entity
    numbers: Numbers
    slices: dict[Key, Slice] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    subscribers: dict[int, list[Subscriber]] = field(default_factory=dict)
    subscriptions: dict[Key, list[Subscription]] = field(default_factory=lambda: defaultdict(list))
    beside: dict[int, list[object]] = field(default_factory=dict)
    opened: set[Key] = field(default_factory=set)

    def rows(self, depth: int = 0) -> Iterator[Row]:
        """Yield the rows, each right after what it hangs on."""
        key = key_of(self.root)
        own = self.subscriptions.get(key, [])
        if key in self.slices:
            yield from self._branch(key, depth)
            if own and not self.slices[key].left:
                if isinstance(self.root, Customer):
                    yield Heading("Customer-wide offers", len(own))
                yield from self._offers(own, depth)
        else:
            yield from self._offers(own, depth)

    def _branch(self, key: Key, depth: int) -> Iterator[Row]:
        part = self.slices[key]
        last = None
        for pk in part.accounts:
            if account := self.accounts.get(pk):
                yield from self._account(account, depth)
                last = Key("account", pk)
        for subscriber in self.subscribers.get(key.pk, []) if key.kind == "account" else []:
            yield from self._subscriber(subscriber, depth)
            last = key_of(subscriber)
        if part.left and last:
            yield Rest(key, last, depth, part.left)

    def _account(self, account: Account, depth: int) -> Iterator[Row]:
        key = key_of(account)
        opened = key in self.opened
        note = of_account(self.numbers, account.pk)
        yield Node(account, depth, opened or self.numbers.direct(account.pk) > 0, opened, note)
        if opened:
            yield from self._branch(key, depth + 1)
            if not self.slices[key].left:
                yield from self._offers(self.subscriptions.get(key, []), depth + 1)

    def _subscriber(self, subscriber: Subscriber, depth: int) -> Iterator[Row]:
        key = key_of(subscriber)
        own = self.subscriptions.get(key, [])
        opened = bool(own) and key in self.opened
        yield Node(subscriber, depth, bool(own), opened, "" if opened else of_subscriptions(own, self.beside))
        if opened:
            yield from self._offers(own, depth + 1)

    def _offers(self, rows: list[Subscription], depth: int, parent: int | None = None) -> Iterator[Row]:
        known = {row.pk for row in rows}
        for row in rows:
            if (row.parent_id if row.parent_id in known else None) == parent:
                has_below = any(other.parent_id == row.pk for other in rows)
                yield Node(row, depth, has_below, has_below)
                yield from self._offers(rows, depth + 1, row.pk)


def grow(
    root: Entity, numbers: Numbers, beside: object, opened: set[Key] | None = None, after: Key | None = None
) -> Tree:
    """Read the tree below a root; `opened` says which branches are open, else small ones open by themselves.

    With `after` it is the page of the root's own branch behind that row. `beside` reads what shows beside
    subscriptions.
    """
    tree = Tree(root, numbers)
    room = _choose_accounts(tree, opened, after)
    keys = [pk for part in tree.slices.values() for pk in part.accounts]
    tree.accounts = read_accounts(numbers, keys)
    _read_subscribers(tree)
    _read_subscriptions(tree, beside)
    _choose_subscribers(tree, opened, room)
    return tree


def read_accounts(numbers: Numbers, keys: list[int]) -> dict[int, Account]:
    """Return accounts by their keys; they are read unless that was done as they were counted."""
    if numbers.read or not keys:
        return numbers.read
    return {row.pk: row for row in with_configuration(Account.objects.filter(pk__in=keys))}


def _choose_accounts(tree: Tree, asked: set[Key] | None, after: Key | None) -> int:
    """Choose which accounts are open; return how much room is left."""
    numbers, root = tree.numbers, key_of(tree.root)
    if root.kind == "subscriber":
        return ROOM
    tree.slices[root] = top = _slice(numbers, root, after)
    room = ROOM - len(top.accounts) - top.subscribers
    waiting = deque(top.accounts)
    while waiting:
        pk = waiting.popleft()
        key, cost = Key("account", pk), numbers.direct(pk)
        wanted = key in asked if asked is not None else 0 < cost <= room and after is None
        if wanted and len(tree.opened) < MOST_OPENED:
            tree.opened.add(key)
            tree.slices[key] = part = _slice(numbers, key, None)
            room -= cost
            waiting.extend(part.accounts)
    return room


def _slice(numbers: Numbers, key: Key, after: Key | None) -> Slice:
    accounts = numbers.children.get(None if key.kind == "customer" else key.pk, [])
    if after and after.kind == "account":
        accounts = [pk for pk in accounts if pk > after.pk]
    subscribers = sum(numbers.subscribers.get(key.pk, {}).values()) if key.kind == "account" else 0
    behind = after.pk if after and after.kind == "subscriber" else 0
    if behind and "subscriber" in numbers.levels:
        accounts = []
        subscribers = _of_branch(numbers, key.pk).filter(pk__gt=behind).count()
    shown = accounts[:PAGE]
    room = min(PAGE - len(shown), subscribers)
    return Slice(shown, room, behind, len(accounts) - len(shown) + subscribers - room)


def _of_branch(numbers: Numbers, account: int) -> QuerySet[Subscriber]:
    rows = Subscriber.objects.filter(account=account)
    return rows if numbers.gone else rows.exclude(state=State.DEACTIVATED)


def _read_subscribers(tree: Tree) -> None:
    """Read the subscribers that show: of all small branches at once, of a large one its page."""
    wanted = {key.pk: part for key, part in tree.slices.items() if key.kind == "account" and part.subscribers}
    small = [pk for pk, part in wanted.items() if not part.left and not part.after]
    if small:
        rows = Subscriber.objects.filter(account__in=small)
        rows = rows if tree.numbers.gone else rows.exclude(state=State.DEACTIVATED)
        for row in with_configuration(rows).order_by("pk"):
            tree.subscribers.setdefault(row.account_id, []).append(row)
    for pk, part in wanted.items():
        if pk not in small:
            rows = _of_branch(tree.numbers, pk).filter(pk__gt=part.after).order_by("pk")
            tree.subscribers[pk] = list(with_configuration(rows)[: part.subscribers])


def _read_subscriptions(tree: Tree, beside: Any) -> None:
    if "subscription" not in tree.numbers.levels:
        return
    subscribers = [row.pk for rows in tree.subscribers.values() for row in rows]
    accounts = [key.pk for key in tree.slices if key.kind == "account"]
    root = key_of(tree.root)
    wanted = Q(subscriber__in=[*subscribers, *([root.pk] if root.kind == "subscriber" else [])])
    wanted |= Q(account__in=accounts)
    if root.kind == "customer":
        wanted |= Q(customer=root.pk)
    rows = Subscription.objects.filter(wanted)
    rows = rows if tree.numbers.gone else rows.exclude(state=State.DEACTIVATED)
    # Put in order here: asked for by key and cut, PostgreSQL would rather walk the whole table in that order.
    found = sorted(with_configuration(rows.order_by())[:MOST_SUBSCRIPTIONS], key=lambda row: row.pk)
    for row in found:
        tree.subscriptions[owner_of(row)].append(row)
    tree.beside = beside(found)


def owner_of(row: Subscription) -> Key:
    """Return the key of who has a subscription, which is not read for it."""
    return Key(row.owner_kind, getattr(row, f"{row.owner_kind}_id"))


def _choose_subscribers(tree: Tree, asked: set[Key] | None, room: int) -> None:
    """Open the subscribers that are asked for; else all that show or none, so that they look alike."""
    shown = [key_of(row) for rows in tree.subscribers.values() for row in rows]
    if asked is None and sum(len(tree.subscriptions.get(key, ())) for key in shown) > room:
        return
    tree.opened |= {key for key in shown if asked is None or key in asked}
