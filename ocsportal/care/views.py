"""The screens that cross levels: home with search, and the queues."""

import re
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from customers import operations
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.menu import decides, shown
from ocsportal.care import mine, search
from ocsportal.care.person import person
from ocsportal.care.queues import numbers
from ocsportal.care.queues.entries import entries
from ocsportal.care.search.lately import lately
from ocsportal.entities.search.ranking import Place
from ocsportal.people.models import User

# How many hits of a level are shown while somebody types.
LIVE = 5
PLACE = re.compile(r"([0-9]{1,2})-([0-9]{1,18})")
ON_HOME = 8
# Who may look at everything that was done sees how much is done, too.
TRAIL = "transactions.view_businesstransaction"


def _frame(request: HttpRequest) -> Drawn:
    return {**admin.site.each_context(request), "title": None}


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show the search and what waits; go straight to what has the very ID that was searched."""
    user = person(request)
    if not user.is_staff:
        raise PermissionDenied
    term = request.GET.get("q", "")
    if request.GET.get("part") == "hits":
        return _live(request, user, term)
    results = search.find(user, term)
    if results.opens:
        return HttpResponseRedirect(results.opens)
    context = {**_frame(request), "results": results, "term": results.term, "greeting": _greeting(user)}
    # Who searched wants what was found, and sees what waits when the search is empty again.
    if operations.read_customer.allowed(user):
        context |= {} if term.strip() else _desk(user)
    return render(request, "care/home.html", context)


def _live(request: HttpRequest, user: User, term: str) -> HttpResponse:
    """Show hits under the box while somebody types, and what they worked on lately before they do."""
    if not term.strip():
        latest = lately(user)
        return render(request, "care/hits.html", {"results": search.Results("", [latest] if latest else [])})
    results = search.find(user, term, LIVE)
    return render(request, "care/hits.html", {"results": results, "term": results.term, "live": True})


@require_safe
@login_required
def search_more(request: HttpRequest, kind: str) -> HttpResponse:
    """Show all hits of one level, page by page."""
    user = person(request)
    if not user.is_staff:
        raise PermissionDenied
    term = request.GET.get("q", "")
    found = search.more(user, kind, term, _place(request.GET.get("after", "")))
    if found is None:
        raise Http404
    group, follows = found
    context = {**_frame(request), "group": group, "term": term.strip(), "later": "after" in request.GET}
    if follows:
        context["older"] = f"?{urlencode({'q': term.strip(), 'after': f'{follows.tier}-{follows.key}'})}"
    return render(request, "care/more.html", context)


def _place(after: str) -> Place | None:
    """Return where a page begins; what is no place begins at the first hit."""
    fits = PLACE.fullmatch(after)
    return Place(int(fits[1]), int(fits[2])) if fits else None


def _greeting(user: User) -> str:
    hour = timezone.localtime().hour
    part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
    return f"Good {part}, {user.first_name or user.username}"


def _desk(user: User) -> Drawn:
    """Return what home shows beside the search: what waits for who decides, what one had in hand for who doesn't."""
    own = {"desk": True, **(_waiting(user) if decides(user) else mine.desk(user))}
    if user.has_perm(TRAIL):
        own |= numbers.hours(timezone.now())
    return own


def _waiting(user: User) -> Drawn:
    now = timezone.now()
    due, overdue = numbers.today(now)
    waiting = entries(["pending", "scheduled"], now, ON_HOME, user)
    nearest = next((entry.at for entry in waiting["scheduled"]), None)
    return {
        "waiting": True,
        **waiting,
        "due": shown(due) or 0,
        "nearest": nearest,
        "overdue": shown(overdue),
    }
