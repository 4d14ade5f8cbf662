"""Twelve calls in a real browser, from the search to what is done: by mouse, and by keyboard alone; each with what it costs.

A click is a press of the mouse; a key is one pressed to get somewhere or to choose, what is typed into a field not counted.
Each call takes one form and one reason, however many operations that is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from ocsportal.transactions.models import BusinessTransaction
from subscribers.models import Subscriber
from tests.conftest import make_user
from tests.portal.offers import owners, subscribe
from tests.portal.test_browser import page
from tests.portal.test_sim_lost import give, last

__all__ = ["owners", "page"]
pytestmark = [pytest.mark.once, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OLD, NEW = "8949020000001234567", "8949020000058785300"
NUMBER = "+49 170 5550142"


@dataclass(frozen=True)
class Call:
    """What a caller wants: whom to find, which verb, what is filled in, what is recorded, and what it costs.

    `clicks` is what it takes by mouse, `keys` by keyboard.
    A value that is a tuple is chosen from a list: its label. `under` says that the verb stands under More.
    """

    find: str
    verb: str
    fields: dict[str, str | tuple[str]]
    done: list[str]
    clicks: int
    keys: int
    under: bool = False


CALLS = {
    "lost SIM": Call(
        NUMBER, "SIM lost", {"iccid": "8949-0200-0005-8785-300", "resume": ("Now, after the swap",)},
        ["PlaceOrder", "UpdateSubscriberState", "SwapSubscriberResource", "UpdateSubscriberState"], 8, 10,
    ),
    "suspend for non-payment": Call(
        "Nordwind", "Suspend", {"state_reason": ("Non-payment",)}, ["UpdateCustomerState"], 7, 22,
    ),
    "hold until a date": Call(
        NUMBER, "Suspend", {"state_reason": ("Fraud",), "valid_to": "2099-01-02T08:00"},
        ["UpdateSubscriberState"], 8, 22,
    ),
    "another name and address": Call(
        "Nordwind", "Edit", {"custom_name": "Nordwind SE", "contact_phone": "0431 98765", "contact_city": "Kiel"},
        ["PlaceOrder", "UpdateCustomerCustomName", "UpdateCustomerContact"], 8, 19,
    ),
    "tax": Call(
        "acc-1", "Edit", {"tax_exemption": ("Is not charged: the account is exempt",), "tax_residence": "CH"},
        ["PlaceOrder", "UpdateAccountTaxExemption"], 8, 17,
    ),
    "moves out": Call(
        NUMBER, "Move out", {"state_reason": ("Customer request",), "valid_from": "2099-05-01T08:00"},
        ["PlaceOrder", "UpdateSubscriberState"], 9, 16, under=True,
    ),
    "ported out": Call(
        NUMBER, "Deactivate", {"state_reason": ("Ported out",)}, ["UpdateSubscriberState"], 8, 18, under=True,
    ),
    "an IMSI": Call(
        NUMBER, "Add resource", {"resource_type": ("IMSI",), "resource": "262015586120447"},
        ["CreateSubscriberResource"], 9, 10, under=True,
    ),
    "who uses it": Call(
        NUMBER, "Edit", {"custom_name": "Timo Brandt"}, ["PlaceOrder", "UpdateSubscriberCustomName"], 6, 10,
    ),
    "a note for the next agent": Call(
        "Nordwind", "New note", {"text": "calls back on Monday"}, ["CreateCustomerNote"], 6, 7, under=True,
    ),
    "another segment": Call(
        "Nordwind", "Edit", {"customer_segment": ("VIP",)}, ["PlaceOrder", "UpdateCustomerSegment"], 7, 20,
    ),
}  # fmt: skip


class Hands:
    """What an agent does with mouse or keyboard, counted."""

    def __init__(self, page: Page, *, mouse: bool) -> None:
        self.page, self.mouse = page, mouse
        self.clicks = 0
        self.pressed: list[str] = []

    @property
    def keys(self) -> int:
        """How many keys were pressed."""
        return len(self.pressed)

    def click(self, target: Locator) -> None:
        """Click."""
        self.clicks += 1
        target.click()

    def press(self, key: str) -> None:
        """Press a key."""
        self.pressed.append(key)
        self.page.keyboard.press(key)

    def go_to(self, target: Locator, key: str = "Tab") -> None:
        """Press Tab, or another key, until the focus is there."""
        expect(target).to_be_visible()
        for _ in range(40):
            if target.evaluate("one => one === document.activeElement"):
                return
            self.press(key)
        raise AssertionError("It is not reached within forty Tabs.")

    def use(self, target: Locator, key: str = "Shift+Tab") -> None:
        """Click a button or a link, or go there and press Enter."""
        if self.mouse:
            self.click(target)
        else:
            self.go_to(target, key)
            self.press("Enter")

    def fill(self, target: Locator, value: str | tuple[str]) -> None:
        """Fill a field in, or choose from its list."""
        if self.mouse:
            self.click(target)
        else:
            self.go_to(target)
        if not isinstance(value, tuple):
            target.fill(value)
            return
        # Opened and chosen from; by keyboard the first letters choose.
        if self.mouse:
            self.clicks += 1
        else:
            self.pressed.append("choose")
        target.select_option(label=value[0])


@pytest.fixture
def line(owners: dict[str, Any], change: Any) -> Subscriber:
    """Jana's line at Nordwind, with a number, a SIM card and an offer."""
    give(change, "s-1", "MSISDN", NUMBER)
    give(change, "s-1", "ICCID", OLD)
    subscribe(change, "sub-1", "subscriber")
    make_user("bruno", "Back Office")
    return Subscriber.objects.get(external_id="s-1")


