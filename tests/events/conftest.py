"""A listener in the place of a broker, and what the relay says to the log."""

from typing import Any

import pytest

from ocsportal.events import relay
from tests.client import RestClient
from tests.events.following import Listener, all_done


@pytest.fixture
def listener(api: RestClient, change: Any) -> Listener:
    """A listener that starts with nothing to hear, once the people are made."""
    all_done()
    return Listener()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, dict[str, Any]]]:
    """What the relay writes into the log."""
    lines: list[tuple[str, str, dict[str, Any]]] = []
    log = type("Log", (), {
        "debug": lambda self, event, **facts: lines.append(("debug", event, facts)),
        "warning": lambda self, event, **facts: lines.append(("warning", event, facts)),
    })  # fmt: skip
    monkeypatch.setattr(relay, "log", log())
    return lines
