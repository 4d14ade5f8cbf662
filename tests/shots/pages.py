"""Every kind of page that a person comes to by following links, found without a list that somebody would have to keep."""

import re
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page as Tab

# Who looks: between them they see everything, each in the group's own way.
PEOPLE = ("bruno", "maria", "alma", "carl", "ada")
PASSWORD = "calm-instrument-42"
# What a link must not lead to: another format, another site, or out.
SHUT = re.compile(r"/(v1|static|jsi18n)/|/logout/|^/admin/r/")
# Pages that lead to no other kind; they are found without being opened.
LEAF = re.compile(r"_verb_|_add$|_history$|password")
# How many pages of one person are opened in search of kinds.
PATIENCE = 260


def kind_of(path: str) -> str | None:
    """Return what kind of page an address leads to, or None if it is none of the portal's."""
    parts = urlsplit(path)
    if SHUT.search(parts.path):
        return None
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    # What is asked for changes a page's rows, not its kind; but for a search, which shows hits.
    asked = "hits" if dict(parse_qsl(parts.query)).get("q") else ""
    # The same view serves each queue and each list of hits.
    said = "-".join(str(value) for value in match.kwargs.values() if not str(value).isdigit() and len(str(value)) < 24)
    name = match.view_name.replace(":", ".")
    return "_".join(part for part in (name, said, asked) if part)


def log_in(tab: Tab, base: str, login: str) -> None:
    """Log a demo person in."""
    tab.goto(base + "/admin/login/")
    tab.fill("[name=username]", login)
    tab.fill("[name=password]", PASSWORD)
    tab.click("button[type=submit]")
    tab.wait_for_load_state()


def crawl(tab: Tab, base: str) -> dict[str, str]:
    """Follow links from the home page, breadth first; return one address for each kind of page, the first found."""
    found: dict[str, str] = {}
    waiting = ["/", "/?q=demo", "/?q=nothing-is-called-so", "/no-such-page/"]
    opened: dict[str, int] = {}
    while waiting and sum(opened.values()) < PATIENCE:
        path = waiting.pop(0)
        kind = kind_of(path) or ("missing" if path == "/no-such-page/" else None)
        # Two of a kind are opened, since the second may lead on where the first does not.
        if kind is None or opened.get(kind, 0) >= 2:
            continue
        found.setdefault(kind, path)
        if LEAF.search(kind):
            continue
        opened[kind] = opened.get(kind, 0) + 1
        tab.goto(base + path)
        waiting += [link for link in _links(tab, base) if link not in waiting]
    return found


def _links(tab: Tab, base: str) -> list[str]:
    hrefs: list[Any] = tab.eval_on_selector_all("a[href]", "all => all.map(one => one.getAttribute('href'))")
    whole = [urldefrag(urljoin(tab.url, href)).url for href in hrefs]
    return list(dict.fromkeys(url.removeprefix(base) for url in whole if url.startswith(base + "/")))
