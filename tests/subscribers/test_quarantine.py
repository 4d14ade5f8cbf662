"""A freed value is kept from other subscribers for as long as its type says, but for who may override that and says why."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ocsportal.people.groups import BACK_OFFICE, CARE, CRM
from ocsportal.people.models import User
from subscribers.models import ResourceType, SubscriberResource
from tests.client import RestClient, problem
from tests.people.makers import make_user
from tests.subscribers.conftest import MSISDN, OTHER, REF, live, standing

pytestmark = pytest.mark.django_db
CREATE, SWAP = "/subscribers/resources/create", "/subscribers/resources/swap"
THIRD = "491705550144"
FREE = {"resourceType": "MSISDN", "swapResource": MSISDN, "resource": OTHER}
WHY = {"X-Ocs-Io-Reason": "The former holder asked for it"}


@pytest.fixture(autouse=True)
def _freed(api: RestClient, subscriber: dict[str, Any]) -> None:
    """Have numbers rest for thirty days, and one that was freed just now."""
    ResourceType.objects.filter(code="MSISDN").update(quarantine_days=30)
    api.done(SWAP, **REF, **FREE)


def freed_ago(**ago: float) -> None:
    """Have the number been freed some time ago."""
    was = SubscriberResource.objects.filter(value=MSISDN)
    end = timezone.now() - timedelta(**ago)
    was.update(valid_from=end - timedelta(days=1), valid_to=end)


def test_every_way_to_give_it_out_is_refused_and_says_until_when(api: RestClient, make: Any) -> None:
    make("s-2", THIRD)
    make("s-3", None)
    before = standing()
    body = {"subscriberProfile": "mobile", "account": {"externalId": "acc-1"}}
    told = [
        problem(answer, 400, "RESOURCE-QUARANTINED")
        for answer in (
            api.post("/subscribers/create", **body, primaryResourceType="MSISDN", primaryResource=MSISDN),
            api.post(CREATE, subscriber={"externalId": "s-3"}, resourceType="MSISDN", resource=MSISDN),
            api.post(SWAP, **{**FREE, "swapResource": THIRD, "resource": MSISDN}, subscriber={"externalId": "s-2"}),
        )
    ]
    assert [body["parameter"] for body in told] == ["primaryResource", "resource", "resource"]
    until = parse_datetime(told[0]["detail"].rpartition("until ")[2].rstrip("."))
    row = SubscriberResource.objects.get(value=MSISDN)
    assert until is not None
    assert row.valid_to is not None
    assert until == row.valid_to + timedelta(days=30)
    assert standing() == before


def test_who_had_it_may_have_it_back(api: RestClient) -> None:
    api.done(SWAP, **REF, **{**FREE, "swapResource": OTHER, "resource": MSISDN})
    assert live() == {"MSISDN": MSISDN}


def test_it_is_over_in_the_end(api: RestClient, make: Any) -> None:
    freed_ago(days=29, hours=23)
    before = standing()
    assert api.post("/subscribers/create", **wanting("s-2")).status_code == 400
    assert standing() == before
    freed_ago(days=30, seconds=1)
    make("s-2", MSISDN)


def test_other_types_and_other_values_do_not_rest(api: RestClient, make: Any) -> None:
    make("s-2", THIRD)
    imsi = {"resourceType": "IMSI", "resource": "262015550142001"}
    api.done(CREATE, **REF, **imsi)
    api.done("/subscribers/resources/end", **REF, **imsi)
    api.done(CREATE, subscriber={"externalId": "s-2"}, **imsi)


def test_an_exchange_needs_no_rest(api: RestClient, make: Any) -> None:
    make("s-2", THIRD)
    body = {**REF, "otherSubscriber": {"externalId": "s-2"}, "resourceType": "MSISDN"}
    api.done("/subscribers/resources/exchange", **body)
    assert (live("s-1"), live("s-2")) == ({"MSISDN": THIRD}, {"MSISDN": OTHER})


def test_deactivation_frees_for_the_rest_too(api: RestClient) -> None:
    api.done("/subscribers/update-state", **REF, state={"state": "DEACTIVATED", "stateReason": "portedOut"})
    answer = api.post("/subscribers/create", **{**wanting("s-2"), "primaryResource": OTHER})
    problem(answer, 400, "RESOURCE-QUARANTINED")


def test_the_permission_passes_with_a_reason_only(api: RestClient, crm: tuple[User, str]) -> None:
    before = standing()
    problem(api.post("/subscribers/create", **wanting("s-2")), 400, "RESOURCE-QUARANTINED")
    assert standing() == before
    assert api.post("/subscribers/create", headers=WHY, **wanting("s-2")).status_code == 200
    assert live("s-2") == {"MSISDN": MSISDN}


def test_a_reason_alone_does_not_pass(api: RestClient, crm: tuple[User, str]) -> None:
    group = crm[0].groups.get()
    group.permissions.remove(Permission.objects.get(codename="override_quarantine"))
    before = standing()
    problem(api.post("/subscribers/create", headers=WHY, **wanting("s-2")), 400, "RESOURCE-QUARANTINED")
    assert standing() == before


def test_the_groups_that_may(db: None) -> None:
    may = {name: make_user(f"one of {name}", name).has_perm("subscribers.override_quarantine") for name in (
        CARE, BACK_OFFICE, CRM
    )}  # fmt: skip
    assert may == {CARE: False, BACK_OFFICE: True, CRM: True}


def wanting(external_id: str) -> dict[str, Any]:
    """Return the body of a creation that asks for the freed number."""
    return {
        "externalId": external_id,
        "subscriberProfile": "mobile",
        "account": {"externalId": "acc-1"},
        "primaryResourceType": "MSISDN",
        "primaryResource": MSISDN,
    }
