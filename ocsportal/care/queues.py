"""The work queues: what waits for a decision, what comes into force by itself, what was refused when it was due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import operations as account_operations
from accounts.models import Account
from ocsportal.backoffice.templatetags.portal import badge
from ocsportal.entities.due import entity_models
from ocsportal.entities.states import PlanStatus
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.operation import OPERATIONS

QUEUES = {"pending": PlanStatus.PENDING, "scheduled": PlanStatus.SCHEDULED, "refused": PlanStatus.REFUSED}
BILL_CYCLES = "bill-cycles"
TITLES = {
    "pending": "Pending decisions",
    "scheduled": "Scheduled changes",
    "refused": "Refused when due",
    BILL_CYCLES: "Planned bill cycles",
}
EXPLAINS = {
    "pending": "Planned but uncertain: each waits until somebody confirms or cancels it.",
    "scheduled": "Certain: each comes into force by itself at its time.",
    "refused": "These fell due but were no longer possible; each says why.",
    BILL_CYCLES: "Each account gets its new bill cycle by itself at its time, unless somebody cancels or performs it before.",
}
BARS = 12


@dataclass(frozen=True)
class Entry:
    """One plan: of which entity, what, for when, who set it, and what the user may decide on it."""

    entity: Any
    kind: str
    url: str
    planned: SafeString
    why: str
    at: datetime
    by: str
    overdue: bool = False
    note: str = ""
    decisions: tuple[tuple[str, str], ...] = ()


def entries(queue: str, at: datetime, limit: int, user: Any) -> list[Entry]:
    """Return a queue's entries over the levels that the user may read, the oldest date first."""
    found: list[Entry] = []
    if queue in QUEUES:
        for model in _readable(user):
            rows = model._default_manager.filter(plan_status=QUEUES[queue])
            rows = rows.select_related(*model.related())
            decisions = _state_decisions(model, QUEUES[queue], user)
            planned = rows.order_by("plan_valid_from", "pk")[:limit]
            found += [_state_entry(entity, at, decisions) for entity in planned]
    if queue in ("scheduled", BILL_CYCLES) and account_operations.read_account.allowed(user):
        rows = planned_cycles().select_related("planned_cycle", "bill_cycle", "customer")
        decisions = _cycle_decisions(user)
        found += [_cycle_entry(account, decisions) for account in rows.order_by("planned_cycle_from", "pk")[:limit]]
    return sorted(found, key=lambda entry: (entry.at, entry.kind, entry.entity.pk))[:limit]


def planned_cycles() -> Any:
    """Return the accounts whose bill cycle is going to change."""
    return Account.objects.filter(planned_cycle__isnull=False)


def _readable(user: Any) -> list[Any]:
    reads = {entry.model for entry in OPERATIONS.values() if entry.is_read and entry.allowed(user)}
    return [model for model in entity_models() if model in reads and admin.site.is_registered(model)]


def _state_decisions(model: Any, status: str, user: Any) -> list[tuple[str, str]]:
    """Return the words and the verbs by which the user may decide on plans of a kind of entity."""
    verbs = [("Confirm", "confirm-plan"), ("Cancel", "cancel-plan")]
    fitting = {PlanStatus.PENDING: verbs, PlanStatus.SCHEDULED: verbs[1:]}.get(PlanStatus(status), [])
    return [(word, slug) for word, slug in fitting if OPERATIONS[f"{word}{model.__name__}State"].allowed(user)]


def _cycle_decisions(user: Any) -> list[tuple[str, str]]:
    perform = account_operations.perform_account_bill_cycle_change
    cancel = account_operations.cancel_account_bill_cycle_change
    offered = [("Perform now", "perform-bill-cycle", perform), ("Cancel", "cancel-bill-cycle", cancel)]
    return [(word, slug) for word, slug, operation in offered if operation.allowed(user)]


def _addresses(entity: Any, decisions: list[tuple[str, str]]) -> dict[str, Any]:
    name = f"admin:{entity._meta.app_label}_{entity._meta.model_name}"
    return {
        "url": reverse(f"{name}_change", args=[entity.pk]),
        "decisions": tuple((word, reverse(f"{name}_verb", args=[entity.pk, slug])) for word, slug in decisions),
    }


def _kind(entity: Any) -> str:
    """Return what an entity is, and whose: `account of Nordwind`."""
    kind = str(entity._meta.verbose_name)
    return f"{kind} of {getattr(entity, entity.superiors[0])}" if entity.superiors else kind


def _state_entry(entity: Any, at: datetime, decisions: list[tuple[str, str]]) -> Entry:
    return Entry(
        entity,
        _kind(entity),
        planned=badge(entity.plan_state),
        why=entity.plan_reason.name if entity.plan_reason else "",
        at=entity.plan_valid_from,
        by=entity.plan_by,
        overdue=entity.plan_status == PlanStatus.PENDING and entity.plan_valid_from < at,
        note=entity.plan_note if entity.plan_status == PlanStatus.REFUSED else "",
        **_addresses(entity, decisions),
    )


def _cycle_entry(account: Account, decisions: list[tuple[str, str]]) -> Entry:
    assert account.planned_cycle_from is not None
    return Entry(
        account,
        _kind(account),
        planned=format_html('<span class="badge planned">{}</span>', account.planned_cycle),
        why=f"now {account.bill_cycle}",
        at=account.planned_cycle_from,
        by=account.planned_cycle_by,
        **_addresses(account, decisions),
    )


def due_today(at: datetime) -> tuple[int, datetime | None]:
    """Return how many changes of states and bill cycles are left for today, and when the next one of all is due."""
    local = timezone.localtime(at)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    count, nearest = 0, None
    for model in entity_models():
        rows = model._default_manager.filter(plan_status=PlanStatus.SCHEDULED)
        count += rows.filter(plan_valid_from__lt=midnight).count()
        first = rows.order_by("plan_valid_from", "pk").values_list("plan_valid_from", flat=True).first()
        nearest = min(filter(None, (nearest, first)), default=None)
    cycles = planned_cycles()
    count += cycles.filter(planned_cycle_from__lt=midnight).count()
    first = cycles.order_by("planned_cycle_from", "pk").values_list("planned_cycle_from", flat=True).first()
    return count, min(filter(None, (nearest, first)), default=None)


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
