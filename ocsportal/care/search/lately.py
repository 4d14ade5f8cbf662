"""What a user changed lately in the portal: what the search offers before anything is typed."""

from typing import Any

from django.db.models import Model

from ocsportal.care.search import accounts, customers, offers, subscribers
from ocsportal.care.search.hits import Group, Source, hit
from ocsportal.entities.search.ranking import Rank
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction, Channel

SOURCES: dict[str, Source] = {
    "customer": customers.SOURCE,
    "account": accounts.SOURCE,
    "subscriber": subscribers.SOURCE,
    "subscription": offers.SOURCE,
}
# How many of the newest transactions are looked at, and how many entities are offered.
MOST_LOOKED_AT, MOST_SHOWN = 60, 8


def lately(user: User) -> Group | None:
    """Return what the user changed last and may still see, each once, the latest first; None when there is nothing."""
    mine = BusinessTransaction.objects.filter(actor=user, channel=Channel.PORTAL).order_by("-pk")
    named = dict.fromkeys(mine.values_list("target_kind", "target_ref_id")[:MOST_LOOKED_AT])
    seen = [(kind, ref_id) for kind, ref_id in named if kind in SOURCES and SOURCES[kind].may(user)][:MOST_SHOWN]
    rows: dict[tuple[str, str], Any] = {}
    for kind in dict.fromkeys(kind for kind, _ in seen):
        ids = [ref_id for other, ref_id in seen if other == kind]
        rows |= {(kind, row.ref_id): row for row in SOURCES[kind].rows().filter(ref_id__in=ids)}
    hits = [hit(rows[key], key[0], Rank.PART, _owner(rows[key])) for key in seen if key in rows]
    return Group("lately", "Recently worked on", hits) if hits else None


def _owner(row: Model) -> str | None:
    above = getattr(row, "owner", None) or getattr(row, "account", None) or getattr(row, "customer", None)
    return str(getattr(above, "customer", above)) if above else None
