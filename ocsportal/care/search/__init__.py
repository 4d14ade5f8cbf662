"""Find anyone: by any ID first, then by number and e-mail, then by name (docs/portal.md, search).

Each level has a module that says how its own are found; here is in which order they are asked.
"""

from collections.abc import Callable
from types import ModuleType

from accounts.operations import read_account
from balances.operations import read_subscription_balances
from customers.operations import read_customer
from ocsportal.care.search import accounts, customers, offers, subscribers, transactions
from ocsportal.care.search.hits import MOST_HITS, Hit
from ocsportal.people.models import User
from offers.operations import read_subscription
from subscribers.operations import read_subscriber, read_subscriber_resource

__all__ = ["Hit", "find"]

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
    hits = [hit for level in levels for hit in level.exact(term)]
    if not hits and read_subscription_balances.allowed(user):
        hits = offers.exact_balance(term)
    if not hits:
        numbers: list[Callable[[str], list[Hit]]] = []
        if read_subscriber_resource.allowed(user):
            numbers.append(subscribers.known_by)
        if customers in levels:
            numbers.append(customers.reached)
        hits = [hit for look_up in numbers for hit in look_up(term)]
    if not hits:
        hits = _shared_out([level.named(term) for level in levels])
    if user.has_perm("transactions.view_businesstransaction"):
        hits += transactions.exact(term)
    return hits[:MOST_HITS]


def _shared_out(found: list[list[Hit]]) -> list[Hit]:
    """Return the hits level by level, none of which takes the room of those after it."""
    return [hit for hits in found for hit in hits[:MOST_OF_A_LEVEL]]
