"""Confirm and cancel over REST: a word or a state object, of which nothing is dropped and nothing unknown is taken."""

from typing import Any

import pytest
import yaml

from tests.client import RestClient, problem
from tests.rest.routes import WRITES, Route, prepare

pytestmark = pytest.mark.django_db

LATER = "2099-05-01T00:00:00+02:00"
PLAN = {"state": "SUSPENDED", "stateReason": "dfltSuspended", "stateValidFrom": LATER, "pending": True}
DECIDING = [route for route in WRITES if route.name.startswith(("Confirm", "Cancel")) and route.name.endswith("State")]
EACH = pytest.mark.parametrize("route", DECIDING, ids=str)


def refusals(api: RestClient, route: Route) -> None:
    """Send what is refused in every part, and see that each is told by its name."""
    for part, wrong in {"state": "ACTIVE", "stateReason": "nosuch", "stateValidFrom": "2098-01-01T00:00:00Z"}.items():
        answer = api.post(route.path, **decision(route, {**PLAN, part: wrong}))
        problem(answer, 400, "CASM-STATE-PENDING-MISMATCH", f"state.{part}")
    answer = api.post(route.path, **decision(route, {**PLAN, "pending": False}))
    problem(answer, 400, "CASM-STATE-PENDING-MISMATCH", "state.pending")
    problem(api.post(route.path, **decision(route, "ACTIVE")), 400, "CASM-STATE-PENDING-MISMATCH", "state")
    for state, parameter in (
        ({**PLAN, "subordinateUpdated": True}, "state.subordinateUpdated"),
        ({"stateReason": "dfltSuspended"}, "state.state"),
        ({**PLAN, "stateReason": 1}, "state.stateReason"),
        ([], "state"),
        ("suspended", "state"),
        (1, "state"),
    ):
        answer = api.post(route.path, **decision(route, state))
        problem(answer, 400, "REQUEST-VALIDATION", parameter)


def decision(route: Route, state: Any) -> dict[str, Any]:
    """Return the body of a decision that names a plan, without a requestId."""
    return {name: value for name, value in route.example.items() if name != "requestId"} | {"state": state}


@EACH
def test_everything_that_is_named_must_be_so(api: RestClient, route: Route) -> None:
    assert len(DECIDING) == 8
    prepare(api, route)
    refusals(api, route)
    assert "X-Ocs-Io-Notice" not in api.post(route.path, **decision(route, PLAN)).headers
    again = api.post(route.path, **decision(route, PLAN))
    assert again.status_code == 200
    assert again["X-Ocs-Io-Notice"].startswith("CASM-STATE-PENDING-C")


@pytest.mark.parametrize("route", [route for route in DECIDING if route.name.startswith("Confirm")], ids=str)
def test_another_date_moves_a_scheduled_plan(api: RestClient, route: Route) -> None:
    prepare(api, route)
    api.done(route.path, **decision(route, "SUSPENDED"))
    date = "2098-05-01T00:00:00.000+02:00"
    found = api.done(route.path, **decision(route, {"state": "SUSPENDED"}), stateValidFrom=date)
    assert found["plannedState"]["stateValidFrom"] == date
    assert found["plannedState"]["pending"] is False


def test_both_forms_are_described(run_command: Any) -> None:
    schemas = yaml.safe_load(run_command("spectacular"))["components"]["schemas"]
    for route in DECIDING:
        described = schemas[f"{route.view.request_class.__name__}Request"]["properties"]["state"]
        word, named = described["oneOf"][:2]
        assert word["enum"] == ["INACTIVE", "ACTIVE", "SUSPENDED", "DEACTIVATED"]
        properties = schemas[named["$ref"].rpartition("/")[2]]["properties"]
        assert set(properties) == {"state", "stateReason", "stateValidFrom", "stateValidTo", "pending"}
