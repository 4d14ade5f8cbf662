"""The tree as a part of pages, and its branches as they are opened."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Account
from customers.models import Customer
from ocsportal.backoffice.drawn import Drawn
from ocsportal.backoffice.hanging import SOURCES, Hanging
from ocsportal.backoffice.links import address_of
from ocsportal.care.lines.page import adding
from ocsportal.care.tree import facts, finding, rows
from ocsportal.care.tree.counts import Numbers, numbers_of
from ocsportal.care.tree.growing import Tree, grow
from ocsportal.care.tree.nodes import MODELS, key_of, read_key, read_keys
from ocsportal.care.tree.notes import of_states, several
from ocsportal.entities.models import Entity
from offers.models import Subscription
from subscribers.models import Subscriber

DEEPEST = 12
ROOTS = {Customer: "Everything of this customer", Account: "Everything of this account", Subscriber: "Subscriptions"}
WORDS = {
    "suspended": "Suspended",
    "own": "Own reason",
    "planned": "Planned",
    "low": "Low balance",
    "inactive": "Inactive",
}


@SOURCES.enter
def everything(request: HttpRequest, root: Entity) -> Drawn | None:
    """Return the tree of a customer, an account or a subscriber as a part of its page; None for every other level."""
    if type(root) not in ROOTS:
        return None
    gone = root.is_deactivated or "gone" in request.GET
    numbers = numbers_of(root, readable(request), gone)
    tree, more = _asked(request, root, numbers)
    show, term = _chip(request), _term(request)
    return {
        "title": ROOTS[type(root)],
        "template": "care/tree.html",
        "address": reverse("tree", args=[str(key_of(root))]),
        "rows": list(rows.shown(request, tree, tree.rows())),
        "more_found": finding.MOST_FOUND if more else 0,
        "numbers": numbers,
        "summary": _summary(root, numbers),
        "chips": _chips(numbers, show),
        "chip": show,
        "term": term,
        "at": request.GET.get("at", ""),
        "gone": gone and not root.is_deactivated,
        "narrowed": bool(show or term or "at" in request.GET),
        "finds": not isinstance(root, Subscriber),
        "facts": facts.of_customer(root, numbers) if isinstance(root, Customer) else [],
        "whole": _in_its_customers_tree(request, root),
        **_adding(request, root),
    }


@require_safe
@login_required
def branch(request: HttpRequest, key: str) -> HttpResponse:
    """Show the rows of a branch, those behind one of them, or those that fit a chip or what was typed."""
    root = _root(request, key)
    gone = root.is_deactivated or "gone" in request.GET
    tree, more = _asked(request, root, numbers_of(root, readable(request), gone))
    depth = _whole_number(request.GET.get("depth", "0"))
    found = list(rows.shown(request, tree, tree.rows(depth)))
    context = {"rows": found, "more_found": finding.MOST_FOUND if more else 0, "term": _term(request), "gone": gone}
    return render(request, "care/tree_branch.html", {"part": context})


@require_safe
@login_required
def verbs(request: HttpRequest, key: str) -> HttpResponse:
    """Show all verbs that the user may do with a row."""
    return render(request, "care/tree_verbs.html", {"verbs": rows.all_verbs(request, _root(request, key, *MODELS))})


def readable(request: HttpRequest) -> frozenset[str]:
    """Return the levels that the user may read, by the names of their models."""
    levels = admin.site._registry.items()
    return frozenset(
        str(model._meta.model_name)
        for model, level in levels
        if isinstance(level, Hanging) and level.has_view_permission(request)
    )


def _root(request: HttpRequest, written: str, *kinds: str) -> Entity:
    """Return the entity that a branch is named by; raise 404 or 403."""
    key = read_key(written)
    model = MODELS[key.kind] if key else None
    if key is None or model is None or (model not in ROOTS and key.kind not in kinds):
        raise Http404
    level: Any = admin.site._registry[model]
    entity: Entity = level.found(request, str(key.pk))
    return entity


def _asked(request: HttpRequest, root: Entity, numbers: Numbers) -> tuple[Tree, bool]:
    """Return the tree that an address asks for, and whether more fits than shows."""
    level: object = admin.site._registry[Subscription]
    beside = partial(_beside, level, request)
    show, term, at = _chip(request), _term(request), read_key(request.GET.get("at", ""))
    finder = finding.Finder(root, numbers)
    if term:
        hits = finder.named(term)
    elif show:
        hits = finder.fitting(show)
    elif at and finding.is_found(at):
        hits = finder.one(at)
    else:
        opened = read_keys(request.GET["open"]) if "open" in request.GET else None
        return grow(root, numbers, beside, opened, read_key(request.GET.get("after", ""))), False
    more = hits.cut()
    return finding.tree_of(root, numbers, hits, beside), more


def _beside(level: Any, request: HttpRequest, found: Sequence[Subscription]) -> dict[int, list[Any]]:
    return level.beside(request, found) if level.has_view_permission(request) else {}


def _chip(request: HttpRequest) -> str:
    show = request.GET.get("show", "")
    return show if show in finding.CHIPS else ""


def _term(request: HttpRequest) -> str:
    term = request.GET.get("find", "").strip()[:100]
    return "" if "\x00" in term else term


def _whole_number(written: str) -> int:
    return min(int(written), DEEPEST) if written.isascii() and written.isdigit() and len(written) < len("100") else 0


def _chips(numbers: Numbers, show: str) -> list[Drawn]:
    """Return the chips under which something stands, each with how much."""
    accounts = [row.state for row in numbers.accounts.values()]
    count = {
        **{chip: accounts.count(state) + numbers.states[state] for chip, state in finding.STATES.items()},
        "own": numbers.own,
        "planned": numbers.planned,
        "low": numbers.low,
    }
    return [
        {"chip": chip, "words": words, "number": count[chip], "on": chip == show}
        for chip, words in WORDS.items()
        if count[chip] or chip == show
    ]


def _summary(root: Entity, numbers: Numbers) -> str:
    """Return how much there is in all."""
    if isinstance(root, Subscriber):
        return ""
    parts = {
        "account": several(len(numbers.accounts), "account") if numbers.accounts else "",
        "subscriber": of_states(numbers.states),
        "subscription": several(numbers.subscriptions, "subscription"),
    }
    return ", ".join(words for level, words in parts.items() if words and level in numbers.levels)


def _in_its_customers_tree(request: HttpRequest, root: Entity) -> str:
    """Return where the tree of the whole customer stands open at an account or a subscriber; empty where it may not be read."""
    account = root.account if isinstance(root, Subscriber) else root
    if not isinstance(account, Account) or "customer" not in readable(request):
        return ""
    return f"{address_of(account.customer)}?{urlencode({'at': str(key_of(root))})}#everything"


def _adding(request: HttpRequest, root: Entity) -> Drawn:
    """Return where to add something below, asked of each level."""
    levels = [admin.site._registry.get(model) for model in (Account, Subscriber, Subscription)]
    adds = [add for level in levels if isinstance(level, Hanging) and (add := level.adding(request, root))]
    return {
        "adds": [add for add in adds if not add["makes"]],
        "makes": [*adding(request, root), *(add for add in adds if add["makes"])],
    }
