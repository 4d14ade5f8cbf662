"""What axe-core finds on a page: each finding with the rule, the place and the element (docs/portal.md, looks).

axe-core (MPL-2.0) comes within the package axe-playwright-python (MIT), for tests only. It is run from outside of the
page, so that the page's Content-Security-Policy stays as strict as it is.
"""

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page as Tab

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASKED = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}


@cache
def source() -> str:
    """Return axe-core itself."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def findings(tab: Tab) -> list[str]:
    """Return what is found on the page as it stands, with whatever is open on it."""
    if not tab.evaluate("typeof axe === 'object'"):
        tab.evaluate(source())
    found: dict[str, Any] = tab.evaluate("asked => axe.run(document, asked)", ASKED)
    return [
        f"{one['id']}: {' '.join(map(str, node['target']))}: {node['html'][:160]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
