"""What somebody had in hand lately, for their home page: what they changed, and the balances that run low among it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from balances.drawing import Drawing, drawn
from balances.models import Balance
from balances.operations import read_subscription_balance
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.templatetags.portal import moment
from ocsportal.backoffice.words import did_words
from ocsportal.care.queues.entries import top_of
from ocsportal.care.queues.reach import Roots, walked
from ocsportal.care.search.hits import address
from ocsportal.care.search.lately import SOURCES
from ocsportal.care.tree.counts import LOOK, at_now
from ocsportal.entities.models import Entity
from ocsportal.entities.states import State
from ocsportal.entities.store.whole import whole
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction, Channel

# How many of the newest transactions are looked at, how many entities and low balances show, and how far below is looked.
MOST_LOOKED_AT, MOST_SHOWN, MOST_LOW, MOST_BELOW = 60, 8, 6, 2_000


@dataclass(frozen=True)
class WorkedOn:
    """Something that a user changed: what it is, what was done last, and when."""

    entity: Entity
    kind: str
    deed: str
    when: str


@dataclass(frozen=True)
class Low:
    """A balance that runs low, and whose it is."""

    url: str
    service: str
    whose: Entity
    drawn: Drawing


def desk(user: User) -> Drawn:
    """Return what a user changed last, each once, the latest first, and the balances that run low among it."""
    touched = _touched(user)
    may = read_subscription_balance.allowed(user)
    return {"touched": touched, "low": _low([one.entity for one in touched]) if may else []}


def _touched(user: User) -> list[WorkedOn]:
    rows = BusinessTransaction.objects.filter(actor=user, channel=Channel.PORTAL).order_by("-pk")
    last: dict[tuple[str, str], tuple[str, datetime]] = {}
    for kind, ref_id, name, at in rows.values_list("target_kind", "target_ref_id", "operation", "at")[:MOST_LOOKED_AT]:
        if kind in SOURCES and SOURCES[kind].may(user):
            last.setdefault((kind, ref_id), (name, at))
    shown = list(last.items())[:MOST_SHOWN]
    found: dict[tuple[str, str], Entity] = {}
    for kind in dict.fromkeys(key[0] for key, _ in shown):
        ids = [key[1] for key, _ in shown if key[0] == kind]
        found |= {(kind, row.ref_id): row for row in SOURCES[kind].rows().filter(ref_id__in=ids)}
    there = [(key, name, at) for key, (name, at) in shown if key in found]
    there.sort(key=lambda one: one[2], reverse=True)
    return [WorkedOn(found[key], _kind(found[key]), did_words(name), moment(at)) for key, name, at in there]


def _kind(entity: Entity) -> str:
    top = top_of(entity)
    return f"{entity._meta.verbose_name} of {top}" if top is not entity else str(entity._meta.verbose_name)


def _low(entities: list[Entity]) -> list[Low]:
    """Return the balances at or below some entities that are used up or nearly so, and not ended."""
    roots: Roots = {"customer": [], "account": [], "subscriber": [], "subscription": []}
    for place, entity in enumerate(entities):
        roots[str(entity._meta.model_name)].append((entity.pk, place))
    low = _found_low(roots) if entities else []
    rows = whole(Balance.objects.all(), "subscription").in_bulk(low) if low else {}
    return [_told(rows[key]) for key in low if key in rows]


def _found_low(roots: Roots) -> list[int]:
    """Return the keys of the balances of active subscriptions that are used up or nearly so, with one statement."""
    walk, given = walked(roots, MOST_BELOW)
    # Looked for by the subscriptions alone: the whole table is none of anybody's home page.
    sql = (
        f"{walk} SELECT DISTINCT b.id FROM owned o JOIN offers_subscription x ON x.id = o.id "
        f"JOIN balances_balance b ON b.subscription_id = o.id WHERE x.state = '{State.ACTIVE}' AND {LOOK} IN ('low', 'out') "
        f"ORDER BY b.id LIMIT {MOST_LOW}"
    )
    now: list[Any] = [at_now()]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*given, *now])
        return [key for (key,) in cursor.fetchall()]


def _told(balance: Balance) -> Low:
    return Low(address(balance), str(balance.service), top_of(balance.subscription), drawn(balance))
