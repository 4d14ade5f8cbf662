"""CreateSubscriber: by profile or by state, with and without a number, under an account or with the whole chain."""

import json
from typing import Any

import pytest

from accounts.models import Account, AccountProfile
from customers.models import Customer
from ocsportal.transactions import door
from ocsportal.transactions.models import BusinessTransaction
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from subscribers.models import Subscriber, SubscriberProfile, SubscriberResource
from tests.client import RestClient, problem
from tests.subscribers.conftest import MSISDN, kinds, live, standing

pytestmark = pytest.mark.django_db
ACC = {"externalId": "acc-1"}
BY_STATE = {"state": "INACTIVE", "stateReason": "dfltInactive"}
NUMBER = {"primaryResourceType": "MSISDN", "primaryResource": MSISDN}


class TestUnderAnAccount:
    def test_profile_gives_what_the_request_leaves_out(self, api: RestClient, account: dict[str, Any]) -> None:
        made = api.done("/subscribers/create", subscriberProfile="mobile", account=ACC)
        assert len(made["refId"]) == 14
        assert made["account"] == {"refId": account["refId"], "externalId": "acc-1"}
        assert made["customer"] == account["customer"]
        assert made["subscriberSegment"]["code"] == "standard"
        assert (made["state"]["state"], made["state"]["stateReason"]["code"]) == ("ACTIVE", "dfltActive")
        assert (made["externalId"], made["primaryResourceType"], made["primaryResource"]) == (None, None, None)
        assert made["liveResources"] == {}

    def test_request_overrides_profile(self, api: RestClient, account: dict[str, Any]) -> None:
        body = {"subscriberProfile": "mobile", "subscriberSegment": "premium", "state": BY_STATE}
        made = api.done("/subscribers/create", account=ACC, **body)
        assert made["subscriberSegment"]["code"] == "premium"
        assert made["state"]["state"] == "INACTIVE"

    def test_without_profile(self, api: RestClient, account: dict[str, Any]) -> None:
        made = api.done("/subscribers/create", account=ACC, state={**BY_STATE, "pending": True})
        assert (made["subscriberProfile"], made["subscriberSegment"], made["plannedState"]) == (None, None, None)

    def test_with_a_number(self, api: RestClient, account: dict[str, Any]) -> None:
        answer = api.post(
            "/subscribers/create",
            subscriberProfile="mobile",
            account=ACC,
            externalId="s-1",
            customName="Driver 3",
            **NUMBER,
        )
        assert kinds(answer.content) == ["subscriber", "resource"]
        made, resource = (item["object"] for item in json.loads(answer.content))
        assert made["primaryResourceType"]["code"] == "MSISDN"
        assert (made["primaryResource"], made["liveResources"]) == (MSISDN, {"MSISDN": MSISDN})
        assert resource["subscriber"] == {"refId": made["refId"], "externalId": "s-1"}
        assert (resource["resourceType"]["code"], resource["resource"], resource["validTo"]) == ("MSISDN", MSISDN, None)
        assert resource["validFrom"] == made["state"]["stateValidFrom"]
        assert answer["ETag"] == f'"{made["refId"]}-1"'
        assert live() == {"MSISDN": MSISDN}
        assert (Subscriber.history.count(), SubscriberResource.history.count()) == (1, 1)

    @pytest.mark.parametrize(
        ("kind", "value"),
        [("IMSI", "262015550142001"), ("ipV4", "10.0.0.1"), ("ipV6", "2001:db8::1"), ("email", "d3@nordwind.example")],
    )
    def test_any_type_may_be_the_primary_one(
        self, api: RestClient, account: dict[str, Any], kind: str, value: str
    ) -> None:
        body = {"primaryResourceType": kind, "primaryResource": value}
        made = api.done("/subscribers/create", subscriberProfile="mobile", account=ACC, **body)
        assert (made["primaryResourceType"]["code"], made["primaryResource"]) == (kind, value)

    @pytest.mark.parametrize(
        ("body", "code", "parameter"),
        [
            ({}, "REQUEST-VALIDATION", "state.state"),
            ({}, "REQUEST-VALIDATION", "state.stateReason"),
            ({"account": None}, "REQUEST-VALIDATION", "account"),
            ({"subscriberProfile": "mobile", "account": None}, "REQUEST-VALIDATION", "account"),
            ({"subscriberProfile": "nope"}, "CONFIG-NOT-FOUND", "subscriberProfile"),
            ({"subscriberProfile": "mobile", "subscriberSegment": "b2b"}, "CONFIG-NOT-FOUND", "subscriberSegment"),
            ({"subscriberProfile": "mobile", "account": {"externalId": "no"}}, "ENTITY-NOT-FOUND", "account"),
            ({"subscriberProfile": "mobile", "primaryResource": MSISDN}, "REQUEST-VALIDATION", "primaryResourceType"),
            ({"subscriberProfile": "mobile", "primaryResourceType": "MSISDN"}, "REQUEST-VALIDATION", "primaryResource"),
            ({"subscriberProfile": "mobile", **NUMBER, "primaryResourceType": "FAX"}, "CONFIG-NOT-FOUND",
             "primaryResourceType"),
            ({"subscriberProfile": "mobile", **NUMBER, "primaryResource": "01705550142"}, "REQUEST-VALIDATION",
             "primaryResource"),
            ({"subscriberProfile": "mobile", "state": {"state": "SUSPENDED", "stateReason": "fraud"}},
             "CASM-STATE-TRANSITION", "state.state"),
            ({"subscriberProfile": "mobile", "state": {"stateReason": "fraud"}}, "CONFIG-NOT-FOUND", "state.stateReason"),
            ({"subscriberProfile": "mobile", "state": {"stateValidFrom": "2099-01-01T00:00:00Z"}},
             "CASM-STATE-VALID-FROM", "state.stateValidFrom"),
            ({"subscriberProfile": "mobile", "externalId": ""}, "REQUEST-VALIDATION", "externalId"),
            ({"subscriberProfile": "mobile", "customer": {"externalId": "cust-1"}}, "REQUEST-VALIDATION", "customer"),
        ],
    )  # fmt: skip
    def test_refused_leaves_nothing(
        self, api: RestClient, account: dict[str, Any], body: Any, code: str, parameter: str
    ) -> None:
        before = standing()
        problem(api.post("/subscribers/create", **{"account": ACC, **body}), 400, code, parameter)
        assert standing() == before

    def test_all_that_is_missing_is_told_at_once(self, api: RestClient) -> None:
        body = problem(api.post("/subscribers/create", primaryResource=MSISDN), 400, "REQUEST-VALIDATION")
        assert {error["parameter"] for error in body["errors"]} == {
            "state.state", "state.stateReason", "account", "primaryResourceType",
        }  # fmt: skip

    @pytest.mark.parametrize(("level", "parameter"), [("account", "account"), ("customer", "customer")])
    def test_nothing_is_made_below_what_is_deactivated(
        self, api: RestClient, account: dict[str, Any], level: str, parameter: str
    ) -> None:
        gone = {"state": {"state": "DEACTIVATED", "stateReason": "dfltDeactivated"}, "subordinateUpdated": True}
        named = {"account": "acc-1", "customer": "cust-1"}[level]
        api.done(f"/{level}s/update-state", **{level: {"externalId": named}}, **gone)
        before = standing()
        answer = api.post("/subscribers/create", subscriberProfile="mobile", account=ACC, **NUMBER)
        problem(answer, 400, "CASM-STATE-DEACTIVATED", parameter)
        assert standing() == before

    def test_the_external_id_is_taken_for_ever(self, api: RestClient, subscriber: dict[str, Any]) -> None:
        gone = {"state": "DEACTIVATED", "stateReason": "portedOut"}
        api.done("/subscribers/update-state", subscriber={"externalId": "s-1"}, state=gone)
        before = standing()
        answer = api.post("/subscribers/create", subscriberProfile="mobile", account=ACC, externalId="s-1")
        problem(answer, 400, "EXTERNAL-ID-NOT-UNIQUE", "externalId")
        assert standing() == before

    def test_the_number_of_another_is_refused(self, api: RestClient, subscriber: dict[str, Any]) -> None:
        before = standing()
        answer = api.post("/subscribers/create", subscriberProfile="mobile", account=ACC, **NUMBER)
        problem(answer, 400, "RESOURCE-NOT-UNIQUE", "primaryResource")
        assert standing() == before

    def test_the_same_value_of_another_type_is_free(self, api: RestClient, make: Any) -> None:
        make(number="491234567890123")
        body = {"primaryResourceType": "IMSI", "primaryResource": "491234567890123"}
        api.done("/subscribers/create", subscriberProfile="mobile", account=ACC, **body)
        assert SubscriberResource.objects.filter(valid_to=None, value="491234567890123").count() == 2

    def test_replay(self, api: RestClient, account: dict[str, Any]) -> None:
        body = {"requestId": "once", "subscriberProfile": "mobile", "account": ACC, **NUMBER}
        first = api.post("/subscribers/create", **body)
        before = standing()
        again = api.post("/subscribers/create", **body)
        assert (again.content, again["ETag"], again["Idempotent-Replay"]) == (first.content, first["ETag"], "true")
        assert standing() == before

    def test_if_match_has_nothing_to_match(self, api: RestClient, account: dict[str, Any]) -> None:
        before = standing()
        answer = api.post("/subscribers/create", headers={"If-Match": "*"}, subscriberProfile="mobile", account=ACC)
        problem(answer, 412, "PRECONDITION-FAILED")
        assert standing() == before


