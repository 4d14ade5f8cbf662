"""What a row says of what is below it: how many, and what is odd among them."""

from collections import Counter
from typing import Any

from ocsportal.care.tree.counts import MOST_SUBSCRIBERS, Numbers
from ocsportal.entities.states import State
from offers.models import Subscription

ODD = (State.SUSPENDED, State.INACTIVE)


def several(number: int, word: str) -> str:
    """Return a number of things in words: `1 account`, `no accounts`, `1,200 accounts`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}" if number else f"no {word}s"


def of_states(states: Counter[str], *told: str) -> str:
    """Return how many subscribers there are, and how many in some states: `188 subscribers, 12 suspended`."""
    total = sum(states.values())
    if total > MOST_SUBSCRIBERS:
        return f"more than {MOST_SUBSCRIBERS:,} subscribers"
    odd = [f"{states[state]:,} {State(state).label.lower()}" for state in told if states[state]]
    return ", ".join([several(total, "subscriber"), *odd])


def of_account(numbers: Numbers, account: int) -> str:
    """Return what an account's row says of its branch."""
    if not numbers.is_whole:
        return ""
    accounts, offers, states = numbers.children.get(account, []), numbers.offers[account], numbers.below(account)
    told = [several(len(accounts), "account")] if accounts else []
    if states or not (accounts or offers):
        told.append(of_states(states, *ODD))
    return ", ".join([*told, several(offers, "offer")] if offers else told)


def of_subscriptions(rows: list[Subscription], beside: dict[int, list[Any]]) -> str:
    """Return what a closed subscriber's row says: `2 offers, 1 used up`."""
    if not rows:
        return ""
    looks = Counter(part["drawn"].look for row in rows for part in beside.get(row.pk, []))
    odd = [f"{looks[look]} {words}" for look, words in (("out", "used up"), ("low", "low")) if looks[look]]
    return ", ".join([several(len(rows), "offer"), *odd])
