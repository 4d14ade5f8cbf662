"""Hostile headers, methods, paths and queries against everything that REST answers to."""

import json
from urllib.parse import quote

import pytest
from django.http import HttpResponse

from balances.models import Balance
from ocsportal.values.texts import ID
from tests.client import CASM, RestClient
from tests.hostile.bodies import HARMLESS
from tests.hostile.conftest import Verdict
from tests.hostile.targets import READS, Read, build, complaint, counts, send, undone
from tests.hostile.wire import HARMLESS_FILTERS, HARMLESS_QUERIES, HEADERS, METHODS, PATHS, QUERIES
from tests.world import WRITES, Route, maker, world

pytestmark = pytest.mark.django_db
KINDS_WITH_CASES = ("entity", "list", "history")
attacked = [read for read in READS if read.kind in KINDS_WITH_CASES]
every_read = pytest.mark.parametrize("target", attacked, ids=lambda target: target.path)


def test_every_kind_of_read_is_attacked() -> None:
    assert {read.kind for read in READS} >= set(KINDS_WITH_CASES)
    names = [case.name for case in HEADERS] + [case.name for case in QUERIES]
    assert len(names) == len(set(names))


def valid(target: Read, ids: dict[str, dict[str, str]]) -> str:
    """Return a query that the path answers with 200."""
    if target.kind == "list":
        return "limit=1"
    if target.collection == "/balances":
        return f"refId={Balance.objects.values_list('ref_id', flat=True)[0]}"
    return f"refId={ids[maker(target.collection)[1]['externalId']]['refId']}"


def is_id(text: str) -> bool:
    """Whether a text can be an external ID at all."""
    return ID.canonical_or_none(text) is not None


def get(api: RestClient, path: str, query: str) -> HttpResponse:
    return api.http.get(f"{CASM}{path}?{query}", headers=api.headers)  # type: ignore[return-value]


@pytest.mark.parametrize("target", WRITES, ids=lambda target: target.name)
def test_headers(target: Route, api: RestClient, verdict: Verdict) -> None:
    build(api, target)
    before = counts()
    for case in HEADERS:
        with undone():
            # A reason in the body has to be the one in the header.
            said = any("reason" in name.lower() for name in case.headers)
            example = {name: value for name, value in target.example.items() if name != "reason" or not said}
            answer = send(api, target.path, json.dumps(example), **case.headers)
            if case.name == "another host":
                wrong = "" if answer.status_code == 400 else f"answered {answer.status_code}"
            else:
                wrong = complaint(answer, case.status, case.code, case.parameter)
            done = case.status == 200
            verdict.add(case.name, wrong or ("" if (counts() != before) == done else "left rows behind, or none"))
            assert not any(name.lower() in ("x-injected", "set-cookie") for name in answer.headers), case.name


@pytest.mark.parametrize("path", [target.path for target in WRITES] + [target.path for target in READS])
def test_methods_and_paths(path: str, api: RestClient, verdict: Verdict) -> None:
    build(api)
    before = counts()
    wrong_way = "GET" if path in {target.path for target in WRITES} else "POST"
    for method in (*METHODS, wrong_way):
        answer = api.http.generic(method, CASM + path, b"{}", content_type="application/json", headers=api.headers)
        wrong = complaint(answer, 405, "METHOD-NOT-ALLOWED") or ("" if answer.has_header("Allow") else "no Allow")  # type: ignore[arg-type]
        verdict.add(method, wrong)
    for name, form in PATHS.items():
        address = CASM + form.format(path, upper=path.upper())
        for method in ("GET", "POST"):
            answer = api.http.generic(method, address, b"{}", content_type="application/json", headers=api.headers)
            verdict.add(f"{method}, {name}", complaint(answer, 404, "NOT-FOUND"))  # type: ignore[arg-type]
    assert counts() == before


@every_read
def test_queries(target: Read, api: RestClient, verdict: Verdict) -> None:
    query = valid(target, build(api))
    before = counts()
    verdict.add("the valid query itself", complaint(get(api, target.path, query), 200))
    for case in QUERIES:
        if target.kind in case.kinds and target.orders_by(case.query):
            answer = get(api, target.path, case.query.replace("{}", query))
            verdict.add(case.name, complaint(answer, 400, "REQUEST-VALIDATION", case.parameter))
    assert counts() == before


@pytest.mark.parametrize(
    "target", [read for read in attacked if read.path != "/balances/history"], ids=lambda target: target.path
)
def test_odd_queries_that_are_no_error(target: Read, api: RestClient, verdict: Verdict) -> None:
    build(api)
    status = 200 if target.kind == "list" else 404
    cases = HARMLESS_QUERIES | {name: f"externalId={quote(text)}" for name, text in HARMLESS.items()}
    if target.kind == "list":
        cases = {
            name: case for name, case in (cases | HARMLESS_FILTERS).items() if target.filters_by(case.split("=")[0])
        }
    for name, query in cases.items():
        answer = get(api, target.path, query)
        if target.kind != "list" and name in HARMLESS and not is_id(HARMLESS[name]):
            verdict.add(name, complaint(answer, 400, "REQUEST-VALIDATION"))
            continue
        wrong = complaint(answer, status, "ENTITY-NOT-FOUND")
        found = answer.json()["items"] if not wrong and target.kind == "list" else []
        verdict.add(name, wrong or ("" if found == [] else f"found {found}"))


SEARCHED = [target for target in attacked if target.filters_by("externalId", "customNameContains", "attribute")]


@pytest.mark.parametrize("target", SEARCHED, ids=lambda target: target.path)
def test_what_was_stored_is_found(target: Read, api: RestClient, verdict: Verdict) -> None:
    """Odd keys and values of attributes, odd names and external IDs are found by the list's filters, and only they."""
    path, example = maker(target.collection)
    before = [entry for entry in world() if entry[0] != path]
    for other, body in before[: [entry[0] for entry in world()].index(path)]:
        api.done(other, **body)
    made = {}
    # A number can be had once only.
    example = {name: value for name, value in example.items() if not name.startswith("primaryResource")}
    stored = {name: text for name, text in HARMLESS.items() if is_id(text)}
    for name, text in stored.items():
        body = example | {
            "requestId": name,
            "externalId": text,
            "customName": text,
            "customAttributes": {text[:60]: text},
        }
        made[name] = api.done(path, **body)["refId"]
    for name, text in stored.items():
        for filters in ({"externalId": text}, {"customNameContains": text}, {"attribute": f"{text[:60]}:{text}"}):
            if "attribute" in filters and ":" in text[:60]:
                continue  # the first colon ends the key
            answer = api.get(target.path, **filters)
            found = [item["refId"] for item in answer.json()["items"]] if answer.status_code == 200 else answer.content
            if "customNameContains" in filters:
                verdict.add(f"{name}, name", "" if made[name] in found else f"not found: {found!r}")
            else:
                verdict.add(f"{name}, {next(iter(filters))}", "" if found == [made[name]] else f"found {found!r}")