class TestWithTheChain:
    def test_a_profile_makes_account_and_customer(self, api: RestClient) -> None:
        answer = api.post("/subscribers/create", subscriberProfile="prepaidMobile", externalId="s-1", **NUMBER)
        assert answer.status_code == 200, answer.content
        assert kinds(answer.content) == ["subscriber", "resource", "account", "customer"]
        subscriber, _, account, customer = (item["object"] for item in json.loads(answer.content))
        assert subscriber["account"]["refId"] == account["refId"]
        assert subscriber["customer"]["refId"] == account["customer"]["refId"] == customer["refId"]
        assert (account["accountProfile"]["code"], customer["customerProfile"]["code"]) == ("prepaid", "b2c")
        assert BusinessTransaction.objects.filter(channel="REST").count() == 1
        rows = (Subscriber, SubscriberResource, Account, Customer)
        assert len({model.history.get().transaction_id for model in rows}) == 1

    def test_an_account_that_is_named_comes_first(self, api: RestClient, account: dict[str, Any]) -> None:
        answer = api.post("/subscribers/create", subscriberProfile="prepaidMobile", account=ACC, **NUMBER)
        assert kinds(answer.content) == ["subscriber", "resource"]
        assert Account.objects.count() == Customer.objects.count() == 1

    @pytest.mark.parametrize("broken", [{"primaryResource": "12"}, {"externalId": "taken"}])
    def test_all_or_nothing(self, api: RestClient, make: Any, broken: dict[str, str]) -> None:
        make(external_id="taken", number=None)
        before = standing()
        answer = api.post("/subscribers/create", **{"subscriberProfile": "prepaidMobile", **NUMBER, **broken})
        assert answer.status_code == 400
        assert standing() == before

    def test_a_taken_number_makes_no_account(self, api: RestClient, subscriber: dict[str, Any]) -> None:
        before = standing()
        answer = api.post("/subscribers/create", subscriberProfile="prepaidMobile", **NUMBER)
        problem(answer, 400, "RESOURCE-NOT-UNIQUE", "primaryResource")
        assert standing() == before

    @pytest.mark.parametrize(
        ("makes", "code"), [("postpaid", "REQUEST-VALIDATION"), ("department", "REQUEST-VALIDATION")]
    )
    def test_an_account_profile_that_makes_no_customer_is_told_at_the_account(
        self, api: RestClient, makes: str, code: str
    ) -> None:
        def work() -> Touched:
            profile = SubscriberProfile.objects.get(code="mobile")
            profile.account_profile = AccountProfile.objects.get(code=makes)
            profile.version += 1
            profile.save()
            return Touched([profile])

        door.record("ChangeSubscriberProfile", system_change("tests"), None, work)
        before = standing()
        body = problem(api.post("/subscribers/create", subscriberProfile="mobile"), 400, code, "account")
        assert makes in body["detail"]
        assert standing() == before
