"""Subscribe a subscriber to a bundle in a real browser, adjust its data with a reason, see it in the ledger."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import make_user
from tests.portal.offers import OWNERS, limit, owners
from tests.portal.test_browser import page

__all__ = ["owners", "page"]
pytestmark = [pytest.mark.once, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def log_in(page: Page, live_server: Any, login: str) -> None:
    page.goto(live_server.url + "/admin/login/?next=/")
    page.fill("[name=username]", login)
    page.fill("[name=password]", "correct-horse-battery")
    page.click("button[type=submit]")


def test_subscribe_adjust_and_look_back(page: Page, live_server: Any, owners: Any) -> None:
    make_user("maria", "Customer Care")
    limit("MEGABYTE", "5000", "5000")
    log_in(page, live_server, "maria")

    page.goto(live_server.url + "/admin/offers/subscription/")
    page.click("text=New subscription")
    page.fill("#whom-q", OWNERS["subscriber"])
    page.click("#whom-hits a")
    dialog = page.locator("dialog")
    expect(dialog.locator("h1")).to_have_text("Subscribe Jana Weiss")
    dialog.locator("#offer-q").fill("bundle")
    expect(dialog.locator(".choices a")).to_have_count(1)
    dialog.locator(".choices a").click()
    expect(page.locator("dialog h1")).to_have_text("Subscribe Jana Weiss to Data bundle 10 GB")
    expect(page.locator("dialog")).to_have_count(1)
    page.fill("dialog [name=external_id]", "sub-1")
    page.fill("dialog [name=reason]", "asked for it on the phone")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".messages")).to_contain_text("Jana Weiss is subscribed to Data bundle 10 GB.")

    page.locator("tr", has_text="Data").locator("text=Adjust").first.click()
    expect(page.locator("dialog .help").first).to_contain_text("5\u202f000 MB left today")
    page.fill("dialog [name=amount]", "-6000")
    expect(page.locator("dialog .errorlist")).to_contain_text("At most 5000 MEGABYTE may be adjusted or given at once.")
    page.fill("dialog [name=amount]", "-4240")
    expect(page.locator("dialog [data-foreseen]")).to_contain_text("10\u202f240 MB → 6\u202f000 MB")
    expect(page.locator("dialog .errorlist")).to_have_count(0)
    page.fill("dialog [name=reason]", "sold twice by mistake")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".messages")).to_contain_text("Data of Data bundle 10 GB was adjusted.")
    expect(page.locator(".gauge-card .value")).to_have_text("6\u202f000 of 10\u202f240 MB left")
    newest = page.locator(".ledger tbody tr").first
    for words in ("Maria", "−4\u202f240", "sold twice by mistake"):
        expect(newest).to_contain_text(words)
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_scrolls_sideways(page: Page, live_server: Any, owners: Any, change: Any, width: int) -> None:
    from offers.models import Offer
    from tests.portal.offers import balance, page_of, subscribe

    made = subscribe(change, "x" * 200, custom_name="Donau" * 40)
    found = balance("x" * 200)
    offer = Offer.objects.get(code="dataBundle10")
    make_user("boss", "Back Office", "Configuration")
    log_in(page, live_server, "boss")
    page.set_viewport_size({"width": width, "height": 800})
    for address in (
        page_of(made), page_of(found), page_of(found, "history"), page_of(found, "adjust"), page_of(made, "adjust-balances"),
        "/admin/offers/subscription/", "/admin/balances/balance/", page_of(owners["account"]),
        f"/admin/offers/subscription/add/?account={owners['account'].ref_id}",
        f"/admin/offers/subscription/add/?account={owners['account'].ref_id}&offer=indRecurrentFee",
        page_of(offer), f"{page_of(offer)}?new=1", page_of(offer.product), "/admin/balances/adjustmentlimit/add/",
    ):  # fmt: skip
        page.goto(live_server.url + address)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, address
    assert page.complaints == []  # type: ignore[attr-defined]
