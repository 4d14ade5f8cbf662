"""Every hostile body against every write operation: refused by name and without a trace, or kept exactly as it came."""

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from ocsportal.rest.fields import Reference
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.operation import OPERATIONS
from tests.client import RestClient
from tests.hostile.bodies import (
    FIELDS,
    FREE_ELSEWHERE,
    FREE_TEXT,
    HARMLESS,
    MAP,
    RAW,
    REFERENCES,
    REFUSED_BY,
    TEXT,
    UNDERSTOOD,
)
from tests.hostile.conftest import Verdict
from tests.hostile.targets import (
    COLLECTIONS,
    Position,
    build,
    changed,
    complaint,
    counts,
    positions,
    send,
    undone,
    without,
)
from tests.world import WRITES, Route

pytestmark = pytest.mark.django_db
every_write = pytest.mark.parametrize("target", WRITES, ids=lambda target: target.name)


def test_the_corpus_is_large_and_every_operation_is_attacked() -> None:
    names = [f"raw {case.name}" for case in RAW] + [f"field {case.name}" for case in FIELDS] + [*HARMLESS, *REFERENCES]
    assert len(names) == len(set(names))
    assert len(names) >= 90
    assert {target.name for target in WRITES} == {name for name, entry in OPERATIONS.items() if not entry.is_read}
    assert all(target.example for target in WRITES)


@pytest.mark.once  # refused before the database is asked, as are the fields
@every_write
def test_bytes(target: Route, api: RestClient, verdict: Verdict) -> None:
    build(api, target)
    before = counts()
    for case in RAW:
        with undone():
            answer = send(api, target.path, case.make(target.example), case.content_type)
            verdict.add(case.name, complaint(answer, case.status, case.code) or unchanged(before))
    with undone():
        control = send(api, target.path, json.dumps(target.example))
        verdict.add("the example itself", complaint(control, 200))


@pytest.mark.once
@every_write
def test_fields(target: Route, api: RestClient, verdict: Verdict) -> None:
    build(api, target)
    before = counts()
    for position, share in shared_out(list(positions(target.view.request_class())), target.example):
        for name, body in share:
            with undone():
                answer = send(api, target.path, json.dumps(body))
                parameter = "" if name == "unknown beside it" else position.name
                verdict.add(
                    f"{position.name}, {name}",
                    complaint(answer, 400, "REQUEST-VALIDATION", parameter or None) or unchanged(before),
                )


def shared_out(found: list[Position], example: dict[str, Any]) -> Iterator[tuple[Position, list[tuple[str, Any]]]]:
    """Yield every field with its share of the cases: all cases of a kind are tried, spread over the fields of the kind."""
    for position in found:
        alike = [other for other in found if other.kind == position.kind]
        bodies = refused_at(position, example)
        yield position, bodies[alike.index(position) :: len(alike)] or bodies[:1]


def refused_at(position: Position, example: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the bodies that a field must refuse: the table's, and what follows from the field's own limits."""
    values = {case.name: case.value for case in FIELDS if position.kind in case.kinds}
    if position.kind == TEXT:
        values["too long"] = "x" * (position.field.max_length + 1)
        values["100 KiB"] = "x" * 102_400
        if not position.field.allow_blank:
            values |= {"the empty string": "", "blanks": " \t\n", "other blanks": "\u2003\u3000"}
    if not position.field.allow_null:
        values["null"] = None
    bodies = [(name, changed(example, position.path, value)) for name, value in values.items()]
    if position.field.required:
        bodies.append(("missing", without(example, position.path)))
    unknown = changed(example, (*position.path[:-1], f"{position.path[-1]}X"), "x")
    return [*bodies, ("unknown beside it", unknown)]


@every_write
def test_references(target: Route, api: RestClient, verdict: Verdict) -> None:
    ids = build(api, target)
    before = counts()
    verdict.tried += 1
    for name, field in target.view.request_class().fields.items():
        named = target.example.get(name)
        if not isinstance(field, Reference) or not named:
            continue
        for case, make in REFERENCES.items():
            with undone():
                answer = send(api, target.path, json.dumps({**target.example, name: make(ids[named["externalId"]])}))
                verdict.add(f"{name}, {case}", complaint(answer, 400, parameter=name) or unchanged(before))


@every_write
def test_harmless_text(target: Route, api: RestClient, verdict: Verdict) -> None:
    """Free text is kept, all of a body's fields at once; texts that name something refuse it one by one."""
    build(api, target)
    before = counts()
    fields = target.view.request_class().fields
    # References have a table of their own.
    found = [
        position
        for position in positions(target.view.request_class())
        if position.kind in (TEXT, MAP) and not isinstance(fields[position.path[0]], Reference)
    ]
    free = [position for position in found if position.name in FREE_TEXT]
    for number, (case, text) in enumerate(HARMLESS.items()):
        fitting = [
            position
            for position in free
            if case not in REFUSED_BY.get(position.name, ())
            and (position.kind == MAP or len(text) <= position.field.max_length)
        ]
        with undone():
            verdict.add(case, wrongly_kept(api, target, fitting, text))
        others = [
            position
            for position in found
            if position not in fitting and position.name not in FREE_ELSEWHERE | UNDERSTOOD
        ]
        for position in others[number % len(others) :][:1] if others else ():
            with undone():
                answer = send(api, target.path, json.dumps(changed(target.example, position.path, text)))
                wrong = complaint(answer, 400, parameter=position.name) or unchanged(before)
                verdict.add(f"{position.name}, {case}", wrong)


def wrongly_kept(api: RestClient, target: Route, places: list[Position], text: str) -> str:
    """Return what is wrong with how a text is kept that was put into many fields."""
    values: dict[Position, Any] = {
        position: {text[:60]: text, "plain": "x"} if position.kind == MAP else text for position in places
    }
    body = target.example
    for position, value in values.items():
        body = changed(body, position.path, value)
    answer = send(api, target.path, json.dumps(body))
    if wrong := complaint(answer, 200):
        return wrong
    entry = BusinessTransaction.objects.latest("pk")
    if (entry.request_id, entry.transaction_id) != (text, text):
        return f"requestId and transactionId kept as {entry.request_id!r}, {entry.transaction_id!r}"
    # What stands first may belong to the entity that the request named, as a resource does.
    item = next((item for item in json.loads(answer.content) if item["objectType"] in COLLECTIONS), None)
    if item is None:
        return ""  # only parts of an entity, such as balances
    ref = {"refId": item["object"]["refId"]}
    read_path = COLLECTIONS[item["objectType"]]
    told = api.get(f"{read_path}/history", **ref, limit="1").json()["items"][0]
    if told["requestId"] != text:
        return f"told by the history as {told}"
    news = {change["field"]: change["new"] for change in told["changes"]}
    for form in (item["object"], api.get(f"{read_path}/read", **ref).json()):
        for position, value in values.items():
            if position.path[0] in ("requestId", "transactionId"):
                continue
            kept = form
            for part in position.path:
                kept = kept[part]
            if position.kind == MAP:
                own = [unicodedata.normalize("NFC", key) for key in value]
                kept = {key: kept.get(key) for key in own}  # merged into the example's own
                news[position.name] = {key: news[position.name].get(key) for key in own}
            value = json.loads(unicodedata.normalize("NFC", json.dumps(value, ensure_ascii=False)))
            if kept != value or news[position.name] != value:
                return f"{position.name} came back as {kept!r}, told as {news[position.name]!r}"
    return ""


def unchanged(before: tuple[int, ...]) -> str:
    """Return a complaint when anything was left behind."""
    after = counts()
    return "" if after == before else f"left rows behind: {before} became {after}"
