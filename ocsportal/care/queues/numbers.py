"""What home says of the queues and of what is done: how much is due today, overdue, and done per hour."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.menu import MOST_COUNTED
from ocsportal.backoffice.templatetags.portal import way
from ocsportal.entities.glance import first_of, how_many
from ocsportal.entities.life.due import entity_models
from ocsportal.entities.life.plans import PlannedChange, kinds_of
from ocsportal.transactions.models import BusinessTransaction

BARS = 12
# Beyond it, the transactions of an hour are no longer counted one by one.
MOST_OF_AN_HOUR = 1000


def today(at: datetime) -> tuple[int, int]:
    """Return how many changes of states and bill cycles are left for today, and how many decisions are overdue.

    Both as far as one counts at a glance, with one statement.
    """
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    kinds = [(model, kind) for model in entity_models() for kind in kinds_of(model)]
    due = [_until(model, kind, kind.scheduled, midnight) for model, kind in kinds]
    overdue = [
        _until(model, kind, those.rows, at) for model, kind in kinds for those in kind.waiting if those.undecided
    ]
    counts = how_many([*due, *overdue], MOST_COUNTED + 1)
    return sum(counts[: len(due)]), sum(counts[len(due) :])


def _until(model: type[Model], kind: PlannedChange, rows: Q, at: datetime) -> QuerySet[Model]:
    """Return some of a level's rows with plans for before an instant."""
    found: QuerySet[Model] = model._default_manager.filter(rows, **{f"{kind.instant}__lt": at})
    return found.order_by(kind.instant, "pk")


def hours(at: datetime) -> Drawn:
    """Return the Business Transactions of the last hours, as bars, and this hour's with the ways that they came by."""
    hour = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
    starts = [hour - timedelta(hours=back) for back in range(BARS - 1, -1, -1)]
    each = [_between(start, start + timedelta(hours=1)) for start in starts]
    counts = how_many(each, MOST_OF_AN_HOUR + 1)
    busy = [number > MOST_OF_AN_HOUR for number in counts]
    if any(busy):
        counts = [about if many else number for about, many, number in zip(_about(starts), busy, counts, strict=True)]
    newest = each[-1].values_list("channel", flat=True)[:MOST_OF_AN_HOUR]
    ways = {} if busy[-1] else Counter(newest)
    most = max([*counts, 1])
    return {
        "bars": [_bar(place, starts[place], number, most, place == BARS - 1) for place, number in enumerate(counts)],
        "hour_count": f"about {counts[-1]:,}" if busy[-1] else counts[-1],
        "hour_words": " · ".join(f"{way(channel)} {number}" for channel, number in sorted(ways.items()))
        or ("all channels" if busy[-1] else ""),
    }


def _between(start: datetime, end: datetime) -> QuerySet[BusinessTransaction]:
    return BusinessTransaction.objects.filter(at__gte=start, at__lt=end).order_by("-at", "-pk")


def _about(starts: list[datetime]) -> list[int]:
    """Return about how many Business Transactions each hour had: how far its first key is from the next hour's first."""
    rows = BusinessTransaction.objects.order_by("at", "pk")
    first = first_of([(rows.filter(at__gte=start), "at") for start in starts], 1)
    newest = BusinessTransaction.objects.order_by("-at", "-pk").values_list("pk", flat=True).first() or 0
    keys = [those[0][1] if those else newest + 1 for those in first]
    return [max(0, after - before) for before, after in pairwise([*keys, newest + 1])]


def _bar(place: int, start: datetime, number: int, most: int, now: bool) -> Drawn:
    """Return the bar of an hour: place, height, number, and whether it is this hour."""
    height = round(100 * number / most) or 1
    return {
        "x": place * 24 + 2,
        "height": height,
        "y": 105 - height,
        "number": number,
        "label": f"{start:%H:%M}",
        "now": now,
    }
