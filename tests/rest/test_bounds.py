"""A body below 1 MiB costs little however wrong it is: entries are bounded, and 100 faults are told."""

import json
import time
from typing import Any

import pytest

from ocsportal.problems import problem as problem_of
from ocsportal.rest.fields import StrictSerializer
from ocsportal.transactions.errors import Fault
from tests.client import CASM, RestClient, problem

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
    told = answer.json()["detail"].partition("Must be one of ")[2].rstrip(".").split(", ")
    assert sorted(told) == ["ACTIVE", "DEACTIVATED", "INACTIVE", "SUSPENDED"]
    assert len(answer.content) < 1000


def test_an_unknown_code_is_answered_with_known_ones(api: RestClient) -> None:
    answer = api.post("/customers/create", customerProfile="b2c", customerSegment="gold")
    told = problem(answer, 400, "CONFIG-NOT-FOUND", "customerSegment")
    assert told["detail"] == "No customer segment is configured under the code 'gold'. Known: vip, b2c, b2b."


def several(item: str, count: int) -> str:
    """Return a list in JSON."""
    return f"[{','.join([item] * count)}]"


def keys(count: int, beyond: str = "") -> str:
    """Return an object in JSON."""
    members = ",".join(f'"k{number}{beyond}":0' for number in range(count))
    return f"{{{members}}}"


LONG = 1024 * 1024 - 2000
BALANCES, OFFERS = "/subscriptions/update-balances", "/individual-offers/create"
CREATE, STATE = "/customers/create", "/customers/update-state"
ACCENT, KEY, THREE = "\u0301", '"a":1', '{"service":1,"x":1}'
BEYOND, BEYOND_TEXT = '{"balance":1e999999}', '{"balance":"1e999999"}'
# A body of just under 1 MiB, where it goes, and what is first said of it.
TWICE = "The body is not JSON: an object has the same key twice."
NULL = "Contains U+0000 at 1 (null), which can't be stored."
LACKS, BRACKETS = "This field is required.", "The body has more than 50,000 lists and objects."
SHAPES: dict[str, tuple[str, str, str]] = {
    "100 × 100 unknown keys": (BALANCES, f'{{"balances":{several(keys(100), 100)}}}', LACKS),
    "1,000 × 100 unknown keys": (OFFERS, f'{{"offerAttributes":{several(keys(100), 1000)}}}', LACKS),
    "1,000 × three faults": (OFFERS, f'{{"offerAttributes":{several(THREE, 1000)}}}', LACKS),
    "an unknown key of 1 MiB": (CREATE, f'{{"requestId":"a","{"x" * LONG}":1}}', "Unknown field."),
    "900 unknown keys of 1 KiB": (CREATE, keys(900, "x" * 1024), LACKS),
    "lists in lists": (CREATE, f'{{"x":{several(several("[]", 340), 1000)}}}', BRACKETS),
    "zeros in lists": (CREATE, f'{{"x":{several(several("0", 500), 1000)}}}', LACKS),
    "objects in a list": (CREATE, f'{{"x":{several(keys(120), 1000)}}}', LACKS),
    "nested deep": (CREATE, f'{{"x":{"[" * 40_000}{"]" * 40_000}}}', "The body is nested too deeply."),
    "nested deeper": (CREATE, f'{{"x":{"[" * 500_000}{"]" * 500_000}}}', BRACKETS),
    "brackets that never close": (CREATE, "[" * LONG, BRACKETS),
    "a key of 1 MiB above what is wrong": (CREATE, f'{{"{"x" * LONG}":["\\u0000"]}}', NULL),
    "a whole number of 1 MiB": (OFFERS, f'{{"priority":{"9" * LONG}}}', "The body has a number with too many digits."),
    "whole numbers of 4,300 digits": (CREATE, f'{{"x":{several("9" * 4300, 240)}}}', LACKS),
    "a fraction of 1 MiB": (BALANCES, f'{{"balances":[{{"balance":0.{"9" * LONG}}}]}}', LACKS),
    "exponents beyond measure": (BALANCES, f'{{"balances":{several(BEYOND, 100)}}}', LACKS),
    "exponents in texts": (BALANCES, f'{{"balances":{several(BEYOND_TEXT, 100)}}}', LACKS),
    "a text of 1 MiB": (CREATE, f'{{"customName":"{"x" * LONG}"}}', LACKS),
    "accents on one letter": (CREATE, f'{{"externalId":"a{ACCENT * (LONG // 2)}"}}', LACKS),
    "an instant of 1 MiB": (STATE, f'{{"state":{{"stateValidFrom":"{"2" * LONG}"}}}}', LACKS),
    "a phone of 1 MiB": (CREATE, f'{{"contact":{{"phone":"+{"(" * LONG}"}}}}', LACKS),
    "an e-mail address of 1 MiB": (CREATE, f'{{"contact":{{"email":"{"a." * (LONG // 2)}@x"}}}}', LACKS),
    "a resource of 1 MiB": ("/subscribers/resources/create", f'{{"resource":"{":" * LONG}"}}', LACKS),
    "one key 170,000 times": (CREATE, f"{{{several(KEY, 170_000)[1:-1]}}}", TWICE),
}  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("shape", SHAPES)
def test_no_body_holds_a_worker(api: RestClient, shape: str) -> None:
    """Half a second of CPU is much for a refusal, and what a thread would notice; it was 13 to 60 s."""
    path, raw, words = SHAPES[shape]
    body = raw.encode()
    assert len(body) < 1024 * 1024
    api.post(path)
    seconds = []
    for _ in range(2):
        began = time.process_time()
        answer: Any = api.http.generic("POST", f"{CASM}{path}", body, "application/json", headers=api.headers)
        seconds.append(time.process_time() - began)
    problem(answer, 400, "REQUEST-VALIDATION")
    assert answer.json()["errors"][0]["message"] == words
    assert len(answer.content) < 30_000
    assert min(seconds) <= 0.5


