"""The schemas of events: whatever happens fits them, field by field, and the files in docs/events/ are these."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from ocsportal.events.schemas import asyncapi, schemas, short
from ocsportal.people import groups
from tests.balances.purse import adjusted, money
from tests.client import RestClient, problem
from tests.docs.write import event_files
from tests.events.following import Listener, all_done
from tests.offers.conftest import owned
from tests.rest.conftest import ClientOf, client_of
from tests.rest.routes import WRITES, Route, prepare

__all__ = ["client_of", "owned"]

pytestmark = pytest.mark.django_db


def assert_fits(event: dict[str, Any]) -> str:
    """Demand that an event fits the schema of its type, and has no field that this does not know; return the type."""
    schema = schemas()[event["data"]["objectType"]]
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(event)
    told = schema["properties"]["data"]["properties"]
    assert set(event["data"]) == set(told)
    assert set(event["data"]["object"]) <= set(told["object"]["properties"])
    return str(event["data"]["objectType"])


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_what_every_operation_tells_fits(api: RestClient, route: Route) -> None:
    prepare(api, route)
    all_done()
    listener = Listener()
    assert api.post(route.path, **route.example).status_code == 200
    assert listener.follow().sent >= 1
    for event in listener.events:
        assert_fits(event)


def test_a_threshold_fits(owned: RestClient) -> None:
    money(owned, "20", thresholds=[50])
    all_done()
    listener = Listener()
    adjusted(owned, adjustment="-15")
    listener.follow()
    assert [assert_fits(event) for event in listener.events] == ["io.ocs.pbs.core.model.BalanceEx"] * 2
    assert listener.events[1]["data"]["object"]["threshold"] == "50"


def test_configuration_fits(client_of: ClientOf) -> None:
    client = client_of(groups.CONFIGURATION)
    all_done()
    listener = Listener()
    client.done("/configuration/customer-segments/create", code="gold", name="Gold")
    client.done("/configuration/bill-cycles/create", code="monthly3", name="On the third", billingDay=3)
    client.done("/configuration/account-profiles/update", code="postpaid", name="Postpaid 2")
    listener.follow()
    types = [short(assert_fits(event)) for event in listener.events]
    assert types == ["CustomerSegment", "BillCycle", "AccountProfile"]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_each_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.once
def test_the_files_are_these() -> None:
    for path, text in event_files().items():
        assert path.is_file(), f"{path.name} is missing: run make docs"
        assert path.read_text(encoding="utf-8") == text, f"{path.name} differs: run make docs"
    (folder,) = {path.parent for path in event_files()}
    assert set(folder.iterdir()) == set(event_files())


@pytest.mark.once
def test_every_message_of_the_channel_has_its_schema() -> None:
    described = asyncapi()
    messages = described["components"]["messages"]
    assert set(messages) == {short(name) for name in schemas()}
    files = {path.name for path in event_files()}
    assert {message["payload"]["schema"]["$ref"] for message in messages.values()} <= files
    for word, place in described["channels"]["events"]["messages"].items():
        assert place["$ref"] == f"#/components/messages/{word}"


def test_over_rest(api: RestClient, client_of: ClientOf) -> None:
    items = api.get("/events/schemas").json()["items"]
    assert {item["objectType"]: item["schema"] for item in items} == json.loads(json.dumps(schemas()))
    problem(api.get("/events/schemas", type="x"), 400, "REQUEST-VALIDATION", "type")
    problem(client_of(groups.CARE).get("/events/schemas"), 403, "PERMISSION-DENIED")
