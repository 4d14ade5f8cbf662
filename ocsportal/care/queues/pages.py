"""The page of a work queue: what waits, narrowed and ticked, and what is decided about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from customers import operations
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.keeping import is_kept
from ocsportal.backoffice.templatetags.portal import day
from ocsportal.care.person import person
from ocsportal.care.queues import deciding
from ocsportal.care.queues.asking import QueueFilter, week_ends
from ocsportal.care.queues.counting import Counts, chips, counted
from ocsportal.care.queues.deciding import Choice, Decided
from ocsportal.care.queues.entries import Entry, Spot, entries, places
from ocsportal.care.queues.reach import reckon
from ocsportal.entities.life.plans import queues as known_queues
from ocsportal.entities.life.waiting import Decision, Queue
from ocsportal.people.models import User
from ocsportal.transactions.change import present

ON_A_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def queue(request: HttpRequest, name: str) -> HttpResponse:
    """Show a work queue; a POST decides on what is ticked, after it was asked once more."""
    found = known_queues().get(name)
    if found is None:
        raise Http404
    if not operations.read_customer.allowed(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, found, [])
    order = deciding.order_of(request, name, present())
    if order is None:
        return _page(request, found, [], "Tick what you want to decide on first.")
    if not order.able:
        return _page(request, found, deciding.left(request, order))
    sure = "sure" in request.POST and not is_kept(request)
    form = deciding.form_of(order, request.POST if sure else None, _last_reason(request))
    if not sure or not form.is_valid():
        return _asks(request, found, order, form)
    request.session[deciding.LAST_REASON] = form.cleaned_data["reason"]
    return _page(request, found, deciding.carried_out(request, order, form))


def _last_reason(request: HttpRequest) -> str:
    return str(request.POST.get("reason") or request.session.get(deciding.LAST_REASON, ""))


def _asks(request: HttpRequest, found: Queue, order: Choice, form: deciding.DecideForm) -> HttpResponse:
    """Show what is about to be decided, what it adds up to, and ask for the reason."""
    number = len(order.able)
    whom = str(order.able[0].entry.entity) if number == 1 else f"{number} plans"
    context = {
        **admin.site.each_context(request),
        "title": None,
        "queue": found,
        "order": order,
        "form": form,
        "heading": f"{order.word}: {whom}",
        "back": request.get_full_path(),
        "sums": deciding.summed(order),
        "button": f"{order.word} {number}" if number > 1 else order.word,
        "number": number,
    }
    return render(request, "care/decide.html", context)


def _page(request: HttpRequest, found: Queue, decided: Sequence[Decided], notice: str = "") -> HttpResponse:
    now = timezone.now()
    user = person(request)
    asked = QueueFilter.of(request.GET)
    spots = places([found.name], user)
    shown = entries([found.name], now, ON_A_PAGE + 1, user, asked)[found.name]
    more = shown[ON_A_PAGE:]
    shown = shown[:ON_A_PAGE]
    reckon(shown)
    counts = counted(spots, now)
    context = {
        **admin.site.each_context(request),
        "title": None,
        "queue": found,
        "asked": asked,
        "groups": _grouped(shown, decided, spots, now),
        "chips": chips(counts, asked, spots, user.display_name),
        "counts": counts,
        "summary": _summary(counts, spots),
        "decisions": _decisions(shown),
        "next": asked.query(after=shown[-1].place) if more else "",
        "first": asked.query() if asked.after else "",
        "without_customer": asked.query(customer=""),
        "nearest": _nearest(counts, spots, user, now),
        "notice": notice,
        "shown": len(shown),
        "last_reason": _last_reason(request),
    }
    return render(request, "care/queue.html", context)


def _summary(counts: Counts, spots: Sequence[Spot]) -> str:
    """Return how many wait, in a few words."""
    undecided = any(spot.waiting.undecided for spot in spots)
    overdue = f", {counts.overdue} of them overdue" if undecided and counts.overdue else ""
    return f"{counts.words} {'waits' if counts.total == 1 else 'wait'}{overdue} · by date" if counts.total else ""


def _nearest(counts: Counts, spots: Sequence[Spot], user: User, now: datetime) -> Entry | None:
    """Return what comes next by itself, for a queue in which nothing waits."""
    if counts.total or not any(spot.waiting.undecided for spot in spots):
        return None
    return next(iter(entries(["scheduled"], now, 1, user)["scheduled"]), None)


def _decisions(shown: Sequence[Entry]) -> list[tuple[Decision, str]]:
    """Return what can be decided about several of what shows at once, each once, by its word."""
    found = {
        one.slug: one.decision
        for entry in shown
        for one in entry.decisions
        if not (one.verb.foresees and one.verb.dangerous)
    }
    return [(decision, slug) for slug, decision in found.items()]


def _grouped(shown: Sequence[Entry], decided: Sequence[Decided], spots: Sequence[Spot], now: datetime) -> list[Drawn]:
    """Return the rows under their headings, each decided one in its place; the one after the last of them has the focus."""
    refused = {one.entry.key: one for one in decided if not one.done}
    for entry in shown:
        if problem := refused.pop(entry.key, None):
            entry.problem, entry.ticked = problem.words, True
    done = [one for one in decided if one.done or one.entry.key in refused]
    every: list[Entry | Decided] = [*shown, *done]
    rows = sorted(every, key=_order)
    _focus(rows, decided)
    groups: list[Drawn] = []
    for row in rows:
        title, alarm = _group(_at(row), spots, now)
        if not groups or groups[-1]["title"] != title:
            groups.append({"title": title, "alarm": alarm, "rows": []})
        groups[-1]["rows"].append({"decided": row} if isinstance(row, Decided) else {"entry": row})
    return groups


def _at(row: Entry | Decided) -> datetime:
    return row.entry.at if isinstance(row, Decided) else row.at


def _order(row: Entry | Decided) -> tuple[datetime, bool]:
    return _at(row), isinstance(row, Entry)


def _focus(rows: Sequence[Entry | Decided], decided: Sequence[Decided]) -> None:
    """Give the focus to the first row that was refused, else to the one after the last that was decided."""
    if not decided:
        return
    entries_left = [row for row in rows if isinstance(row, Entry)]
    last = max((place for place, row in enumerate(rows) if isinstance(row, Decided)), default=-1)
    after = [row for row in rows[last + 1 :] if isinstance(row, Entry)]
    first = next((row for row in entries_left if row.problem), None) or next(iter([*after, *entries_left[::-1]]), None)
    if first is not None:
        first.focused = True


def _group(at: datetime, spots: Sequence[Spot], now: datetime) -> tuple[str, bool]:
    if not any(spot.waiting.coming for spot in spots):
        return "", False
    if at < now:
        return ("Overdue", True) if any(spot.waiting.undecided for spot in spots) else ("Due now", False)
    ends = week_ends(now)
    return (f"This week, until Sunday {day(ends - timedelta(seconds=1))}" if at < ends else "Later"), False