def test_of_items_a_hundred_faults_are_told_and_the_rest_counted(api: RestClient) -> None:
    items = [{f"k{number}": 1 for number in range(100)}] * 1000
    body = {
        "offer": "indBalance",
        "customer": {"externalId": "x"},
        "state": {"state": "ACTIVE", "stateReason": "dfltActive"},
    }
    answer = api.post("/individual-offers/create", offerAttributes=items, **body)
    told = problem(answer, 400, "REQUEST-VALIDATION")
    # Each item lacks three fields and has a hundred that are none.
    assert len(told["errors"]) + told["moreErrors"] == 1000 * 103
    assert len(told["errors"]) == 100
    assert told["errors"][0]["parameter"] == "offerAttributes[0].service"


def test_of_a_list_that_is_too_long_nothing_is_looked_at(api: RestClient) -> None:
    answer = api.post(
        "/subscriptions/update-balances", subscription={"externalId": "x"}, balances=[{"nothing": 1}] * 101
    )
    told = problem(answer, 400, "REQUEST-VALIDATION", "balances")
    assert told["detail"] == "Has 101 items; at most 100 are allowed."


def test_a_name_that_no_field_has_is_told_by_its_beginning(api: RestClient) -> None:
    answer = api.post("/customers/create", customerProfile="b2c", **{"x" * 5000: 1})
    assert problem(answer, 400, "REQUEST-VALIDATION")["parameter"] == f"{'x' * 100}…"


@pytest.mark.parametrize("path", ["/customers", "/customers/read", "/customers/history", "/subscriptions"])
@pytest.mark.parametrize("query", [
    "&".join(f"k{number}=1" for number in range(10_000)),
    "&".join(["externalId=1"] * 10_000),
    "externalId=" + "x" * 1_000_000,
    "&" * 100_000,
], ids=["10,000 parameters", "one 10,000 times", "a value of 1 MB", "100,000 separators"])  # fmt: skip
def test_no_query_string_holds_a_worker(api: RestClient, path: str, query: str) -> None:
    api.get("/customers")
    began = time.process_time()
    answer: Any = api.http.get(f"{CASM}{path}?{query}", headers=api.headers)
    assert time.process_time() - began <= 0.5
    problem(answer, 400, "REQUEST-VALIDATION")
    assert len(answer.content) < 30_000
