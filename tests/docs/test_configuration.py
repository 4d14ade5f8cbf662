"""docs/configuration.md lists every variable that the product reads, and what a bad value says."""

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from ocsportal import environment
from tests.docs.markdown import DOCS, ROOT, plain, product_trees, rows_under, text_of, tracked

pytestmark = pytest.mark.once

HEADER = ("Variable", "Default", "What it does", "A bad value says")
READERS = {"str", "text", "get", "getenv", "flag", "_database", "bool", "int", "list"}


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
        ("AUDIT_KEY", "short", environment.audit_keys),
        ("AUDIT_KEY", f"0:{'x' * 32}", environment.audit_keys),
        ("AUDIT_KEY", f"1:{'x' * 32},{'y' * 32}", environment.audit_keys),
        ("AUDIT_KEY_FILE", "/nowhere", environment.audit_keys),
        ("DEBUG", "maybe", lambda: environment.flag("DEBUG")),
        ("HTTPS", "maybe", lambda: environment.flag("HTTPS")),
        ("TIME_ZONE_BILLING", "Mars/Olympus", environment.billing_time_zone),
        ("HOME_COUNTRY", "DEU", environment.home_country),
        ("EVENTS_EXCHANGE", "amq.topic", environment.events_exchange),
        ("EVENTS_EXCHANGE", "two words", environment.events_exchange),
        ("EVENTS_SOURCE", "two words", environment.events_source),
        ("EVENTS_UNROUTED", "drop", environment.events_unrouted),
        ("EVENTS_URL", "http://x", environment.events_url),
        ("EVENTS_URL", "amqp://[::1", environment.events_url),
        ("EVENTS_URL", "amqp://host:port/", environment.events_url),
        ("EVENTS_URL", "amqp://", environment.events_url),
        ("EVENTS_URL", "amqp://host/?heartbeat=often", environment.events_url),
        ("EVENTS_URL", "amqp://host/?nonsense=1", environment.events_url),
        ("ALLOWED_HOSTS", "https://ocs.example.com", environment.allowed_hosts),
        ("ALLOWED_HOSTS", "localhost,ocs.example.com:8000", environment.allowed_hosts),
        ("ALLOWED_HOSTS", "a b", environment.allowed_hosts),
        ("LOG_LEVEL", "loud", environment.log_level),
        ("RATE_LIMIT", "many", environment.rate_limit),
        ("RATE_LIMIT", "²/minute", environment.rate_limit),
        ("RATE_LIMIT", f"{'9' * 5000}/minute", environment.rate_limit),
        ("TRUSTED_PROXIES", "nginx", environment.trusted_proxies),
        ("DATABASE_URL", "mysql://x", environment.databases),
        ("DATABASE_URL", "postgres://", environment.databases),
        ("DATABASE_URL", "postgres://[::1/name", environment.databases),
        ("DATABASE_URL", "postgres://host:port/name", environment.databases),
        ("DATABASE_URL", "postgres://host:99999/name", environment.databases),
        ("DATABASE_URL", "postgres://host/name?nonsense=1", environment.databases),
        ("DATABASE_URL", "postgres://host/name?connect_timeout=long", environment.databases),
        ("DATABASE_URL", "sqlite:///name?timeout=5", environment.databases),
        ("DATABASE_REPLICA_URL", "mysql://x", environment.databases),
    ],
)
def test_bad_values_say_what_the_table_says(
    variable: str, value: str, ask: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUDIT_KEY", raising=False)
    monkeypatch.setitem(os.environ, variable, value)
    rows = {plain(row[0]): row[3] for row in rows_under(HEADER, DOCS / "configuration.md")}
    with pytest.raises(ImproperlyConfigured) as caught:
        ask()
    assert str(caught.value) in rows[variable].split(" / ")
    assert str(caught.value).startswith(variable)


@pytest.mark.parametrize(("value", "hosts"), [
    ("", ["127.0.0.1", "localhost", "[::1]"]),
    ("*", ["*"]),
    (" ocs.example.com , .example.com,[::1],10.0.0.5,büro", None),
    ("ocs.example.com , .example.com,[::1],10.0.0.5", ["ocs.example.com", ".example.com", "[::1]", "10.0.0.5"]),
])  # fmt: skip
def test_names_under_which_the_portal_answers(
    value: str, hosts: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "ALLOWED_HOSTS", value)
    if hosts is None:
        with pytest.raises(ImproperlyConfigured, match="not 'büro'"):
            environment.allowed_hosts()
    else:
        assert environment.allowed_hosts() == hosts


def test_a_dollar_in_a_secret_is_a_character(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "$" + "x" * 40
    monkeypatch.setitem(os.environ, "SECRET_KEY", secret)
    assert environment.secret_key() == secret


@pytest.mark.parametrize(("value", "keys"), [
    ("a" * 32, {1: b"a" * 32}),
    (f"2:{'b' * 32},1:{'a' * 32}", {2: b"b" * 32, 1: b"a" * 32}),
])  # fmt: skip
def test_audit_keys_have_numbers(
    value: str, keys: dict[int, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(os.environ, "AUDIT_KEY", value)
    assert environment.audit_keys() == keys
    monkeypatch.delitem(os.environ, "AUDIT_KEY")
    (tmp_path / "keys").write_text(value.replace(",", "\n") + "\n")
    monkeypatch.setitem(os.environ, "AUDIT_KEY_FILE", str(tmp_path / "keys"))
    assert environment.audit_keys() == keys


def test_a_real_database_is_not_served_without_an_audit_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDIT_KEY", raising=False)
    monkeypatch.setitem(os.environ, "DATABASE_URL", "postgres://localhost/portal")
    with pytest.raises(ImproperlyConfigured, match="AUDIT_KEY is not set; `make install` writes one into"):
        environment.audit_keys()
    monkeypatch.setitem(os.environ, "DEBUG", "true")
    derived = environment.audit_keys()
    monkeypatch.setitem(os.environ, "DATABASE_URL", "sqlite:///portal.sqlite3")
    monkeypatch.setitem(os.environ, "DEBUG", "false")
    assert environment.audit_keys() == derived
    assert [len(secret) for secret in derived.values()] == [32]


@pytest.mark.parametrize(("content", "words"), [
    (b"# a comment\n\nexport LOUD=1\nSECRET KEY=hidden\n", "Line 4 of .env is not NAME=value."),
    (b"\xff\xfe", ".env can't be read as text."),
])  # fmt: skip
def test_a_file_that_is_none_is_told_by_its_line(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(ImproperlyConfigured) as caught:
        environment.read_file(tmp_path / ".env")
    assert str(caught.value) == words


def test_variables_of_make_are_read_by_somebody() -> None:
    names = [path for path in tracked() if path.name == "Makefile" or path.is_relative_to(ROOT / ".ci")]
    sources = "\n".join(text_of(path) or "" for path in names)
    for row in rows_under(("Variable", "Read by", "What it does"), DOCS / "configuration.md"):
        assert plain(row[0]) in sources, f"Neither the Makefile nor .ci/ reads {row[0]}"
