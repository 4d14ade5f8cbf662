"""What is below in numbers: of the whole tree and of each account, in two statements, however large it is.

No more than MOST_* rows of each kind are looked at, so that a giant costs no more than a large customer; beyond
that the numbers say "more than".
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from customers.models import Customer
from ocsportal.entities.models import Entity
from ocsportal.entities.states import OPEN_PLANS, State
from ocsportal.entities.store.remembering import with_configuration
from ocsportal.transactions.sqlite import to_text
from subscribers.models import Subscriber

MOST_ACCOUNTS, MOST_SUBSCRIBERS, MOST_SUBSCRIPTIONS = 5_000, 20_000, 5_000
# So many accounts are read whole at once; of more only what is needed to hang them, and then those that show.
FEW_ACCOUNTS = 100
# A balance of which at most this share is left, in percent, is low.
LOW = 10

AMONG = {"postgresql": "= ANY(%s::bigint[])", "sqlite": "IN (SELECT value FROM json_each(%s))"}
PLANNED = f"plan_status IN ({', '.join(repr(status.value) for status in OPEN_PLANS)})"
# The rows are found first, key by key; what is asked of them comes after.
COUNT = """
WITH few AS MATERIALIZED (
    SELECT account_id, state, state_imposed_by = '' AS own, {planned} AS planned
    FROM subscribers_subscriber WHERE {subscribers}{live} LIMIT %s
), owned AS MATERIALIZED (
    SELECT id, account_id, {planned} AS planned FROM ({owned}) o LIMIT %s
)
SELECT 'subscriber', account_id, state, own, planned, COUNT(*) FROM few GROUP BY account_id, state, own, planned
UNION ALL SELECT 'subscription', COALESCE(account_id, 0), '', planned, planned, COUNT(*)
    FROM owned GROUP BY account_id, planned
UNION ALL SELECT 'balance', 0, {look}, planned, planned, COUNT(*) FROM owned
    JOIN balances_balance b ON b.subscription_id = owned.id GROUP BY 3, 4
"""
LEFT = "CASE WHEN b.deducted THEN b.actual ELSE b.granted - b.actual END"
LOOK = (
    f"CASE WHEN b.valid_to <= %s THEN 'ended' WHEN b.granted <= 0 OR {LEFT} <= 0 THEN 'out' "
    f"WHEN {LEFT} * 100 <= b.granted * {LOW} THEN 'low' ELSE 'well' END"
)
OWNED = "SELECT {named} FROM offers_subscription x WHERE x.{link}{live}"
OF_SUBSCRIBERS = (
    "SELECT {named} FROM subscribers_subscriber s JOIN offers_subscription x ON x.subscriber_id = s.id "
    "WHERE s.{accounts}{live}"
)


class Brief(NamedTuple):
    """What is known of each account without reading it whole: there may be thousands."""

    parent: int | None
    state: str
    own: bool
    planned: bool

    @classmethod
    def of(cls, account: Account) -> "Brief":
        """Return it of an account that was read."""
        return cls(account.parent_id, account.state, not account.state_imposed_by, account.has_plan)


@dataclass
class Numbers:
    """What stands below a root."""

    accounts: dict[int, Brief] = field(default_factory=dict)
    # The accounts themselves, where there are few.
    read: dict[int, Account] = field(default_factory=dict)
    subscribers: dict[int, Counter[str]] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    own: int = 0
    planned: int = 0
    subscriptions: int = 0
    # By the account that has them itself.
    offers: Counter[int] = field(default_factory=Counter)
    balances: Counter[str] = field(default_factory=Counter)
    children: dict[int | None, list[int]] = field(default_factory=dict)
    gone: bool = False
    # The levels that may be read, by whoever looks; of the others nothing is counted, and nothing shows.
    levels: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether all accounts are among them."""
        return len(self.accounts) < MOST_ACCOUNTS

    @property
    def low(self) -> int:
        """How many balances are low or used up."""
        return self.balances["low"] + self.balances["out"]

    def below(self, account: int) -> Counter[str]:
        """Return how many subscribers an account and all accounts below it have, by state."""
        total = Counter(self.subscribers.get(account, ()))
        for child in self.children.get(account, ()):
            total += self.below(child)
        return total

    def direct(self, account: int) -> int:
        """Return how many rows open with an account."""
        subscribers = sum(self.subscribers.get(account, Counter()).values())
        return len(self.children.get(account, ())) + subscribers + self.offers[account]


def keys_of(found: Iterable[int]) -> object:
    """Return keys as a statement takes a list of them."""
    keys = list(found)
    return json.dumps(keys) if connection.vendor == "sqlite" else keys


