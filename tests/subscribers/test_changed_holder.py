"""Which resources changed hands since an instant: what was given, swapped, ended, and given back by who left."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ocsportal.entities.store import narrowing
from ocsportal.people.models import User
from subscribers.models import SubscriberResource
from tests.client import RestClient, problem
from tests.portal.test_verbs import browser
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


def test_the_portal_lists_who_got_or_gave_back_one_lately(
    api: RestClient, make: Any, back_office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make()

    def listed(days: str) -> list[str]:
        answer = browser(back_office).get("/admin/subscribers/subscriber/", {"changedHands": days})
        assert answer.status_code == 200
        return [row.external_id for row in answer.context["cl"].result_list]

    assert [len(listed(days)) for days in ("1", "7", "30")] == [1, 1, 1]
    assert len(listed("2")) == 1  # what is not offered narrows nothing
    past = timezone.now() + timedelta(days=8)
    monkeypatch.setattr(timezone, "now", lambda: past)
    monkeypatch.setattr(narrowing, "MOST_KEYS", 0)
    assert [len(listed(days)) for days in ("1", "7", "30")] == [0, 0, 1]


def test_a_bad_instant_is_refused(api: RestClient) -> None:
    problem(api.get("/resources", changedHolderSince="yesterday"), 400, "REQUEST-VALIDATION", "changedHolderSince")
