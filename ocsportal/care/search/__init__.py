"""Find anyone: by any ID first, then by number and e-mail, then by name (docs/portal.md, search).

Each level has a module that says how its own are found; here is in which order they are asked.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from django.db.models import QuerySet

from accounts.operations import read_account
from balances.operations import read_subscription_balances
from customers.operations import read_customer
from ocsportal.care.search import accounts, customers, offers, subscribers, transactions
from ocsportal.care.search.hits import MOST_HITS, Hit
from ocsportal.entities.glance import how_many
from ocsportal.people.models import User
from offers.operations import read_subscription
from subscribers.operations import read_subscriber, read_subscriber_resource

__all__ = ["Hit", "find"]

# What is looked for, and how one that was found becomes a hit.
Asked = tuple[QuerySet[Any], Callable[[Any], Hit]]

# What a level leaves to those after it, however many of its own fit.
MOST_OF_A_LEVEL = 8


def find(user: User, term: str) -> list[Hit]:
    """Return what the user may see of what fits the term, an exact ID first."""
    term = term.strip()
    if not term or "\x00" in term:
        return []
    reads = (
        (read_customer, customers),
        (read_account, accounts),
        (read_subscriber, subscribers),
        (read_subscription, offers),
    )
    levels: list[ModuleType] = [module for read, module in reads if read.allowed(user)]
    by_id: list[Asked] = [(level.exact(term), level.told) for level in levels]
    if read_subscription_balances.allowed(user):
        by_id.append((offers.exact_balance(term), offers.told_balance))
    by_request: list[Asked] = []
    if user.has_perm("transactions.view_businesstransaction"):
        by_request.append((transactions.exact(term), transactions.told))
    found = _that_exist([*by_id, *by_request])
    requests = found[len(by_id) :]
    hits = [hit for those in found[: len(by_id)] for hit in those]
    if not hits:
        numbers: list[Callable[[str], list[Hit]]] = []
        if read_subscriber_resource.allowed(user):
            numbers.append(subscribers.known_by)
        if customers in levels:
            numbers.append(customers.reached)
        hits = [hit for look_up in numbers for hit in look_up(term)]
    if not hits:
        hits = _shared_out([level.named(term) for level in levels])
    return [*hits, *(hit for those in requests for hit in those)][:MOST_HITS]


def _that_exist(asked: list[Asked]) -> list[list[Hit]]:
    """Return the hits of each query; most have none, which is found out for all of them with one statement."""
    counts = how_many([rows for rows, _ in asked], MOST_HITS)
    return [
        [told(row) for row in rows[:MOST_HITS]] if count else []
        for (rows, told), count in zip(asked, counts, strict=True)
    ]


def _shared_out(found: list[list[Hit]]) -> list[Hit]:
    """Return the hits level by level, none of which takes the room of those after it."""
    return [hit for hits in found for hit in hits[:MOST_OF_A_LEVEL]]
