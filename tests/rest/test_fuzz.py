"""Requests made up from the description, a few for each operation and always the same ones: no answer is a 5xx."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings

from ocsportal.wsgi import application
from tests.client import RestClient
from tests.rest.routes import CONFIGURATION, READS, SEVERAL, WRITES

EXAMPLES = 8

BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def kept_connection(customer: dict[str, Any]) -> Iterator[None]:
    """Keep the test's connection between requests, as Django's own client does (and undoes: it must be through)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.usefixtures("kept_connection")
def test_nothing_made_up_breaks_it(api: RestClient) -> None:
    headers = {**api.headers, "Host": "testserver"}
    description = schemathesis.openapi.from_wsgi("/v1/schema", application, headers={"Host": "testserver"})
    met: dict[str, set[int]] = {}

    for result in description.get_all_operations():
        entry = result.ok()

        @BOUNDED
        @given(case=entry.as_strategy())
        def attempt(case: Any) -> None:
            answer = case.call(headers=headers)
            met.setdefault(case.operation.path, set()).add(answer.status_code)
            assert answer.status_code < 500, (answer.status_code, case.as_curl_command())
            if answer.status_code >= 400:
                assert answer.headers["content-type"][0] == "application/problem+json"

        attempt()

    assert set(met) == set(description.raw_schema["paths"])
    known = {f"/v1/casm{path}" for path in [*SEVERAL, *CONFIGURATION, *(route.path for route in [*READS, *WRITES])]}
    assert known <= set(met)
    # The keys were taken, and something got past the outer checks.
    assert not any(401 in statuses for statuses in met.values())
    assert any(200 in statuses for statuses in met.values())
