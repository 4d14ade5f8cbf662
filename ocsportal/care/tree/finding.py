"""What of a tree fits a chip or what is typed: the rows that fit, under what they hang on, and nothing else."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import Account
from balances.models import Balance
from ocsportal.care.tree.counts import LOOK, Numbers, at_now, owned_by
from ocsportal.care.tree.growing import Slice, Tree, owner_of, read_accounts
from ocsportal.care.tree.nodes import MODELS, Key, key_of
from ocsportal.entities.models import Entity
from ocsportal.entities.search.conditions import anywhere
from ocsportal.entities.states import OPEN_PLANS, State
from ocsportal.entities.store.remembering import with_configuration
from offers.models import Offer, Subscription
from subscribers.models import Subscriber, SubscriberResource

MOST_FOUND = 50
DIGITS = re.compile(r"[^0-9]")
SHORTEST_NUMBER = 3
# What is odd: it fits by the state that it has.
STATES = {"suspended": State.SUSPENDED, "inactive": State.INACTIVE}
CHIPS = (*STATES, "own", "planned", "low")


@dataclass
class Hits:
    """What fits, level by level."""

    accounts: list[int] = field(default_factory=list)
    subscribers: list[Subscriber] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)

    def cut(self) -> bool:
        """Leave as many as show; return whether there were more."""
        room, more = MOST_FOUND, False
        for name in ("accounts", "subscribers", "subscriptions"):
            rows = getattr(self, name)
            more = more or len(rows) > room
            setattr(self, name, rows[:room])
            room -= len(rows[:room])
        return more


class Finder:
    """Looks for what fits in the tree of a root."""

    def __init__(self, root: Entity, numbers: Numbers) -> None:
        self.root, self.numbers = root, numbers

    def fitting(self, chip: str) -> Hits:
        """Return what fits a chip."""
        if chip == "low":
            if "balance" not in self.numbers.levels:
                return Hits()
            return Hits(subscriptions=self._subscriptions(Q(pk__in=self._low())))
        known = self.numbers.accounts.items()
        if chip == "planned":
            plan = Q(plan_status__in=OPEN_PLANS)
            accounts = [pk for pk, row in known if row.planned]
            return Hits(accounts, self._subscribers(plan), self._subscriptions(plan))
        if chip == "own":
            states = tuple(STATES.values())
            accounts = [pk for pk, row in known if row.own and row.state in states]
            return Hits(accounts, self._subscribers(Q(state__in=states, state_imposed_by="")))
        accounts = [pk for pk, row in known if row.state == STATES[chip]]
        return Hits(accounts, self._subscribers(Q(state=STATES[chip])))

    def named(self, term: str) -> Hits:
        """Return what has a name, an ID, a number, a SIM card or an offer like what is typed."""
        same = anywhere(term) | Q(ref_id=term) | Q(external_id=term)
        accounts = Account.objects.filter(pk__in=list(self.numbers.accounts)).filter(same)
        found = list(accounts.order_by("pk").values_list("pk", flat=True)[: MOST_FOUND + 1])
        offers = Offer.objects.filter(Q(code__icontains=term) | Q(name__icontains=term)).values_list("pk", flat=True)
        subscriptions = self._subscriptions(same | Q(offer__in=list(offers[:MOST_FOUND])))
        return Hits(found, self._subscribers(same | Q(pk__in=self._holders(term))), subscriptions)

    def one(self, key: Key) -> Hits:
        """Return a row of the tree; nothing when it is none of this tree."""
        if key.kind == "account":
            return Hits(accounts=[key.pk] if key.pk in self.numbers.accounts else [])
        if key.kind == "subscriber":
            return Hits(subscribers=self._subscribers(Q(pk=key.pk)))
        return Hits(subscriptions=self._subscriptions(Q(pk=key.pk)))

    def _accounts(self) -> list[int]:
        own = [self.root.pk] if isinstance(self.root, Account) else []
        return [*self.numbers.accounts, *own]

    def _subscribers(self, wanted: Q) -> list[Subscriber]:
        if isinstance(self.root, Subscriber) or "subscriber" not in self.numbers.levels:
            return []
        rows = Subscriber.objects.filter(wanted, account__in=self._accounts())
        return _few(self._live(rows))

    def _subscriptions(self, wanted: Q) -> list[Subscription]:
        if "subscription" not in self.numbers.levels:
            return []
        sql, given = owned_by(self.root, self._accounts(), "x.id", self.numbers.gone)
        among = RawSQL(sql, given)  # noqa: S611  # nothing of it comes from outside
        rows = Subscription.objects.filter(wanted, pk__in=among)
        return [row for row in _few(rows) if row.owner_kind in self.numbers.levels]

    def _live(self, rows: QuerySet[Model]) -> QuerySet[Model]:
        return rows if self.numbers.gone else rows.exclude(state=State.DEACTIVATED)

    def _low(self) -> list[int]:
        """Return the keys of the subscriptions with a balance that is low or used up."""
        sql, given = owned_by(self.root, self._accounts(), "x.id", self.numbers.gone)
        balances = f"({sql}) o JOIN balances_balance b ON b.subscription_id = o.id"
        low = f"SELECT b.id FROM {balances} WHERE {LOOK} IN ('low', 'out')"
        rows = Balance.objects.filter(pk__in=RawSQL(low, [*given, at_now()]))  # noqa: S611  # as above
        return list(rows.values_list("subscription", flat=True).distinct()[: MOST_FOUND + 1])

    def _holders(self, term: str) -> list[int]:
        """Return who has a value now that what is typed is a part of, however a number is written."""
        rows = SubscriberResource.objects.filter(valid_to=None, subscriber__account__in=self._accounts())
        digits = DIGITS.sub("", term).lstrip("0")
        wanted = Q(value__icontains=term)
        if len(digits) >= SHORTEST_NUMBER and not re.search("[^0-9 +()/.-]", term):
            wanted |= Q(value__contains=digits)
        return list(rows.filter(wanted).values_list("subscriber", flat=True)[: MOST_FOUND + 1])


def _few(rows: QuerySet[Model]) -> list[Any]:
    """Return as many rows as show, and one more, in their order.

    They are put in order here: ordered and cut by PostgreSQL they might cost a walk through the whole table.
    """
    return sorted(with_configuration(rows.order_by())[: MOST_FOUND + 1], key=lambda row: row.pk)


def tree_of(root: Entity, numbers: Numbers, hits: Hits, beside: Any) -> Tree:
    """Return the tree of what was found, all of it open."""
    tree = Tree(root, numbers)
    shown = _owners(hits)
    subscribers = {row.pk: row for row in hits.subscribers}
    missing = [key.pk for key in shown if key.kind == "subscriber" and key.pk not in subscribers]
    if missing and not isinstance(root, Subscriber):
        subscribers |= {row.pk: row for row in with_configuration(Subscriber.objects.filter(pk__in=missing))}
    for row in sorted(subscribers.values(), key=lambda row: row.pk):
        tree.subscribers.setdefault(row.account_id, []).append(row)
        shown.add(Key("account", row.account_id))
    for subscription in hits.subscriptions:
        tree.subscriptions[owner_of(subscription)].append(subscription)
    tree.beside = beside(hits.subscriptions)
    _hang(tree, {*hits.accounts, *(key.pk for key in shown if key.kind == "account")})
    tree.opened = {*shown, *tree.slices}
    return tree


def _owners(hits: Hits) -> set[Key]:
    return {owner_of(row) for row in hits.subscriptions}


def _hang(tree: Tree, accounts: Iterable[int]) -> None:
    """Enter accounts and all above them, up to the root, each under its parent."""
    root = key_of(tree.root)
    below: dict[Key, set[int]] = {root: set()} if root.kind != "subscriber" else {}
    for account in accounts:
        pk: int | None = account
        while pk is not None and Key("account", pk) != root and pk in tree.numbers.accounts:
            parent = tree.numbers.accounts[pk].parent
            above = root if root.kind == "customer" and parent is None else Key("account", parent or 0)
            below.setdefault(above, set()).add(pk)
            below.setdefault(Key("account", pk), set())
            pk = parent
    tree.slices = {key: Slice(sorted(children), 0, 0, 0) for key, children in below.items()}
    tree.accounts = read_accounts(tree.numbers, [pk for part in tree.slices.values() for pk in part.accounts])


def is_found(key: Key) -> bool:
    """Whether a key is that of a row that can be found."""
    return key.kind in MODELS and key.kind != "customer"
