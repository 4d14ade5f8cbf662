"""The work queues: what waits for a decision, what comes into force by itself, what was refused when it was due."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import operations as account_operations
from accounts.models import Account
from ocsportal.backoffice.menu import MOST_COUNTED
from ocsportal.backoffice.templatetags.portal import badge, way
from ocsportal.entities.due import entity_models
from ocsportal.entities.glance import first_of, how_many
from ocsportal.entities.loading import paths_up
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
# Beyond it, the transactions of an hour are no longer counted one by one.
MOST_OF_AN_HOUR = 1000


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


def entries(names: Sequence[str], at: datetime, limit: int, user: Any) -> dict[str, list[Entry]]:
    """Return the entries of some queues over the levels that the user may read, each with the oldest date first.

    It costs one statement for the keys of what is shown, and one for each level that has any of it.
    """
    kinds = [kind for model in _readable(user) for kind in _waiting(model, names, at, user)]
    waiting: dict[str, list[tuple[Any, int, int]]] = {name: [] for name in names}
    first = first_of([(kind.rows, kind.instant) for kind in kinds], limit)
    for place, (kind, keys) in enumerate(zip(kinds, first, strict=True)):
        waiting[kind.queue] += [(when, place, key) for when, key in keys]
    shown = {name: sorted(those)[:limit] for name, those in waiting.items()}
    rows = _rows_of([(kinds[place], key) for those in shown.values() for _, place, key in those])
    return {
        # What was decided between the two statements is left out.
        name: [
            kinds[place].entry(rows[kinds[place].rows.model][key])
            for _, place, key in those
            if kinds[place].holds(rows[kinds[place].rows.model].get(key))
        ]
        for name, those in shown.items()
    }


def _rows_of(wanted: Sequence[tuple["_Kind", int]]) -> dict[Any, dict[int, Any]]:
    """Return the rows of some keys by model, with what an entry shows of them; one statement for each model."""
    keys: dict[Any, set[int]] = {}
    related: dict[Any, set[str]] = {}
    for kind, key in wanted:
        model = kind.rows.model
        keys.setdefault(model, set()).add(key)
        related.setdefault(model, {*model.related(), *paths_up(model)}).update(kind.related)
    return {
        model: model._default_manager.select_related(*related[model]).in_bulk(those) for model, those in keys.items()
    }


@dataclass(frozen=True)
class _Kind:
    """One kind of plan that a queue shows of a level: its rows by their instant, and how one becomes an entry."""

    queue: str
    rows: QuerySet[Any]
    instant: str
    holds: Callable[[Any], bool]
    entry: Callable[[Any], Entry]
    related: tuple[str, ...] = ()


def _waiting(model: Any, names: Sequence[str], at: datetime, user: Any) -> list[_Kind]:
    kinds = []
    for name, status in QUEUES.items():
        if name in names:
            rows = model._default_manager.filter(plan_status=status).order_by("plan_valid_from", "pk")
            entry = partial(_state_entry, at=at, decisions=_state_decisions(model, status, user))
            kinds.append(_Kind(name, rows, "plan_valid_from", partial(_is_planned, status), entry))
    for name in ("scheduled", BILL_CYCLES):
        if name in names and model is Account:
            entry = partial(_cycle_entry, decisions=_cycle_decisions(user))
            kinds.append(
                _Kind(name, planned_cycles(), "planned_cycle_from", _has_cycle_plan, entry, ("planned_cycle",))
            )
    return kinds


def _is_planned(status: str, entity: Any) -> bool:
    return entity is not None and bool(entity.plan_status == status)


def _has_cycle_plan(account: Account | None) -> bool:
    return account is not None and account.has_cycle_plan


def planned_cycles() -> Any:
    """Return the accounts whose bill cycle is going to change, the next one first."""
    return Account.objects.filter(planned_cycle__isnull=False).order_by("planned_cycle_from", "pk")


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
    """Return what an entity is, and of which customer: `account of Nordwind`."""
    kind = str(entity._meta.verbose_name)
    top = entity
    while above := next(filter(None, (getattr(top, name) for name in top.superiors)), None):
        top = above
    return f"{kind} of {top}" if top is not entity else kind


def _state_entry(entity: Any, *, at: datetime, decisions: list[tuple[str, str]]) -> Entry:
    return Entry(
        entity,
        _kind(entity),
        planned=badge(entity.plan_state),
        why=entity.plan_reason.name if entity.plan_reason else "",
        at=entity.plan_valid_from,
        by=entity.plan_by,
        overdue=entity.plan_status == PlanStatus.PENDING and entity.plan_valid_from < at,
        note=entity.last_plan_message if entity.plan_status == PlanStatus.REFUSED else "",
        **_addresses(entity, decisions),
    )


def _cycle_entry(account: Account, *, decisions: list[tuple[str, str]]) -> Entry:
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


def today(at: datetime) -> tuple[int, int]:
    """Return how many changes of states and bill cycles are left for today, and how many decisions are overdue.

    Both as far as one counts at a glance, with one statement.
    """
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    plans = [model._default_manager.order_by("plan_valid_from", "pk") for model in entity_models()]
    due = [rows.filter(plan_status=PlanStatus.SCHEDULED, plan_valid_from__lt=midnight) for rows in plans]
    due.append(planned_cycles().filter(planned_cycle_from__lt=midnight))
    overdue = [rows.filter(plan_status=PlanStatus.PENDING, plan_valid_from__lt=at) for rows in plans]
    counts = how_many([*due, *overdue], MOST_COUNTED + 1)
    return sum(counts[: len(due)]), sum(counts[len(due) :])


def hours(at: datetime) -> dict[str, Any]:
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
        or ("by all ways" if busy[-1] else ""),
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


def _bar(place: int, start: datetime, number: int, most: int, now: bool) -> dict[str, Any]:
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
