"""Resources: ended without another one, exchanged between two subscribers."""

import json
from typing import Any

import pytest

from subscribers.models import Subscriber, SubscriberResource
from tests.client import RestClient, problem
from tests.subscribers.conftest import MSISDN, OTHER, REF, kinds, live, standing

pytestmark = pytest.mark.django_db
CREATE, END, EXCHANGE = "/subscribers/resources/create", "/subscribers/resources/end", "/subscribers/resources/exchange"
IMSI = {"resourceType": "IMSI", "resource": "262015550142001"}
BOTH = {**REF, "otherSubscriber": {"externalId": "s-2"}, "resourceType": "MSISDN"}


class TestEnd:
    def test_it_ends_and_the_others_stay(self, api: RestClient, subscriber: dict[str, Any]) -> None:
        api.done(CREATE, **REF, **IMSI)
        answer = api.post(END, headers={"If-Match": f'"{subscriber["refId"]}-2"'}, **REF, **IMSI)
        assert answer.status_code == 200, answer.content
        assert kinds(answer.content) == ["resource", "subscriber"]
        ended, after = (item["object"] for item in json.loads(answer.content))
        assert (ended["resource"], ended["validTo"] is None) == (IMSI["resource"], False)
        assert after["liveResources"] == live() == {"MSISDN": MSISDN}
        assert answer["ETag"] == f'"{subscriber["refId"]}-3"'
        # It is free again, for the same one and for others.
        api.done(CREATE, **REF, **IMSI)

    def test_what_it_is_known_by_can_not_be_taken_away(self, api: RestClient, subscriber: dict[str, Any]) -> None:
        api.done(CREATE, **REF, **IMSI)
        before = standing()
        answer = api.post(END, **REF, resourceType="MSISDN", resource=MSISDN)
        assert problem(answer, 400, "RESOURCE-PRIMARY")["parameter"] == "resourceType"
        assert standing() == before

    def test_a_type_that_was_chosen_is_the_primary_one(self, api: RestClient, make: Any) -> None:
        make(number=None, primaryResourceType="ipV4", primaryResource="10.0.0.1")
        api.done(CREATE, **REF, resourceType="MSISDN", resource=MSISDN)
        before = standing()
        problem(api.post(END, **REF, resourceType="ipV4", resource="10.0.0.1"), 400, "RESOURCE-PRIMARY")
        assert standing() == before
        api.done(END, **REF, resourceType="MSISDN", resource=MSISDN)
        assert live() == {"ipV4": "10.0.0.1"}

    def test_refused(self, api: RestClient, subscriber: dict[str, Any], make: Any) -> None:
        make("s-2", OTHER)
        api.done(CREATE, subscriber={"externalId": "s-2"}, **IMSI)
        before = standing()
        for body, code, parameter in (
            ({**REF, **IMSI}, "RESOURCE-NOT-FOUND", "resource"),
            ({**REF, "resourceType": "MSISDN", "resource": OTHER}, "RESOURCE-NOT-FOUND", "resource"),
            ({**REF, "resourceType": "nonesuch", "resource": "1"}, "CONFIG-NOT-FOUND", "resourceType"),
            ({"subscriber": {"externalId": "s-9"}, **IMSI}, "ENTITY-NOT-FOUND", "subscriber"),
            ({**REF, "resourceType": "IMSI"}, "REQUEST-VALIDATION", "resource"),
        ):
            assert problem(api.post(END, **body), 400, code)["parameter"] == parameter
        assert standing() == before

    def test_not_of_a_deactivated_one(self, api: RestClient, subscriber: dict[str, Any]) -> None:
        api.done(CREATE, **REF, **IMSI)
        api.done("/subscribers/update-state", **REF, state={"state": "DEACTIVATED", "stateReason": "portedOut"})
        before = standing()
        problem(api.post(END, **REF, **IMSI), 400, "CASM-STATE-DEACTIVATED")
        assert standing() == before


class TestExchange:
    @pytest.fixture(autouse=True)
    def _two(self, subscriber: dict[str, Any], make: Any) -> None:
        self.one, self.other = subscriber["refId"], make("s-2", OTHER)["refId"]

    def test_each_has_what_the_other_had_from_the_same_instant(self, api: RestClient) -> None:
        answer = api.post(EXCHANGE, headers={"If-Match": f'"{self.one}-1"'}, **BOTH)
        assert answer.status_code == 200, answer.content
        assert kinds(answer.content) == ["resource"] * 4 + ["subscriber"] * 2
        items = [item["object"] for item in json.loads(answer.content)]
        holders = [(item["subscriber"]["refId"], item["resource"], item["validTo"] is None) for item in items[:4]]
        assert holders == [
            (self.one, OTHER, True), (self.other, MSISDN, True), (self.one, MSISDN, False), (self.other, OTHER, False)
        ]  # fmt: skip
        assert len({items[0]["validFrom"], items[1]["validFrom"], items[2]["validTo"], items[3]["validTo"]}) == 1
        assert [item["refId"] for item in items[4:]] == [self.one, self.other]
        assert (live("s-1"), live("s-2")) == ({"MSISDN": OTHER}, {"MSISDN": MSISDN})
        assert answer["ETag"] == f'"{self.one}-2"'
        assert [row.version for row in Subscriber.objects.order_by("pk")] == [2, 2]
        assert SubscriberResource.objects.count() == 4

    def test_back_again(self, api: RestClient) -> None:
        api.done(EXCHANGE, **BOTH)
        api.done(EXCHANGE, subscriber=BOTH["otherSubscriber"], otherSubscriber=REF["subscriber"], resourceType="MSISDN")
        assert (live("s-1"), live("s-2")) == ({"MSISDN": MSISDN}, {"MSISDN": OTHER})

    def test_refused(self, api: RestClient, make: Any) -> None:
        make("s-3", None)
        before = standing()
        me, third = REF["subscriber"], {"externalId": "s-3"}
        for changed, code, parameter in (
            ({"otherSubscriber": me}, "REQUEST-VALIDATION", "otherSubscriber"),
            ({"otherSubscriber": {"refId": self.one}}, "REQUEST-VALIDATION", "otherSubscriber"),
            ({"otherSubscriber": third}, "RESOURCE-NOT-FOUND", "otherSubscriber"),
            ({"subscriber": third}, "RESOURCE-NOT-FOUND", "subscriber"),
            ({"otherSubscriber": {"externalId": "s-9"}}, "ENTITY-NOT-FOUND", "otherSubscriber"),
            ({"subscriber": {"externalId": "s-9"}}, "ENTITY-NOT-FOUND", "subscriber"),
            ({"resourceType": "IMSI"}, "RESOURCE-NOT-FOUND", "subscriber"),
            ({"resourceType": "nonesuch"}, "CONFIG-NOT-FOUND", "resourceType"),
        ):
            assert problem(api.post(EXCHANGE, **{**BOTH, **changed}), 400, code)["parameter"] == parameter
        stale = api.post(EXCHANGE, headers={"If-Match": f'"{self.one}-9"'}, **BOTH)
        problem(stale, 412, "PRECONDITION-FAILED")
        assert standing() == before

    @pytest.mark.parametrize("gone", ["subscriber", "otherSubscriber"])
    def test_both_must_be_live(self, api: RestClient, gone: str) -> None:
        state = {"state": "DEACTIVATED", "stateReason": "portedOut"}
        api.done("/subscribers/update-state", subscriber=BOTH[gone], state=state)
        before = standing()
        assert problem(api.post(EXCHANGE, **BOTH), 400, "CASM-STATE-DEACTIVATED")["parameter"] == gone
        assert standing() == before