def log_in(page: Page, live_server: Any) -> None:
    page.goto(f"{live_server.url}/admin/login/?next=/")
    page.fill("[name=username]", "bruno")
    page.fill("[name=password]", "correct-horse-battery")
    page.click("button[type=submit]")
    expect(page.locator(".big-find input")).to_be_visible()


def find(hands: Hands, term: str) -> None:
    """From the home page to the page of what the caller is about."""
    page = hands.page
    # By keyboard one is there already.
    if hands.mouse:
        hands.click(page.locator(".big-find input"))
    else:
        expect(page.locator(".big-find input")).to_be_focused()
    page.keyboard.type(term)
    expect(page.locator(".hits a").first).to_be_visible()
    if hands.mouse:
        hands.click(page.locator(".hits a").first)
    else:
        hands.press("Enter")
    expect(page.locator(".head h1")).to_be_visible()
    # Nobody is as quick as to press a key before the page has its scripts.
    page.wait_for_load_state("load")


def open_verb(hands: Hands, call: Call) -> Locator:
    """From that page to the form."""
    does = hands.page.locator(".does")
    if not hands.mouse:
        hands.press("v")
    if call.under:
        hands.use(does.locator("summary"))
    # In the menu a letter leads to what begins with it.
    letter = call.verb[0].lower() if call.under else "Shift+Tab"
    hands.use(does.get_by_role("link", name=call.verb, exact=True), letter)
    dialog = hands.page.locator("dialog")
    expect(dialog.locator("h1")).to_be_visible()
    return dialog


def recorded(before: int) -> Iterator[tuple[str, str]]:
    for row in BusinessTransaction.objects.filter(pk__gt=before).order_by("pk"):
        yield row.operation, row.reason


@pytest.mark.parametrize("mouse", [True, False], ids=["mouse", "keyboard"])
@pytest.mark.parametrize("name", CALLS)
def test_a_call_takes_one_form_and_one_reason(
    name: str, mouse: bool, page: Page, live_server: Any, line: Subscriber
) -> None:
    call = CALLS[name]
    log_in(page, live_server)
    before, hands = last(), Hands(page, mouse=mouse)
    find(hands, call.find)
    dialog = open_verb(hands, call)
    for field_name, value in call.fields.items():
        hands.fill(dialog.locator(f"[name={field_name}]"), value)
    reason = dialog.locator("[name=reason]")
    if reason.is_visible():
        hands.fill(reason, "caller asked")
    if mouse:
        hands.click(dialog.locator("footer button[type=submit]"))
    else:
        hands.press("Control+Enter")
    expect(page.locator(".messages")).to_be_visible()
    rows = list(recorded(before))
    assert [operation for operation, _ in rows] == call.done
    assert len({why for _, why in rows}) == 1
    assert (hands.clicks, hands.keys) == ((call.clicks, 0) if mouse else (0, call.keys)), " ".join(hands.pressed)
    assert page.complaints == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("mouse", [True, False], ids=["mouse", "keyboard"])
def test_a_new_line_takes_one_form_and_one_reason(mouse: bool, page: Page, live_server: Any, line: Subscriber) -> None:
    log_in(page, live_server)
    before, hands = last(), Hands(page, mouse=mouse)
    find(hands, "Nordwind")
    if not mouse:
        hands.press("v")
    hands.use(page.locator(".does").get_by_role("link", name="New line"))
    form = page.locator("form[data-verb]")
    page.wait_for_load_state("load")
    hands.fill(form.locator("[name=account_profile]"), ("Postpaid",))
    hands.fill(form.locator("[name=number]"), "0170 5550231")
    hands.fill(form.locator("[name=subscriber_profile]"), ("Mobile",))
    offer = form.locator("[name=offers][value=dataBundle10]")
    if mouse:
        hands.click(offer)
    else:
        hands.go_to(offer)
        hands.press("Space")
    expect(form.locator("[data-foreseen]")).to_contain_text("Data bundle 10 GB")
    hands.fill(form.locator("[name=reason]"), "new contract")
    if mouse:
        hands.click(form.locator("footer button[type=submit]"))
    else:
        hands.press("Control+Enter")
    expect(page.locator(".messages")).to_contain_text("The line was made.")
    rows = list(recorded(before))
    assert [operation for operation, _ in rows] == [
        "PlaceOrder", "CreateAccount", "CreateSubscriber", "CreateSubscriptionOnSubscriber",
    ]  # fmt: skip
    assert {why for _, why in rows} == {"new contract"}
    assert (hands.clicks, hands.keys) == ((11, 0) if mouse else (0, 23)), " ".join(hands.pressed)
    assert page.complaints == []  # type: ignore[attr-defined]
