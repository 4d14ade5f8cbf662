"""Where the code is clever, two lines say what would break without it: caches, prepared statements, triggers."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
CLEVER = re.compile(r"^\s*(?:@cache$|@lru_cache\b|with prepared_cursor\(\) as )")
# A function that makes triggers returns them by their names.
TRIGGER = re.compile(r"""^\s*(?:return \{)?\s*f?["']ocs_[iudvcw]\w*_[\w{}.]*["']: """)


def modules() -> list[Path]:
    """Return the product's modules."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split() if not re.search(r"^tests/|/migrations/", name)]


def bare(lines: list[str], pattern: re.Pattern[str], above: int) -> Iterator[int]:
    """Yield the numbers of the lines that fit, and have no comment within so many lines above them."""
    for number, line in enumerate(lines):
        if pattern.match(line) and not any("# " in each for each in lines[max(0, number - above) : number]):
            yield number + 1


def test_caches_and_prepared_statements_say_why() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules()
        for number in bare(path.read_text(encoding="utf-8").splitlines(), CLEVER, 5)
    ]

    assert found == []


def test_triggers_say_why() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules()
        if path.name == "guards.py" or "triggers" in path.parts
        for number in bare(path.read_text(encoding="utf-8").splitlines(), TRIGGER, 7)
    ]

    assert found == []


def test_it_would_be_seen() -> None:
    assert [*bare(["x = 1", "@cache", "def f(): ..."], CLEVER, 5)] == [2]
    assert [*bare(["# Why.", "@cache", "def f(): ..."], CLEVER, 5)] == []
    assert [*bare(['        f"ocs_i_{table.name}": "AFTER INSERT",'], TRIGGER, 7)] == [1]
