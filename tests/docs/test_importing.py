"""docs/importing.md names every column of the file, and none that is not there."""

import re

import pytest

from ocsportal.exchange.columns import LEVELS, column_of, shown_names
from tests.docs.markdown import DOCS

pytestmark = pytest.mark.once


def test_columns() -> None:
    page = (DOCS / "importing.md").read_text(encoding="utf-8")
    table = page[page.index("## Columns") : page.index("## What spreadsheets do")]
    named = set(re.findall(rf"`((?:{'|'.join(LEVELS)}|balance)\.[\w.]+)`", table))
    known = set(shown_names())
    assert {name for name in named - known if column_of(name) is None} == set()
    # What all levels have alike is named once, for the first one.
    alike = re.compile(r"(account|subscriber|subscription)\.(state|plannedState|lastPlan)\w*(\.\w+)?")
    assert {name for name in known - named if not alike.fullmatch(name)} == set()
