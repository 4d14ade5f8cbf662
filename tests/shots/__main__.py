"""`python -m tests.shots OUT`: a picture of every kind of page, light and dark, wide and narrow.

With `--pages FILE` the pages found by an earlier run are taken again from the same database (`--database URL`), and with
`--against DIR` each picture is compared with the earlier one, pixel by pixel: whoever rewrites templates or styles sees
what they changed.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.faults.portal import Portal

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--hide-scrollbars"]
LOOKS = {f"{scheme}-{width}": (scheme, width) for scheme in ("light", "dark") for width in (1280, 390)}
CUSTOMERS = "12"


def main() -> int:
    """Take the pictures; return how many differ from those they are compared with."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    asked = _asked()
    out = Path(asked.out)
    out.mkdir(parents=True, exist_ok=True)
    with _served(asked.database) as base, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
        print(
            f"{_of_the_first_day(chromium, base, Path(asked.docs or out / 'agents'))} pictures of the first day",
            flush=True,
        )
        if asked.docs:
            chromium.close()
            return 0
        pages = json.loads(Path(asked.pages).read_text()) if asked.pages else _found(chromium, base)
        (out / "pages.json").write_text(json.dumps(pages, indent=1) + "\n")
        began, taken = time.monotonic(), 0
        found: list[str] = []
        for login, of_login in pages.items():
            looks = asked.look or list(LOOKS)
            taken += _shoot(chromium, base, login, of_login, out, looks, found if asked.axe else None)
        chromium.close()
    print(f"{taken} pictures of {sum(map(len, pages.values()))} pages in {time.monotonic() - began:.0f} s: {out}")
    if asked.axe:
        print("\n".join([*found, f"axe-core: {len(found)} findings."]))
    return len(found) or (_compare(out, Path(asked.against)) if asked.against else 0)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.shots", description=__doc__)
    parser.add_argument("out", help="directory for the pictures")
    parser.add_argument("--database", help="URL of a database with demo data; made anew in a scratch directory without")
    parser.add_argument("--pages", help="pages.json of an earlier run, instead of looking for pages")
    parser.add_argument("--against", help="directory of earlier pictures to compare with")
    parser.add_argument("--docs", help="only the pictures of docs/agents.md, into this directory")
    parser.add_argument("--axe", action="store_true", help="have axe-core look at each page, too; 1 for any finding")
    parser.add_argument("--look", action="append", choices=list(LOOKS), help="only this look; may be given again")
    return parser.parse_args()


def _chromium() -> str:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    return path or sys.exit("Chromium is needed and was not found.")


@contextmanager
def _served(database: str | None) -> Iterator[str]:
    """Serve the portal on a database with demo data; give the address."""
    with tempfile.TemporaryDirectory() as scratch:
        url = database or f"sqlite:///{scratch}/shots.sqlite3"
        os.environ["DATABASE_URL"] = url
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ocsportal.settings")
        portal = Portal(url)
        portal.manage("migrate", "-v", "0")
        portal.manage("collectstatic", "--noinput", "-v", "0")
        portal.manage("load_demo", "--customers", CUSTOMERS)
        portal.start()
        try:
            yield f"http://127.0.0.1:{portal.port}"
        finally:
            portal.stop()


def _found(chromium: Browser, base: str) -> dict[str, dict[str, str]]:
    import django

    django.setup()
    from tests.shots import pages

    found: dict[str, dict[str, str]] = {}
    known: set[str] = set()
    for login in pages.PEOPLE:
        tab = chromium.new_page()
        pages.log_in(tab, base, login)
        of_login = pages.crawl(tab, base)
        # Home differs from group to group; of the rest one picture is enough.
        found[login] = {kind: path for kind, path in of_login.items() if kind == "home" or kind not in known}
        known |= set(of_login)
        print(f"{login}: {len(found[login])} kinds of pages", flush=True)
        tab.context.close()
    return found


def _of_the_first_day(chromium: Browser, base: str, out: Path) -> int:
    from tests.shots.first_day import shoot

    return shoot(chromium, base, out)


def _shoot(
    chromium: Browser,
    base: str,
    login: str,
    found: dict[str, str],
    out: Path,
    looks: list[str],
    faults: list[str] | None = None,
) -> int:
    from tests.shots.axe import findings
    from tests.shots.pages import log_in

    taken = 0
    for look in looks:
        scheme, width = LOOKS[look]
        context = chromium.new_context(
            viewport={"width": width, "height": 860},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        tab = context.new_page()
        log_in(tab, base, login)
        for kind, path in found.items():
            # The field that has the focus at home asks for what was worked on lately.
            tab.goto(base + path, wait_until="networkidle" if kind.startswith("home") else "load")
            tab.screenshot(path=out / f"{kind}.{login}.{look}.png", full_page=True)
            taken += 1
            if faults is not None:
                faults += [f"{kind} {look} {path}: {one}" for one in findings(tab)]
        context.close()
    return taken


def _compare(new: Path, old: Path) -> int:
    """Name the pictures that differ from the earlier ones or have none; Chromium writes equal pixels as equal bytes."""
    differ = [
        picture.name
        for picture in sorted(new.glob("*.png"))
        if not (old / picture.name).exists() or (old / picture.name).read_bytes() != picture.read_bytes()
    ]
    for name in differ:
        print(f"differs: {name}")
    print(f"{len(differ)} pictures differ.")
    return len(differ)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
