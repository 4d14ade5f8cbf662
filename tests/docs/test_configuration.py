"""docs/configuration.md lists every variable that the product reads, and what a bad value says."""

import ast
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from ocsportal import environment
from tests.docs.markdown import DOCS, ROOT, plain, product_trees, rows_under, text_of, tracked

pytestmark = pytest.mark.once

HEADER = ("Variable", "Default", "What it does", "A bad value says")
READERS = {"str", "get", "getenv", "flag", "_database", "bool", "int", "list"}


def variables_in(tree: ast.Module) -> Iterator[str]:
    """Yield the names that are read from the environment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            if name in READERS and owner in ("", "env", "environment", "environment.env", "os", "os.environ"):
                yield from _names(node.args[0])
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            yield from _names(node.slice)


def _names(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isupper():
        yield node.value


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    read = {variable: name for name, tree in product_trees() for variable in variables_in(tree)}
    listed = {plain(row[0]) for row in rows_under(HEADER, DOCS / "configuration.md")}
    assert {"SECRET_KEY", "DATABASE_URL", "HTTPS"} <= read.keys()
    lacking = [
        f"add     | `{variable}` | … | … | … |   ({read[variable]})" for variable in sorted(read.keys() - listed)
    ]
    stale = [f"remove  {variable}: nothing reads it" for variable in sorted(listed - read.keys())]
    assert not lacking + stale, "\n".join(["docs/configuration.md differs from the code:", *lacking, *stale])


@pytest.mark.parametrize(
    ("variable", "value", "ask"),
    [
        ("SECRET_KEY", "", environment.secret_key),
        ("SECRET_KEY", "short", environment.secret_key),
        ("DEBUG", "maybe", lambda: environment.flag("DEBUG")),
        ("HTTPS", "maybe", lambda: environment.flag("HTTPS")),
        ("TIME_ZONE_BILLING", "Mars/Olympus", environment.billing_time_zone),
        ("HOME_COUNTRY", "DEU", environment.home_country),
        ("EVENTS_URL", "http://x", environment.events_url),
        ("RATE_LIMIT", "many", environment.rate_limit),
        ("TRUSTED_PROXIES", "nginx", environment.trusted_proxies),
        ("DATABASE_URL", "mysql://x", environment.databases),
        ("DATABASE_URL", "postgres://", environment.databases),
        ("DATABASE_REPLICA_URL", "mysql://x", environment.databases),
    ],
)
def test_bad_values_say_what_the_table_says(
    variable: str, value: str, ask: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, variable, value)
    rows = {plain(row[0]): row[3] for row in rows_under(HEADER, DOCS / "configuration.md")}
    with pytest.raises(ImproperlyConfigured) as caught:
        ask()
    assert str(caught.value) in rows[variable].split(" / ")


def test_variables_of_make_are_read_by_somebody() -> None:
    names = [path for path in tracked() if path.name == "Makefile" or path.is_relative_to(ROOT / ".ci")]
    sources = "\n".join(text_of(path) or "" for path in names)
    for row in rows_under(("Variable", "Read by", "What it does"), DOCS / "configuration.md"):
        assert plain(row[0]) in sources, f"Neither the Makefile nor .ci/ reads {row[0]}"
