"""A body below 1 MiB costs little however wrong it is: entries are bounded, and 100 faults are told."""

import json
from typing import Any

import pytest

from ocsportal.rest.errors import problem as problem_of
from ocsportal.rest.fields import StrictSerializer
from ocsportal.transactions.errors import Fault
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db

HUGE: dict[str, tuple[str, dict[str, Any], str]] = {
    "120,000 wrong items": ("/subscriptions/update-balances", {"balances": [1] * 120_000}, "balances"),
    "80,000 unknown keys": ("/customers/create", {f"k{number}": 1 for number in range(80_000)}, ""),
    "80,000 attributes": ("/customers/create", {"customAttributes": {f"k{n}": 1 for n in range(80_000)}}, "customAttributes"),
    "1,001 items": ("/subscriptions/update-balances", {"balances": [{}] * 1001}, "balances"),
    "a list where none belongs": ("/customers/create", {"customName": [[0] * 100_000]}, "customName[0]"),
}  # fmt: skip


@pytest.mark.parametrize("case", HUGE)
def test_beyond_the_bound_nothing_is_validated(api: RestClient, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path, body, parameter = HUGE[case]
    asked: list[int] = []
    monkeypatch.setattr(StrictSerializer, "run_validation", lambda *_: asked.append(1))
    answer = api.post(path, **body)
    told = problem(answer, 400, "REQUEST-VALIDATION", parameter or None)
    assert len(told["errors"]) == 1
    assert "at most 1,000 are allowed" in told["detail"]
    assert len(answer.content) < 1000
    assert asked == []


def test_a_hundred_faults_are_told_and_the_rest_counted(api: RestClient) -> None:
    answer = api.post("/customers/create", **{f"unknown{number}": 1 for number in range(500)})
    told = problem(answer, 400, "REQUEST-VALIDATION")
    assert (len(told["errors"]), told["moreErrors"]) == (100, 400)
    assert len(answer.content) < 20_000


@pytest.mark.parametrize(("count", "more"), [(1, None), (100, None), (101, 1)])
def test_more_errors_stands_only_where_there_are_more(count: int, more: int | None) -> None:
    body = json.loads(problem_of(400, [Fault("REQUEST-VALIDATION", "x", "Wrong.")] * count).content)
    assert body.get("moreErrors") == more
    assert len(body["errors"]) == min(count, 100)


def test_a_word_that_is_none_is_answered_with_the_known_ones_and_not_echoed(api: RestClient) -> None:
    state = {"state": "x" * 100_000, "stateReason": "dfltActive"}
    answer = api.post("/customers/create", customerProfile="b2c", state=state)
    problem(answer, 400, "REQUEST-VALIDATION", "state.state")
    assert "Must be one of INACTIVE, ACTIVE, SUSPENDED, DEACTIVATED." in answer.json()["detail"]
    assert len(answer.content) < 1000


def test_an_unknown_code_is_answered_with_known_ones(api: RestClient) -> None:
    answer = api.post("/customers/create", customerProfile="b2c", customerSegment="gold")
    told = problem(answer, 400, "CONFIG-NOT-FOUND", "customerSegment")
    assert told["detail"] == "No customer segment is configured under the code 'gold'. Known: b2b, b2c, vip."
