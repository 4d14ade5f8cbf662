"""A name means one thing: no two classes of the product are called the same."""

import ast
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
# Django asks for these by name.
GIVEN = {"Command", "Meta", "Migration"}
# The import's own words for a file; nothing outside of ocsportal/exchange names them.
EXCHANGE = {"Batch", "Part", "Source"}
# Called as OpenAPI calls them, and always named with their module: answers.Item.
ANSWERS = "ocsportal/rest/answers.py"


def classes(text: str) -> list[str]:
    """Return the classes that stand in a module by themselves."""
    return [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]


def test_classes() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = defaultdict(list)
    for name in listed.stdout.split():
        if not re.search(r"^tests/|/migrations/", name) and name != ANSWERS:
            for each in classes((ROOT / name).read_text(encoding="utf-8")):
                if not each.startswith("_"):
                    found[each].append(name)

    assert {name: places for name, places in found.items() if len(places) > 1 and name not in GIVEN | EXCHANGE} == {}
    assert len(found) > 400


def test_it_would_be_seen() -> None:
    assert classes("class A:\n    class Meta: ...\nclass B(A): ...\n") == ["A", "B"]
