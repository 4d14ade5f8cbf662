"""The search by keyboard alone, in a real browser, on any page."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers import operations
from tests.conftest import make_user
from tests.portal.test_browser import page

pytestmark = [pytest.mark.once, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["page"]


def test_hits_are_marked_and_opened_by_keyboard_alone(page: Page, live_server: Any, change: Any) -> None:
    make_user("bruno", "Back Office")
    for number, name in enumerate(["Nordwind Logistik", "Nordwind Energie", "Café Müller"]):
        operations.create_customer(change(), external_id=f"c-{number}", customer_profile="b2b", custom_name=name)
    page.goto(f"{live_server.url}/admin/login/?next=/admin/accounts/account/")
    page.fill("[name=username]", "bruno")
    page.keyboard.press("Tab")
    page.keyboard.type("correct-horse-battery")
    page.keyboard.press("Enter")
    heading = page.locator(".head h1")

    # The first hit is marked and opened by Enter.
    expect(page.locator(".big-find")).to_have_count(0)
    page.keyboard.press("/")
    box, marked = page.locator(".top .find input"), page.locator(".top .found .marked")
    expect(box).to_be_focused()
    page.keyboard.type("mueller cafe")
    expect(marked).to_contain_text("Café Müller")
    assert box.get_attribute("aria-activedescendant") == marked.get_attribute("id")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Café Müller")
    page.wait_for_load_state()  # Scripts come after the words.

    # Another one by the arrow keys; Enter waits for the answer to what stands in the box.
    page.keyboard.press("/")
    page.keyboard.type("nordwind")
    expect(marked).to_contain_text("Nordwind Energie")
    page.keyboard.press("ArrowDown")
    expect(marked).to_contain_text("Nordwind Logistik")
    page.keyboard.press("Escape")
    expect(page.locator(".top .found")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(marked).to_contain_text("Nordwind Energie")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Nordwind Logistik")
    page.wait_for_load_state()
    page.keyboard.press("/")
    page.keyboard.type("energie")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Nordwind Energie")
    assert page.complaints == []  # type: ignore[attr-defined]
