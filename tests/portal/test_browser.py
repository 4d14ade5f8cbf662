"""An agent's work in a real browser: log in, find, suspend with a reason, see it in the history; no console error."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from accounts import operations as account_operations
from customers import operations
from customers.models import Customer
from ocsportal.entities.identity import Ref
from tests.conftest import CHROMIUM, make_user

pytestmark = [pytest.mark.once, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture
def page(monkeypatch: Any) -> Any:
    # Playwright runs a loop in this thread, which Django takes for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 860})
        page.complaints = []
        page.on(
            "console",
            lambda message: page.complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page
        chromium.close()


def test_log_in_find_suspend_and_look_back(page: Page, live_server: Any, change: Any) -> None:
    make_user("maria", "Customer Care")
    operations.create_customer(
        change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind Logistik GmbH"
    )

    page.goto(live_server.url + "/")
    page.fill("[name=username]", "maria")
    page.fill("[name=password]", "correct-horse-battery")
    page.click("button[type=submit]")
    page.fill(".big-find input", "nordwind")
    page.click(".hits a")
    expect(page.locator("h1")).to_have_text("Nordwind Logistik GmbH")

    page.click("text=Suspend")
    dialog = page.locator("dialog")
    expect(dialog.locator("h1")).to_have_text("Suspend Nordwind Logistik GmbH")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.click("text=Suspend")
    dialog.locator("[name=state_reason]").select_option("fraud")
    expect(dialog.locator("[data-preview=state_reason]")).to_have_text("Fraud")
    dialog.locator("[name=reason]").fill("calls to premium numbers")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".messages")).to_contain_text("Nordwind Logistik GmbH was suspended.")
    expect(page.locator(".head .badge")).to_have_text("Suspended")
    page.click("text=All of it")
    expect(page.locator(".line").first).to_contain_text("calls to premium numbers")
    expect(page.locator(".line").first).to_contain_text("Maria")
    assert page.complaints == []  # type: ignore[attr-defined]


def test_what_is_final_takes_its_button_or_both_keys(page: Page, live_server: Any, change: Any) -> None:
    make_user("bruno", "Back Office")
    made = operations.create_customer(change(), customer_profile="b2b", custom_name="Nordwind")
    page.goto(f"{live_server.url}/admin/login/?next=/%3Fq%3D{made.target_ref_id}")
    page.fill("[name=username]", "bruno")
    page.fill("[name=password]", "correct-horse-battery")
    page.click("button[type=submit]")
    page.goto(page.url.replace("change", "deactivate"))
    expect(page.locator("[data-preview=state_reason]")).to_have_text("–")
    page.locator("[name=state_reason]").select_option("dfltDeactivated")
    page.locator("[name=reason]").fill("closes for good")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.keyboard.press("Enter")
    page.locator("[name=valid_from]").press("Enter")
    # A person reads on before anything could have been sent.
    page.wait_for_timeout(200)
    assert sent == []
    assert Customer.objects.get().state == "ACTIVE"
    page.locator("[name=reason]").press("Control+Enter")
    expect(page.locator(".head .badge")).to_have_text("Deactivated")
    assert len(sent) == 1
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways(page: Page, live_server: Any, change: Any, width: int, scheme: Any) -> None:
    make_user("bruno", "Back Office")
    made = operations.create_customer(change(), external_id="x" * 200, customer_profile="b2b", custom_name="Donau" * 30)
    key = made.target_ref_id
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(live_server.url + "/admin/login/?next=/")
    page.fill("[name=username]", "bruno")
    page.fill("[name=password]", "correct-horse-battery")
    page.click("button[type=submit]")
    page.goto(f"{live_server.url}/admin/customers/customer/?q={key}")
    own = page.url
    for address in (own, own.replace("change", "suspend"), own.replace("change", "history"), f"{live_server.url}/",
                    f"{live_server.url}/admin/customers/customer/", f"{live_server.url}/queues/pending/"):  # fmt: skip
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, address
    assert page.complaints == []  # type: ignore[attr-defined]


def test_the_bill_cycle_page_draws_what_will_happen(page: Page, live_server: Any, change: Any) -> None:
    make_user("bruno", "Back Office")
    operations.create_customer(change(), external_id="cust-1", customer_profile="b2b", custom_name="Nordwind")
    account_operations.create_account(
        change(),
        customer=Ref(external_id="cust-1"),
        external_id="acc-1",
        custom_name="Germany",
        account_profile="postpaid",
    )
    page.goto(live_server.url + "/admin/login/?next=/%3Fq%3Dacc-1")
    page.fill("[name=username]", "bruno")
    page.fill("[name=password]", "correct-horse-battery")
    page.click("button[type=submit]")
    expect(page.locator("h1")).to_have_text("Germany")

    page.click("text=More ▾")
    page.click("text=Change bill cycle")
    dialog = page.locator("dialog")
    expect(dialog.locator("svg.spans")).to_have_count(1)
    dialog.locator("[name=bill_cycle]").select_option("monthly15")
    expect(dialog.locator("svg.spans")).to_have_count(2)
    dialog.locator("[name=valid_from]").fill("2031-03-10T14:30")
    first = dialog.locator("table.spans tbody tr").first
    expect(first).to_contain_text("10 Mar 2031 14:30")
    expect(first).to_contain_text("shortened")
    dialog.locator("[name=billing_day]").fill("3")
    expect(dialog.locator(".errorlist")).to_have_text("Can only be given with an individual bill cycle.")
    dialog.locator("[name=billing_day]").fill("")
    expect(dialog.locator(".errorlist")).to_have_count(0)
    dialog.locator("[name=reason]").fill("salary comes on the 13th")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".messages")).to_contain_text("The bill cycle will change 10 Mar 2031 14:30.")
    expect(page.locator(".plan .badge")).to_contain_text("Monthly, from the 15th")
    expect(page.locator("svg.spans")).to_have_count(1)
    page.click("text=Perform now")
    expect(page.locator("dialog svg.spans")).to_have_count(2)
    assert page.complaints == []  # type: ignore[attr-defined]
