"""What an agent gave lately comes first: the state reasons that were chosen, the reasons that were typed."""

import re
from collections.abc import Iterable, Sequence

from django.db.models.functions import Left

from ocsportal.transactions.actor import Actor
from ocsportal.transactions.models import BusinessTransaction, Channel

# How many of an agent's newest transactions are looked at, and how many reasons are offered.
MOST_LOOKED_AT, MOST_OFFERED = 40, 5
# How much of an answer is read: a cascade's may have megabytes, and the entity that was named comes first.
BEGINNING = 4_000
GIVEN = re.compile(r'"(?:state|plannedState)":\{"state":"([A-Z]+)","stateReason":\{"refId":"[^"]*","code":"([^"]+)"')

# Why, and the beginning of the answer, of an agent's transactions.
Given = Sequence[tuple[str, str | None]]


def lately(user: Actor) -> Given:
    """Return what the agent gave in the newest transactions in the portal, the last one first."""
    mine = BusinessTransaction.objects.filter(actor_id=user.pk, channel=Channel.PORTAL, erased_by=None)
    return list(mine.order_by("-pk").values_list("reason", Left("answer", BEGINNING))[:MOST_LOOKED_AT])


def reasons(rows: Given) -> list[str]:
    """Return the reasons that were typed lately, each once, the last one first."""
    return list(dict.fromkeys(reason for reason, _ in rows if reason))[:MOST_OFFERED]


def last_first(choices: Iterable[tuple[str, str]], rows: Given, state: str) -> list[tuple[str, str]]:
    """Return the reasons of a state, the one that the agent chose last for it first; the others keep their order."""
    given = (found for _, answer in rows for found in GIVEN.findall(answer or ""))
    last = next((code for of, code in given if of == state), "")
    return sorted(choices, key=lambda choice: (choice[0] != "", choice[0] != last))
