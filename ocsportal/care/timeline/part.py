"""The timeline beside a customer's page, and as a page of its own with filters."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from customers.models import Customer
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.hanging import STORIES
from ocsportal.care.timeline.kinds import CHIPS
from ocsportal.care.timeline.reading import WantedStory, page
from ocsportal.care.timeline.told import told
from ocsportal.care.tree.part import readable
from ocsportal.entities.models import Entity

BESIDE, ON_A_PAGE = 8, 50
LEVELS = (
    ("customer", "the customer"),
    ("account", "accounts"),
    ("subscriber", "subscribers"),
    ("subscription", "subscriptions"),
    ("balance", "balances"),
)


@STORIES.enter
def story(request: HttpRequest, root: Entity) -> Drawn | None:
    """Return the newest of a customer's timeline as a part of its page; None for every other level."""
    return _part(request, root, BESIDE) if isinstance(root, Customer) else None


@require_safe
@login_required
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a customer's timeline: as a page, or as the part beside the customer's page that a chip asks for."""
    level: Any = admin.site._registry[Customer]
    customer: Customer = level.found(request, str(pk))
    if request.GET.get("part") == "beside":
        return render(request, "care/timeline.html", {"story": _part(request, customer, BESIDE)})
    part = _part(request, customer, ON_A_PAGE)
    context = {**admin.site.each_context(request), "title": None, "entity": customer, "story": part, "levels": LEVELS}
    return render(request, "care/timeline_page.html", {**context, "back": level.address(customer)})


def _part(request: HttpRequest, customer: Customer, size: int) -> Drawn:
    wanted = _wanted(request)
    found = page(customer.pk, wanted, size, _position(request.GET.get("before", "")))
    own = {name: value for name in ("kind", "actor", "level") if (value := getattr(wanted, name))}
    return {
        "address": reverse("timeline", args=[customer.pk]),
        "history": reverse("admin:customers_customer_history", args=[customer.pk]),
        "page_of": f"{reverse('admin:customers_customer_change', args=[customer.pk])}",
        "entries": told(request, found.entries, customer),
        "chips": [
            {"words": words, "on": kind == wanted.kind, "query": urlencode({**own, "kind": kind})}
            for kind, words in CHIPS
        ],
        "all": urlencode({name: value for name, value in own.items() if name != "kind"}),
        "wanted": wanted,
        "older": urlencode({**own, "before": found.before}) if found.before is not None else "",
        "late": found.late,
        "narrowed": bool(own),
        "brief": size == BESIDE,
        "later": "before" in request.GET,
    }


def _wanted(request: HttpRequest) -> WantedStory:
    kind, level = request.GET.get("kind", ""), request.GET.get("level", "")
    actor = request.GET.get("actor", "").strip()
    return WantedStory(
        kind=kind if kind in dict(CHIPS) else "",
        actor="" if "\x00" in actor else actor,
        level=level if level in dict(LEVELS) else "",
        hidden=_hidden(request),
    )


def _hidden(request: HttpRequest) -> frozenset[str]:
    """Return the kinds of targets that belong to a level which the user may not read."""
    unread = dict(LEVELS).keys() - readable(request)
    return frozenset({*unread, *(("subscriberresource",) if "subscriber" in unread else ())})


def _position(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdigit() and len(written) < len("1" * 19) else None
