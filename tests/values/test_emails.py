"""Ordinary addresses take a short way; it has to lead where the long one does."""

import random

import pytest

from ocsportal.values import emails
from ocsportal.values.reading import STRICT, Refusal

LETTERS = "abz09.-_+@"
EDGES = (
    "a@b.c", "a@b.test", "a@b.local", f"a@{'x' * 63}.com", f"a@{'x' * 64}.com", "a@b.123", "a@1.2c", "a@b.c1", "a@xn--a.com",
    "a@ab--c.com", "a@a.xn--p1ai", "a@b.com.", ".a@b.com", "a.@b.com", "a..b@c.com", f"{'x' * 64}@b.com", f"{'x' * 65}@b.com",
    "a@b", "a@localhost", f"a@{'.'.join(['x' * 60] * 4)}.com", f"a@{'.'.join(['x' * 49] * 5)}.com", "a@-b.com", "a@b-.com",
    "a@b.invalid", "a@b.arpa", "A@b.com", "a@b.com\n", " a@b.com", "",
)  # fmt: skip


def outcome(understand: object, text: str) -> str | None:
    """Return what comes of an address, None when it is refused."""
    try:
        return understand(text, STRICT)  # type: ignore[operator, no-any-return]
    except Refusal:
        return None


@pytest.mark.once
def test_the_short_way_leads_where_the_long_one_does() -> None:
    dice = random.Random(1)
    made = ["a@" + "".join(dice.choices(LETTERS, k=dice.randint(3, 12))) for _ in range(20_000)]
    ordinary = [text for text in [*EDGES, *made] if emails.ORDINARY.fullmatch(text)]
    assert len(ordinary) > 50
    for text in [*EDGES, *ordinary]:
        assert outcome(emails.canonical, text) == outcome(emails._looked_into, text), text


def test_an_ordinary_address_takes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emails, "_looked_into", None)
    assert emails.canonical("first.last+tag@mail.nordwind.example") == "first.last+tag@mail.nordwind.example"
