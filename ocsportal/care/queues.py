"""The work queues: what waits for a decision, what comes into force by itself, what was refused when it was due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils import timezone

from ocsportal.entities.due import entity_models
from ocsportal.entities.states import PlanStatus
from ocsportal.transactions.models import BusinessTransaction

QUEUES = {"pending": PlanStatus.PENDING, "scheduled": PlanStatus.SCHEDULED, "refused": PlanStatus.REFUSED}
TITLES = {"pending": "Pending decisions", "scheduled": "Scheduled changes", "refused": "Refused when due"}
EXPLAINS = {
    "pending": "Planned but uncertain: each waits until somebody confirms or cancels it.",
    "scheduled": "Certain: each comes into force by itself at its time.",
    "refused": "These fell due but were no longer possible; each says why.",
}
BARS = 12


@dataclass(frozen=True)
class Entry:
    """One entity with a plan, and where its page and its decisions are."""

    entity: Any
    kind: str
    url: str
    confirm: str
    cancel: str
    overdue: bool


def entries(queue: str, at: datetime, limit: int) -> list[Entry]:
    """Return a queue's entries over all levels, the oldest date first."""
    found: list[Any] = []
    for model in entity_models():
        rows = model._default_manager.filter(plan_status=QUEUES[queue]).select_related("plan_reason", "state_reason")
        found += rows.order_by("plan_valid_from", "pk")[:limit]
    found.sort(key=lambda entity: (entity.plan_valid_from, entity.pk))
    return [_entry(entity, at) for entity in found[:limit]]


def _entry(entity: Any, at: datetime) -> Entry:
    name = f"admin:{entity._meta.app_label}_{entity._meta.model_name}"
    return Entry(
        entity,
        str(entity._meta.verbose_name),
        reverse(f"{name}_change", args=[entity.pk]),
        reverse(f"{name}_verb", args=[entity.pk, "confirm-plan"]),
        reverse(f"{name}_verb", args=[entity.pk, "cancel-plan"]),
        entity.plan_valid_from < at,
    )


def due_today(at: datetime) -> tuple[int, datetime | None]:
    """Return how many scheduled changes are left for today, and when the next one of all is due."""
    local = timezone.localtime(at)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    count, nearest = 0, None
    for model in entity_models():
        rows = model._default_manager.filter(plan_status=PlanStatus.SCHEDULED)
        count += rows.filter(plan_valid_from__lt=midnight).count()
        first = rows.order_by("plan_valid_from", "pk").values_list("plan_valid_from", flat=True).first()
        nearest = min(filter(None, (nearest, first)), default=None)
    return count, nearest


def overdue(at: datetime) -> int:
    """Return how many pending decisions have passed their date."""
    return sum(
        model._default_manager.filter(plan_status=PlanStatus.PENDING, plan_valid_from__lt=at).count()
        for model in entity_models()
    )


def per_hour(at: datetime) -> list[dict[str, Any]]:
    """Return the bars of the last hours' Business Transactions: place, height, number, and whether it is this hour."""
    hour = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
    hours = [hour - timedelta(hours=back) for back in range(BARS - 1, -1, -1)]
    rows = BusinessTransaction.objects.filter(at__gte=hours[0]).order_by().annotate(hour=TruncHour("at"))
    counts = {row["hour"]: row["number"] for row in rows.values("hour").annotate(number=Count("pk"))}
    most = max([*counts.values(), 1])
    return [
        {
            "x": place * 24 + 2,
            "height": round(100 * counts.get(start, 0) / most) or 1,
            "y": 105 - (round(100 * counts.get(start, 0) / most) or 1),
            "number": counts.get(start, 0),
            "label": f"{start:%H:%M}",
            "now": start == hour,
        }
        for place, start in enumerate(hours)
    ]


def this_hour(at: datetime) -> tuple[int, str]:
    """Return how many Business Transactions there were since the hour began, and by which ways."""
    hour = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
    rows = BusinessTransaction.objects.filter(at__gte=hour).order_by().values("channel").annotate(number=Count("pk"))
    counts = {row["channel"]: row["number"] for row in rows}
    words = " · ".join(
        f"{channel.lower() if channel != 'REST' else channel} {number}" for channel, number in counts.items()
    )
    return sum(counts.values()), words
