"""The pictures of docs/agents.md: six moments of an agent's first day, taken from the demo data."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.shots.pages import log_in

SIZE = {"width": 1200, "height": 760}
# Somebody in the demo data whose tree shows a bit of everything, with a name that any machine has letters for.
WHOM = "Lindgren"


def find(tab: Tab, base: str) -> None:
    """Somebody calls: found while one types."""
    tab.goto(base + "/")
    tab.fill(".big-find input", WHOM.lower())
    tab.wait_for_selector(".big-find a.hit.marked")


def customer(tab: Tab, base: str) -> None:
    """Everything of a customer on one page."""
    tab.goto(f"{base}/admin/customers/customer/?q={WHOM}")
    tab.click("#result_list a")
    tab.wait_for_selector(".everything tr[data-key]")


def suspend(tab: Tab, base: str) -> None:
    """A verb says beforehand what it will do."""
    customer(tab, base)
    tab.click(".head .does .button.filled")
    tab.wait_for_selector("dialog[open]")
    tab.select_option("dialog [name=state_reason]", index=1)
    tab.fill("dialog [name=reason]", "asked for by the caller, identified by date of birth")


def sim_lost(tab: Tab, base: str) -> None:
    """One form for a whole call."""
    tab.goto(f"{base}/admin/subscribers/subscriber/?state=ACTIVE")
    tab.click("#result_list a")
    tab.wait_for_load_state("networkidle")
    tab.click("text=More ▾")
    tab.click(".drop >> text=SIM lost")
    tab.wait_for_selector("dialog[open]")


def queue(tab: Tab, base: str) -> None:
    """Several decisions with one reason."""
    tab.goto(base + "/queues/pending/")
    for place in range(3):
        tab.locator("input[name=row]").nth(place).check()
    tab.fill("[data-bar] [name=reason]", "agreed with accounting, 27 Nov")
    tab.locator("tr[data-row]").nth(3).focus()


def again(tab: Tab, base: str) -> None:
    """The session was over in the middle of a form; nothing is lost."""
    suspend(tab, base)
    tab.context.clear_cookies(name="sessionid")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_selector("dialog[open] [data-later]")


SCENES: dict[str, tuple[str, Callable[[Tab, str], None]]] = {
    "1-find": ("maria", find),
    "2-customer": ("maria", customer),
    "3-suspend": ("maria", suspend),
    "4-sim-lost": ("maria", sim_lost),
    "5-queue": ("bruno", queue),
    "6-again": ("maria", again),
}


def shoot(chromium: Browser, base: str, out: Path) -> int:
    """Take the pictures; return how many."""
    out.mkdir(parents=True, exist_ok=True)
    for name, (login, act) in SCENES.items():
        context = chromium.new_context(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        tab = context.new_page()
        log_in(tab, base, login)
        act(tab, base)
        tab.wait_for_load_state("networkidle")
        tab.screenshot(path=out / f"{name}.png")
        context.close()
    return len(SCENES)
