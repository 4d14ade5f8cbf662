"""axe-core finds nothing: on kinds of pages that agents and administrators work on, with dialogs open, in four looks.

`make shots ARGS=--axe` does the same for every kind of page of the demo data.
"""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from ocsportal.people.models import User
from offers.models import Subscription
from subscribers.models import Subscriber
from tests.conftest import make_user
from tests.portal.offers import owners, subscribe
from tests.portal.test_browser import page
from tests.portal.test_session_browser import log_in
from tests.portal.waiting import planned
from tests.shots.axe import findings

pytestmark = [pytest.mark.once, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["owners", "page"]
LOOKS = pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)])


def address(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def looked_at(tab: Page, where: str) -> list[str]:
    return [f"{where}: {one}" for one in findings(tab)]


def test_axe_itself_finds_what_is_wrong(page: Page) -> None:
    page.set_content("<html><body><img src='x'><p style='color:#eee'>pale</p></body></html>")
    rules = {one.partition(":")[0] for one in findings(page)}
    assert {"image-alt", "color-contrast", "html-has-lang"} <= rules


@LOOKS
def test_what_agents_work_on(
    page: Page, live_server: Any, change: Any, owners: dict[str, Any], scheme: Any, width: int
) -> None:
    make_user("bruno", "Back Office")
    subscribe(change, "sub-1", "subscriber")
    planned(change, "Waits", -1)
    planned(change, "Later", 40)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(live_server.url + "/admin/login/")
    found = looked_at(page, "login")
    log_in(page, live_server.url, "bruno")
    pages = [
        "/",
        "/?q=nord",
        *(address(row) for row in owners.values()),
        address(Subscription.objects.get()),
        *(reverse("queue", args=[name]) for name in ("pending", "scheduled", "refused", "bill-cycles")),
        reverse("admin:customers_customer_changelist"),
        reverse("admin:accounts_account_add"),
        reverse("admin:subscribers_subscriber_verb", args=[Subscriber.objects.get().pk, "suspend"]),
        reverse("admin:customers_customer_history", args=[owners["customer"].pk]),
    ]
    for one in pages:
        page.goto(live_server.url + one)
        page.wait_for_load_state("networkidle")
        found += looked_at(page, one)
    page.goto(live_server.url + address(owners["customer"]))
    page.click(".head .does .button.filled")
    expect(page.locator("dialog[open]")).to_be_visible()
    found += looked_at(page, "the dialog of a verb")
    page.fill("dialog [name=reason]", "x")
    page.keyboard.press("Escape")
    found += looked_at(page, "the question before it drops")
    page.goto(live_server.url + reverse("queue", args=["pending"]))
    page.locator("input[name=row]").first.check()
    page.locator("[data-bar] button[value=confirm]").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    found += looked_at(page, "the dialog of a decision")
    page.context.clear_cookies(name="sessionid")
    page.fill("dialog [name=reason]", "x")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-later]")).to_be_visible()
    found += looked_at(page, "logging in again")
    assert not found, "\n".join(found)


@LOOKS
def test_what_is_set_up(page: Page, live_server: Any, scheme: Any, width: int) -> None:
    ada: User = make_user("ada", "Administrator")
    make_user("carl", "Configuration")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 860})
    found: list[str] = []
    for name, pages in {
        "ada": ["/", "/admin/auth/group/", "/admin/auth/group/1/change/", f"/admin/people/user/{ada.pk}/change/",
                "/admin/people/user/add/", "/admin/people/apikey/add/", "/admin/password_change/"],
        "carl": ["/", "/admin/entities/statereason/", "/admin/customers/customerprofile/add/", "/admin/offers/offer/add/",
                 "/admin/balances/adjustmentlimit/add/"],
    }.items():  # fmt: skip
        page.context.clear_cookies()
        log_in(page, live_server.url, name)
        for one in pages:
            page.goto(live_server.url + one)
            page.wait_for_load_state("networkidle")
            found += looked_at(page, f"{name} {one}")
    page.keyboard.press("?")
    found += looked_at(page, "keys")
    assert not found, "\n".join(found)
