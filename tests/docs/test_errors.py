"""docs/errors.md lists every code that the product can answer with, under its status, and no other."""

import ast
import re
from collections.abc import Iterator

import pytest

from ocsportal import failures
from ocsportal.rest import errors as rest
from ocsportal.transactions import door
from ocsportal.transactions.errors import NotAllowed, OperationRefused, RequestIdConflict, Stale
from tests.docs.markdown import DOCS, plain, product_trees, rows_under

pytestmark = pytest.mark.once

HEADER = ("Code", "HTTP", "When", "What to do")
CODE = re.compile(r"[A-Z]{2,}(-[A-Z]+)+")
MAKERS = ("OperationRefused", "Fault")


def codes_in(tree: ast.Module) -> Iterator[str]:
    """Yield what looks like a code, and whatever is given as one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            yield node.value
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MAKERS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def in_code() -> dict[str, str]:
    """Return every code, with a module that knows it."""
    found = {code: name for name, tree in product_trees() for code in codes_in(tree)}
    found |= dict.fromkeys(rest.CODES.values(), "ocsportal/rest/errors.py")
    found[door.ERASED] = "ocsportal/transactions/door.py"
    return found | dict.fromkeys(failures.CODES.values(), "ocsportal/failures.py")


def documented() -> dict[str, str]:
    return {plain(row[0]): row[1] for row in rows_under(HEADER, DOCS / "errors.md")}


def test_every_code_is_documented_and_every_documented_code_is_there() -> None:
    found, listed = in_code(), documented()
    lacking = [f"add     | `{code}` | 400 | … | … |   ({found[code]})" for code in sorted(found.keys() - listed.keys())]
    stale = [f"remove  {code}: nothing in the code says it" for code in sorted(listed.keys() - found.keys())]
    assert not lacking + stale, "\n".join(["docs/errors.md differs from the code:", *lacking, *stale])


def test_statuses() -> None:
    refusals: list[OperationRefused] = [NotAllowed("x"), RequestIdConflict(), Stale()]
    statuses = [(refusal.code, int(refusal.status)) for refusal in refusals]
    statuses += [(code, int(status)) for status, code in (rest.CODES | failures.CODES).items()]
    listed = documented()
    for code, status in statuses:
        assert str(status) in listed[code].split(", "), f"docs/errors.md: {code} is answered with {status}"


def test_the_search_for_codes_finds_them() -> None:
    assert {"THROTTLED", "CASM-STATE-PENDING", "EXTERNAL-ID-NOT-UNIQUE", "BODY-TOO-LARGE"} <= in_code().keys()
