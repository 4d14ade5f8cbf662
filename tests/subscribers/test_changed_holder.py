"""Which resources changed hands since an instant: what was given, swapped, ended, and given back by who left."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from subscribers.models import SubscriberResource
from tests.client import RestClient, problem
from tests.subscribers.conftest import MSISDN, OTHER, REF

pytestmark = pytest.mark.django_db


def since(api: RestClient, moment: Any, **more: str) -> list[tuple[str, bool]]:
    items = api.get("/resources", changedHolderSince=moment.isoformat(), **more).json()["items"]
    return [(item["resource"], item["validTo"] is None) for item in items]


def test_what_was_given_and_what_was_freed(api: RestClient, make: Any) -> None:
    make()
    began = SubscriberResource.history.get().history_date
    assert since(api, began) == [(MSISDN, True)]
    later = began + timedelta(milliseconds=1)
    while timezone.now() <= later:
        pass
    assert since(api, later + timedelta(hours=1)) == []
    api.done("/subscribers/resources/swap", **REF, resourceType="MSISDN", swapResource=MSISDN, resource=OTHER)
    assert since(api, later) == [(MSISDN, False), (OTHER, True)]
    assert since(api, later, live="true") == [(OTHER, True)]
    assert since(api, later, resource="+49 170 5550142") == [(MSISDN, False)]


def test_what_ended_at_a_past_instant_is_told_by_when_it_was_written(api: RestClient, make: Any) -> None:
    made = make()
    started = timezone.now()
    gone = {"state": "DEACTIVATED", "stateReason": "portedOut", "stateValidFrom": made["state"]["stateValidFrom"]}
    api.done("/subscribers/update-state", **REF, state=gone)
    assert since(api, started - timedelta(milliseconds=1)) == [(MSISDN, False)]


def test_a_bad_instant_is_refused(api: RestClient) -> None:
    problem(api.get("/resources", changedHolderSince="yesterday"), 400, "REQUEST-VALIDATION", "changedHolderSince")