def numbers_of(root: Entity, levels: frozenset[str], gone: bool = False) -> Numbers:
    """Return what stands below a customer, an account or a subscriber, on the levels that may be read.

    What is deactivated counts only where it is asked for.
    """
    numbers = Numbers(gone=gone, levels=levels)
    if isinstance(root, Subscriber):
        return numbers  # All that is below is read anyway.
    if "account" in levels:
        _count_accounts(numbers, root)
    _count_below(numbers, root)
    return numbers


def _count_accounts(numbers: Numbers, root: Entity) -> None:
    customer = root.pk if isinstance(root, Customer) else root.customer_id  # type: ignore[attr-defined]
    live = Account.objects.filter(customer=customer).order_by("pk")
    if not numbers.gone:
        live = live.exclude(state=State.DEACTIVATED)
    whole = list(with_configuration(live)[: FEW_ACCOUNTS + 1])
    if len(whole) <= FEW_ACCOUNTS:
        numbers.read = {row.pk: row for row in whole}
        known = {pk: Brief.of(row) for pk, row in numbers.read.items()}
    else:
        columns = ("pk", "parent_id", "state", "state_imposed_by", "plan_status")
        slim = live.values_list(*columns)[:MOST_ACCOUNTS]
        known = {pk: Brief(parent, state, not by, plan in OPEN_PLANS) for pk, parent, state, by, plan in slim}
    children: dict[int | None, list[int]] = {}
    for pk, account in known.items():
        children.setdefault(account.parent, []).append(pk)
    numbers.children = children
    wanted = list(children.get(None if isinstance(root, Customer) else root.pk, ()))
    while wanted:
        pk = wanted.pop()
        numbers.accounts[pk] = known[pk]
        wanted += children.get(pk, ())
    numbers.own = sum(row.own and row.state != State.ACTIVE for row in numbers.accounts.values())
    numbers.planned = sum(row.planned for row in numbers.accounts.values())


def _count_below(numbers: Numbers, root: Entity) -> None:
    accounts = list(numbers.accounts)
    if isinstance(root, Account):
        accounts.append(root.pk)
    with connection.cursor() as cursor:
        cursor.execute(*statement(root, accounts, numbers.gone))
        for what, account, state, own, planned, number in cursor.fetchall():
            if what not in numbers.levels:
                continue
            if what == "subscriber":
                numbers.subscribers.setdefault(account, Counter())[state] += number
                numbers.states[state] += number
                numbers.own += number if own and state != State.ACTIVE else 0
                numbers.planned += number if planned else 0
            elif what == "subscription":
                numbers.subscriptions += number
                numbers.offers[account] += number
                numbers.planned += number if planned else 0
            else:
                numbers.balances[state] += number


def statement(root: Entity, accounts: list[int], gone: bool) -> tuple[str, list[Any]]:
    """Return the statement that counts below a root, with its parameters."""
    owned, given = owned_by(root, accounts, "x.id, x.account_id, x.plan_status", gone)
    among, keys = among_accounts(accounts)
    sql = COUNT.format(planned=PLANNED, subscribers=among, owned=owned, look=LOOK, live=live("", gone))
    return sql, [keys, MOST_SUBSCRIBERS + 1, *given, MOST_SUBSCRIPTIONS + 1, at_now()]


def at_now() -> object:
    """Return the present instant as a statement compares it."""
    now = timezone.now()
    return to_text(now) if connection.vendor == "sqlite" else now


def among_accounts(accounts: Iterable[int]) -> tuple[str, object]:
    """Return the condition that a row hangs on one of these accounts, and its parameter."""
    return f"account_id {AMONG[connection.vendor]}", keys_of(accounts)


def live(alias: str, gone: bool) -> str:
    """Return the further condition that a row is not deactivated; empty where what is gone shows too."""
    return "" if gone else f" AND {alias}state <> '{State.DEACTIVATED}'"


def owned_by(root: Entity, accounts: list[int], named: str, gone: bool) -> tuple[str, list[object]]:
    """Return the query for columns of the subscriptions in a tree, with its parameters."""
    words = {"named": named, "live": live("x.", gone)}
    if isinstance(root, Subscriber):
        return OWNED.format(link="subscriber_id = %s", **words), [root.pk]
    among, keys = among_accounts(accounts)
    parts = [OWNED.format(link=among, **words), OF_SUBSCRIBERS.format(accounts=among, **words)]
    given = [keys, keys]
    if isinstance(root, Customer):
        parts.insert(0, OWNED.format(link="customer_id = %s", **words))
        given.insert(0, root.pk)
    return " UNION ALL ".join(parts), given
