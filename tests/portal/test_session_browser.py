"""A session that ends in the middle of a form, and two agents on one customer, in a real browser."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from customers import operations
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.transactions.models import BusinessTransaction
from tests.conftest import make_user
from tests.portal.test_browser import page
from tests.portal.waiting import customer, planned

pytestmark = [pytest.mark.once, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["page"]
PASSWORD = "correct-horse-battery"


def log_in(tab: Page, base: str, name: str, to: str = "/") -> None:
    """Log a person in, on their way to a page."""
    tab.goto(f"{base}/admin/login/?next={to}")
    tab.fill("[name=username]", name)
    tab.fill("[name=password]", PASSWORD)
    tab.click("button[type=submit]")
    tab.wait_for_url(f"{base}{to}")


@pytest.fixture
def nordwind(change: Any) -> Customer:
    operations.create_customer(change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind")
    return Customer.objects.get()


def own(customer: Customer, slug: str = "") -> str:
    view, more = ("verb", [slug]) if slug else ("change", [])
    return reverse(f"admin:customers_customer_{view}", args=[customer.pk, *more])


def other_tab(browser: Browser | None, **options: Any) -> Page:
    assert browser is not None
    return browser.new_context(viewport={"width": 1280, "height": 860}, **options).new_page()


def test_the_login_comes_in_the_dialog_and_the_form_is_sent(page: Page, live_server: Any, nordwind: Customer) -> None:
    make_user("bruno", "Back Office")
    log_in(page, live_server.url, "bruno", own(nordwind))
    page.click(".head .does >> text=Suspend")
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=state_reason]").select_option("fraud")
    dialog.locator("[name=reason]").fill("calls to premium numbers")
    Session.objects.all().delete()
    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog[open]")).to_have_count(1)  # never a dialog over a dialog
    expect(dialog.locator("h1:visible")).to_have_text("You were logged out")
    expect(dialog.locator("[name=username]")).to_have_value("bruno")
    dialog.locator("[name=password]").fill("wrong")
    page.keyboard.press("Enter")
    expect(dialog.locator(".note.bad")).to_be_visible()
    assert Customer.objects.get().state == "ACTIVE"
    dialog.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("Nordwind was suspended.")
    newest = BusinessTransaction.objects.latest("pk")
    assert (newest.operation, newest.reason) == ("UpdateCustomerState", "calls to premium numbers")


def test_on_a_page_of_its_own_too(page: Page, live_server: Any, nordwind: Customer) -> None:
    make_user("bruno", "Back Office")
    log_in(page, live_server.url, "bruno", own(nordwind, "custom-name"))
    page.fill("[name=custom_name]", "Nordwind SE")
    page.fill("[name=reason]", "renamed by the caller")
    Session.objects.all().delete()
    page.keyboard.press("Control+Enter")
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_have_text("Nordwind SE")
    assert page.complaints == []  # type: ignore[attr-defined]


def test_without_a_script_the_text_comes_back_after_the_login(page: Page, live_server: Any, nordwind: Customer) -> None:
    make_user("bruno", "Back Office")
    plain = other_tab(page.context.browser, java_script_enabled=False)
    log_in(plain, live_server.url, "bruno", own(nordwind, "custom-name"))
    plain.fill("[name=custom_name]", "Nordwind SE")
    plain.fill("[name=reason]", "renamed by the caller")
    Session.objects.all().delete()
    plain.click("footer button")
    expect(plain.locator(".note")).to_contain_text("What you wrote comes back")
    plain.fill("[name=username]", "bruno")
    plain.fill("[name=password]", PASSWORD)
    plain.click("button[type=submit]")
    plain.click("text=Go on with what you wrote")
    expect(plain.locator("[name=custom_name]")).to_have_value("Nordwind SE")
    expect(plain.locator("[name=reason]")).to_have_value("renamed by the caller")
    assert Customer.objects.get().custom_name == "Nordwind"
    plain.click("footer button")
    expect(plain.locator("h1")).to_have_text("Nordwind SE")
    plain.context.close()


def test_escape_asks_before_it_drops_what_was_typed(page: Page, live_server: Any, nordwind: Customer) -> None:
    make_user("bruno", "Back Office")
    log_in(page, live_server.url, "bruno", own(nordwind))
    opener = page.locator(".head .does >> text=Suspend")
    opener.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=reason]").fill("half a")
    page.keyboard.press("Escape")
    expect(dialog.locator("[data-drop]")).to_contain_text("Drop what you wrote?")
    page.keyboard.press("Escape")  # back to writing
    expect(dialog.locator("[data-drop]")).to_have_count(0)
    expect(dialog.locator("[name=reason]")).to_be_focused()
    expect(dialog.locator("[name=reason]")).to_have_value("half a")
    page.keyboard.press("Escape")
    dialog.locator("text=Drop it").click()
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
    # Nothing typed, nothing asked.
    opener.click()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.goto(live_server.url + own(nordwind, "custom-name"))
    page.fill("[name=reason]", "half a")
    page.keyboard.press("Escape")
    expect(page.locator("[data-drop]")).to_be_visible()
    page.click("text=Keep writing")
    expect(page.locator("[name=reason]")).to_have_value("half a")


def test_a_refusal_stays_in_the_dialog(page: Page, live_server: Any, nordwind: Customer, change: Any) -> None:
    make_user("bruno", "Back Office")
    operations.create_customer(change(), external_id="taken", customer_profile="b2b")
    log_in(page, live_server.url, "bruno", own(nordwind))
    page.click("text=More ▾")
    page.click(".drop >> text=Change external ID")
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=external_id]").fill("taken")
    dialog.locator("[name=reason]").fill("as in the old system")
    page.keyboard.press("Control+Enter")
    expect(dialog.locator(".errorlist")).to_be_visible()
    expect(dialog.locator("[name=external_id]")).to_have_value("taken")
    assert page.url == live_server.url + own(nordwind)


def test_two_agents_on_one_customer(page: Page, live_server: Any, nordwind: Customer, change: Any) -> None:
    for name in ("bruno", "maria"):
        make_user(name, "Back Office")
    other = other_tab(page.context.browser)
    log_in(page, live_server.url, "bruno", own(nordwind))
    log_in(other, live_server.url, "maria", own(nordwind))
    for tab in (page, other):
        tab.click(".head .does >> text=Suspend")
        tab.locator("dialog[open] [name=state_reason]").select_option("fraud")
        tab.locator("dialog[open] [name=reason]").fill("calls to premium numbers")
    other.keyboard.press("Control+Enter")
    expect(other.locator(".messages")).to_contain_text("Nordwind was suspended.")
    before = BusinessTransaction.objects.count()
    page.keyboard.press("Control+Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator(".note.bad")).to_contain_text("Maria")
    expect(dialog.locator("[name=reason]")).to_have_value("calls to premium numbers")
    assert BusinessTransaction.objects.count() == before
    other.context.close()


def test_whoever_was_faster_in_a_queue_is_named_in_the_row(page: Page, live_server: Any, change: Any) -> None:
    for name in ("bruno", "maria"):
        make_user(name, "Back Office")
    planned(change, "One", 10)
    planned(change, "Two", 11)
    log_in(page, live_server.url, "bruno", reverse("queue", args=["pending"]))
    rows = page.locator("tr[data-row]")
    expect(rows.nth(0)).to_be_focused()
    operations.cancel_customer_state(change(on_behalf_of=""), customer=Ref(external_id="one"))
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-selected]")).to_have_text("2 selected")
    page.keyboard.press("c")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("1 of what you ticked can't be decided so")
    dialog.locator("[name=reason]").fill("agreed")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".decided")).to_contain_text("Confirmed · Two will be suspended")
    assert page.complaints == []  # type: ignore[attr-defined]


def test_a_queue_by_keyboard_alone(page: Page, live_server: Any, change: Any) -> None:
    make_user("bruno", "Back Office")
    for place, name in enumerate(("One", "Two", "Three"), start=10):
        planned(change, name, place)
    log_in(page, live_server.url, "bruno", reverse("queue", args=["pending"]))
    row = page.locator("tr[data-row]:focus")
    expect(row).to_contain_text("One")
    page.keyboard.press("j")
    expect(row).to_contain_text("Two")
    page.keyboard.press("c")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("h1")).to_have_text("Confirm: Two")
    page.keyboard.type("agreed")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".decided")).to_contain_text("Two will be suspended")
    expect(row).to_contain_text("Three")  # the next one has the focus
    expect(page.locator(".rail .count").first).to_have_text("2")
    page.keyboard.press("Backspace")
    expect(dialog.locator("[name=reason]")).to_have_value("agreed")  # the reason given last
    page.keyboard.press("Control+Enter")
    expect(page.locator(".decided")).to_contain_text("Three stays active")
    page.keyboard.press("m")
    dialog.locator("[name=valid_from]").fill("2031-03-10T14:30")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".decided")).to_contain_text("One will be suspended 10 Mar 2031")
    expect(page.locator(".work")).to_contain_text("Nothing waits here")
    assert [customer(name).plan_status for name in ("One", "Two", "Three")] == ["SCHEDULED", "SCHEDULED", "CANCELLED"]
    page.keyboard.press("?")
    expect(dialog.locator("h1")).to_have_text("Keys")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert page.complaints == []  # type: ignore[attr-defined]
