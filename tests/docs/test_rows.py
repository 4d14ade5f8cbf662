"""The page on rows names what there is: every function that it sends somebody to, in the module that it says."""

import re
from importlib import import_module
from pathlib import Path

import pytest

pytestmark = pytest.mark.once
PAGE = (Path(__file__).parents[2] / "docs" / "rows.md").read_text()
NAMED = [
    (f"ocsportal.entities.{room}.{module}", name)
    for room, module, names in re.findall(r"`(store|life)/(\w+)\.py`: ((?:`\w+`(?:,? (?:or )?)?)+)", PAGE)
    for name in re.findall(r"`(\w+)`", names)
] + [("ocsportal.entities.life.locking", name) for name in re.findall(r"^\| `(\w+)\(", PAGE, flags=re.MULTILINE)]


def test_as_many_as_the_page_has() -> None:
    assert len(NAMED) == 22


@pytest.mark.parametrize(("module", "name"), NAMED)
def test_stands_where_the_page_says(module: str, name: str) -> None:
    assert callable(getattr(import_module(module), name))
