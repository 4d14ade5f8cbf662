"""The tree in a real browser: opened, narrowed, walked and acted on by keyboard alone; no console error."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from subscribers.models import Subscriber
from tests.conftest import make_user
from tests.portal.offers import owners, page_of
from tests.portal.test_browser import page
from tests.portal.test_tree import tree

__all__ = ["owners", "page", "tree"]
pytestmark = [pytest.mark.once, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def logged_in(page: Page, live_server: Any, address: str) -> None:
    make_user("bruno", "Back Office")
    page.goto(f"{live_server.url}/admin/login/?next={address}")
    page.fill("[name=username]", "bruno")
    page.fill("[name=password]", "correct-horse-battery")
    page.click("button[type=submit]")


def titles(page: Page) -> list[str]:
    return page.eval_on_selector_all(
        ".everything tr[data-key]:not([hidden]) .row-link", "links => links.map((link) => link.textContent.trim())"
    )


def test_the_tree_by_keyboard(page: Page, live_server: Any, tree: Any) -> None:
    logged_in(page, live_server, page_of(tree))
    whole = titles(page)
    assert len(whole) == 7
    # One stop for the whole tree: from the search box to the chips, then its first row.
    page.locator("[data-tree-find]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("tr:focus .row-link")).to_have_text("Germany")
    assert page.locator(".everything tr[tabindex='0']").count() == 1
    page.keyboard.press("ArrowLeft")
    assert titles(page) == ["Germany", "Data bundle 10 GB"]
    page.keyboard.press("ArrowRight")
    assert titles(page) == whole
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.locator("tr:focus .row-link")).to_have_text("+49 170 5550190")
    page.keyboard.press("v")
    expect(page.locator(".row-drop a:focus")).to_have_text("Resume")
    page.keyboard.press("Escape")
    expect(page.locator(".row-drop")).to_have_count(0)
    expect(page.locator("tr:focus .row-link")).to_have_text("+49 170 5550190")
    # From the row to its verb, and the row is there again.
    page.keyboard.press("v")
    expect(page.locator(".row-drop a:focus")).to_have_text("Resume")
    page.keyboard.press("Enter")
    dialog = page.locator("dialog")
    expect(dialog.locator("h1")).to_contain_text("Resume")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("f")
    page.keyboard.type("scanner")
    expect(page.locator(".everything tr[data-key]")).to_have_count(3)
    assert page.url.endswith("?find=scanner")
    page.keyboard.press("Escape")
    expect(page.locator(".everything tr[data-key]")).to_have_count(7)
    page.locator(".everything tr[tabindex='0']").focus()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Germany")
    assert page.complaints == []  # type: ignore[attr-defined]


def test_a_branch_is_read_when_it_is_opened_and_says_when_it_can_not_be(
    page: Page, live_server: Any, tree: Any
) -> None:
    logged_in(page, live_server, f"{page_of(tree)}%3Fopen=")
    assert titles(page) == ["Germany", "Data bundle 10 GB"]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/tree/" in request.url else None)
    page.route("**/tree/account-*/**", lambda route: route.abort())
    page.locator("[data-twist]").first.click()
    expect(page.locator(".failed")).to_contain_text("Could not be read. Try again")
    page.unroute("**/tree/account-*/**")
    page.click("text=Try again")
    expect(page.locator(".everything tr[data-key]")).to_have_count(7)
    expect(page.locator(".failed")).to_have_count(0)
    page.locator("[data-twist]").first.click()
    page.locator("[data-twist]").first.click()
    expect(page.locator(".everything tr[data-key]:not([hidden])")).to_have_count(7)
    assert len(asked) == 2
    page.click("text=Low balance")
    expect(page.locator(".everything tr[data-key]")).to_have_count(3)
    expect(page.locator(".chips:not(.timeline-chips) .on")).to_have_text("Low balance 2")
    page.click(".chips:not(.timeline-chips) >> text=All")
    expect(page.locator(".everything tr[data-key]")).to_have_count(7)


def test_without_a_script_links_do_the_same(live_server: Any, page: Page, tree: Any) -> None:
    logged_in(page, live_server, page_of(tree))
    cookies = page.context.cookies()
    plain = page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    plain.add_cookies(cookies)  # type: ignore[arg-type]
    other = plain.new_page()
    other.goto(live_server.url + page_of(tree))
    rows = other.locator(".everything tr[data-key]")
    expect(rows).to_have_count(7)
    other.locator("[aria-label='Fold Berlin depot']").click()
    expect(rows).to_have_count(5)
    other.locator("[aria-label='Open Berlin depot']").click()
    expect(rows).to_have_count(7)
    other.fill("[name=find]", "scanner")
    other.keyboard.press("Enter")
    expect(rows).to_have_count(3)
    timo = Subscriber.objects.get(external_id="s-2")
    other.goto(f"{live_server.url}{page_of(tree)}?at=subscriber-{timo.pk}")
    expect(rows).to_have_count(3)
    plain.close()
