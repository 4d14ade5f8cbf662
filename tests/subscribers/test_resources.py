"""Resources: given, swapped, ended with their subscriber on every path, and free for the next one then."""

import json
from datetime import timedelta
from typing import Any

import pytest

from ocsportal.entities.identity import Ref
from ocsportal.entities.life.due import bring_due_into_force
from ocsportal.entities.states import NewState
from ocsportal.transactions import door
from ocsportal.transactions.system import system_change
from ocsportal.transactions.touched import Touched
from subscribers import operations
from subscribers.models import ResourceType, Subscriber, SubscriberResource
from tests.client import RestClient, problem
from tests.subscribers.conftest import MSISDN, OTHER, REF, kinds, live, standing

pytestmark = pytest.mark.django_db
CREATE, SWAP, STATE = "/subscribers/resources/create", "/subscribers/resources/swap", "/subscribers/update-state"
IMSI = {"resourceType": "IMSI", "resource": "262015550142001"}
TO_OTHER = {"resourceType": "MSISDN", "swapResource": MSISDN, "resource": OTHER}
GONE = {"state": {"state": "DEACTIVATED", "stateReason": "portedOut"}}
# A value that fits and one that does not, for each type of the reference data.
VALUES = [
    ("MSISDN", "4915112345678", "04915112345678"), ("MSISDN", "420777123456", "0777123456"),
    ("MSISDN", "499999999999999", "4999999999999999"), ("MSISDN", "12025550168", "1202555016"),
    ("IMSI", "26201555014200", "2620155501420"), ("IMSI", "262015550142001", "2620155501420011"),
    ("ICCID", "8949020000001234567", "89490200000012345x7"), ("ICCID", "89490200000012345671", "8949"),
    ("ipV4", "10.0.0.1", "10.0.0.256"), ("ipV4", "255.255.255.255", "10.0.0"),
    ("ipV6", "2001:db8::ff00:42:8329", "2001-db8"), ("ipV6", "::1", "localhost"),
    ("ipV6", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9"), ("ipV6", "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7::8:9"), ("ipV6", "::", ":::"),
    ("ipV6", "fe80::1", "fe80::1::2"), ("ipV6", "fe80::abcd", "12345::1"),
    ("email", "jana@nordwind.example", "jana@nordwind"), ("email", "a.b+c@x-y.example.org", "a b@x.example"),
    ("MSISDN", "491701111111", "4901701111111"), ("MSISDN", "491702222222", "4９1702222222x"),
]  # fmt: skip


class TestCreate:
    def test_the_resource_comes_first_and_the_etag_is_the_subscribers(
        self, api: RestClient, subscriber: dict[str, Any]
    ) -> None:
        answer = api.post(CREATE, headers={"If-Match": f'"{subscriber["refId"]}-1"'}, **REF, **IMSI)
        assert answer.status_code == 200, answer.content
        assert kinds(answer.content) == ["resource", "subscriber"]
        resource, after = (item["object"] for item in json.loads(answer.content))
        assert (resource["resourceType"]["code"], resource["resource"]) == ("IMSI", IMSI["resource"])
        assert after["liveResources"] == {"MSISDN": MSISDN, "IMSI": IMSI["resource"]}
        assert after["primaryResource"] == MSISDN
        assert answer["ETag"] == f'"{subscriber["refId"]}-2"'
        assert live() == after["liveResources"]

    def test_stale(self, api: RestClient, subscriber: dict[str, Any]) -> None:
        tag = f'"{subscriber["refId"]}-1"'
        api.done("/subscribers/update-custom-name", **REF, customName="Driver 4")
        before = standing()
        problem(api.post(CREATE, headers={"If-Match": tag}, **REF, **IMSI), 412, "PRECONDITION-FAILED")
        problem(api.post(SWAP, headers={"If-Match": tag}, **REF, **TO_OTHER), 412, "PRECONDITION-FAILED")
        assert standing() == before

    def test_the_flagged_type_becomes_the_primary_one_where_none_is(self, api: RestClient, make: Any) -> None:
        make(number=None)
        api.done(CREATE, **REF, **IMSI)
        assert Subscriber.objects.get().primary_resource_type is None
        items = json.loads(api.post(CREATE, **REF, resourceType="MSISDN", resource=MSISDN).content)
        assert items[1]["object"]["primaryResourceType"]["code"] == "MSISDN"
        assert items[1]["object"]["primaryResource"] == MSISDN

    def test_a_primary_type_that_was_chosen_stays(self, api: RestClient, make: Any) -> None:
        make(number=None, primaryResourceType="ipV4", primaryResource="10.0.0.1")
        items = json.loads(api.post(CREATE, **REF, resourceType="MSISDN", resource=MSISDN).content)
        assert items[1]["object"]["primaryResource"] == "10.0.0.1"

    @pytest.mark.parametrize(("code", "good", "bad"), VALUES)
    def test_values_must_be_of_their_kind(self, api: RestClient, make: Any, code: str, good: str, bad: str) -> None:
        make(number=None)
        before = standing()
        problem(api.post(CREATE, **REF, resourceType=code, resource=bad), 400, "REQUEST-VALIDATION", "resource")
        assert standing() == before
        api.done(CREATE, **REF, resourceType=code, resource=good)
        assert live() == {code: good}

    @pytest.mark.parametrize(
        ("body", "code", "parameter"),
        [
            ({"resourceType": "MSISDN", "resource": OTHER}, "RESOURCE-TYPE-IN-USE", "resourceType"),
            ({"resourceType": "FAX", "resource": OTHER}, "CONFIG-NOT-FOUND", "resourceType"),
            ({"resourceType": "IMSI", "resource": "262015550142999"}, "RESOURCE-NOT-UNIQUE", "resource"),
            ({"resourceType": "IMSI", "resource": ""}, "REQUEST-VALIDATION", "resource"),
            ({"resourceType": "IMSI", "resource": "2" * 256}, "REQUEST-VALIDATION", "resource"),
            ({"resourceType": "IMSI"}, "REQUEST-VALIDATION", "resource"),
            ({"resource": OTHER}, "REQUEST-VALIDATION", "resourceType"),
            ({**IMSI, "validFrom": "2026-01-01T00:00:00Z"}, "REQUEST-VALIDATION", "validFrom"),
        ],
    )
    def test_refused_leaves_nothing(self, api: RestClient, make: Any, body: Any, code: str, parameter: str) -> None:
        make()
        make("s-2", number=None, primaryResourceType="IMSI", primaryResource="262015550142999")
        before = standing()
        problem(api.post(CREATE, **REF, **body), 400, code, parameter)
        assert standing() == before

    def test_replay_after_the_value_was_taken(self, api: RestClient, subscriber: dict[str, Any]) -> None:
        first = api.post(CREATE, requestId="once", **REF, **IMSI)
        before = standing()
        again = api.post(CREATE, requestId="once", **REF, **IMSI)
        assert (again.content, again["ETag"], again["Idempotent-Replay"]) == (first.content, first["ETag"], "true")
        assert standing() == before


class TestSwap:
    def test_the_old_one_ends_when_the_new_one_begins(self, api: RestClient, subscriber: dict[str, Any]) -> None:
        answer = api.post(SWAP, **REF, **TO_OTHER)
        assert answer.status_code == 200, answer.content
        assert kinds(answer.content) == ["resource", "resource", "subscriber"]
        new, old, after = (item["object"] for item in json.loads(answer.content))
        assert (new["resource"], new["validTo"], old["resource"]) == (OTHER, None, MSISDN)
        assert old["validTo"] == new["validFrom"]
        assert (after["primaryResource"], after["liveResources"]) == (OTHER, {"MSISDN": OTHER})
        assert answer["ETag"] == f'"{subscriber["refId"]}-2"'
        assert live() == {"MSISDN": OTHER}
        assert [row.version for row in SubscriberResource.objects.order_by("pk")] == [2, 1]

    def test_the_old_value_is_free_at_once_and_comes_back(self, api: RestClient, make: Any) -> None:
        make()
        api.done(SWAP, **REF, **TO_OTHER)
        make("s-2", number=MSISDN)
        problem(
            api.post(SWAP, **REF, resourceType="MSISDN", swapResource=OTHER, resource=MSISDN),
            400, "RESOURCE-NOT-UNIQUE", "resource",
        )  # fmt: skip
        api.done(
            SWAP, subscriber={"externalId": "s-2"}, resourceType="MSISDN", swapResource=MSISDN, resource="4917099999"
        )
        api.done(SWAP, **REF, resourceType="MSISDN", swapResource=OTHER, resource=MSISDN)
        assert live() == {"MSISDN": MSISDN}

    @pytest.mark.parametrize(
        ("body", "code", "parameter"),
        [
            ({**TO_OTHER, "swapResource": OTHER}, "RESOURCE-NOT-FOUND", "swapResource"),
            ({**TO_OTHER, "resourceType": "IMSI", "resource": IMSI["resource"]}, "RESOURCE-NOT-FOUND", "swapResource"),
            ({**TO_OTHER, "swapResource": "491700000002"}, "RESOURCE-NOT-FOUND", "swapResource"),
            ({**TO_OTHER, "resource": MSISDN}, "RESOURCE-NOT-UNIQUE", "resource"),
            ({**TO_OTHER, "resource": "491700000002"}, "RESOURCE-NOT-UNIQUE", "resource"),
            ({**TO_OTHER, "resource": "12"}, "REQUEST-VALIDATION", "resource"),
            ({**TO_OTHER, "resourceType": "FAX"}, "CONFIG-NOT-FOUND", "resourceType"),
            ({**TO_OTHER, "swapResource": None}, "REQUEST-VALIDATION", "swapResource"),
        ],
    )
    def test_refused_leaves_nothing(self, api: RestClient, make: Any, body: Any, code: str, parameter: str) -> None:
        make()
        make("s-2", number="491700000002")
        before = standing()
        problem(api.post(SWAP, **REF, **body), 400, code, parameter)
        assert standing() == before

    def test_what_ended_can_not_be_swapped_again(self, api: RestClient, subscriber: dict[str, Any]) -> None:
        api.done(SWAP, **REF, **TO_OTHER)
        before = standing()
        body = {**TO_OTHER, "resource": "491700000009"}
        problem(api.post(SWAP, **REF, **body), 400, "RESOURCE-NOT-FOUND", "swapResource")
        assert standing() == before


class TestDeactivation:
    """Every way into DEACTIVATED ends the resources at its start and frees the values."""

    def ended(self, since: Any = None) -> None:
        subscriber = Subscriber.objects.get(external_id="s-1")
        assert (subscriber.state, subscriber.live_resources) == ("DEACTIVATED", {})
        rows = list(SubscriberResource.objects.filter(subscriber=subscriber).order_by("pk"))
        assert len(rows) == 2
        for row in rows:
            assert row.version == SubscriberResource.history.filter(id=row.pk).count() == 2
            assert row.valid_to == max(row.valid_from, since or subscriber.state_valid_from)
            entry = SubscriberResource.history.filter(id=row.pk).latest("history_id")
            assert entry.transaction_id == Subscriber.history.latest("history_id").transaction_id

    @pytest.fixture(autouse=True)
    def _with_two(self, api: RestClient, make: Any) -> None:
        make()
        api.done(CREATE, **REF, **IMSI)

    def free(self, make: Any) -> None:
        make("s-2")
        assert live("s-2") == {"MSISDN": MSISDN}

    def test_its_own(self, api: RestClient, make: Any) -> None:
        answer = api.post(STATE, **REF, **GONE)
        assert kinds(answer.content) == ["subscriber", "resource", "resource"]
        assert json.loads(answer.content)[0]["object"]["primaryResource"] is None
        self.ended()
        self.free(make)

    @pytest.mark.parametrize(("level", "named"), [("account", "acc-1"), ("customer", "cust-1")])
    def test_by_a_cascade(self, api: RestClient, level: str, named: str) -> None:
        answer = api.post(f"/{level}s/update-state", **{level: {"externalId": named}}, **GONE, subordinateUpdated=True)
        above = ["customer", "account"] if level == "customer" else ["account"]
        assert kinds(answer.content) == [*above, "subscriber", "resource", "resource"]
        self.ended()
        api.done("/customers/create", externalId="cust-2", customerProfile="b2c")
        api.done("/accounts/create", externalId="acc-2", accountProfile="postpaid", customer={"externalId": "cust-2"})
        api.done(
            "/subscribers/create", externalId="s-2", subscriberProfile="mobile", account={"externalId": "acc-2"},
            primaryResourceType="MSISDN", primaryResource=MSISDN,
        )  # fmt: skip

    @pytest.mark.parametrize("level", ["subscriber", "account", "customer"])
    def test_by_a_plan_that_the_worker_brings_into_force(self, make: Any, change: Any, level: str) -> None:
        from accounts.operations import update_account_state
        from customers.operations import update_customer_state

        update, named = {
            "subscriber": (operations.update_subscriber_state, "s-1"),
            "account": (update_account_state, "acc-1"),
            "customer": (update_customer_state, "cust-1"),
        }[level]
        now = change()
        start = now.at + timedelta(days=1)
        new = NewState(state="DEACTIVATED", state_reason="portedOut", state_valid_from=start)
        update(now, **{level: Ref(external_id=named)}, state=new, subordinate_updated=True)
        assert live()
        bring_due_into_force(start + timedelta(hours=1))
        self.ended(start)
        if level == "subscriber":
            self.free(make)

    def test_by_a_due_plan_that_a_write_settles(self, change: Any) -> None:
        now = change()
        start = now.at + timedelta(days=1)
        new = NewState(state="DEACTIVATED", state_reason="portedOut", state_valid_from=start)
        operations.update_subscriber_state(now, subscriber=Ref(external_id="s-1"), state=new)
        from ocsportal.transactions.errors import OperationRefused

        with pytest.raises(OperationRefused) as refused:
            operations.swap_subscriber_resource(
                change(at=start + timedelta(hours=1)), subscriber=Ref(external_id="s-1"), resource_type="MSISDN",
                swap_resource=MSISDN, resource=OTHER,
            )  # fmt: skip
        assert refused.value.code == "CASM-STATE-DEACTIVATED"
        # What is refused takes the settling along; the worker will do it.
        assert live()
        bring_due_into_force(start + timedelta(hours=2))
        self.ended(start)

    def test_from_a_past_instant_they_end_then_or_at_once_if_they_are_younger(self, api: RestClient) -> None:
        began = Subscriber.objects.get().state_valid_from
        api.done(STATE, **REF, state={**GONE["state"], "stateValidFrom": began.isoformat()})
        self.ended(began)

    def test_a_suspension_ends_nothing(self, api: RestClient) -> None:
        api.done(STATE, **REF, state={"state": "SUSPENDED", "stateReason": "lostSim"})
        assert live() == {"MSISDN": MSISDN, "IMSI": IMSI["resource"]}
        api.done(SWAP, **REF, **TO_OTHER)

    @pytest.mark.parametrize(
        ("path", "body"), [(CREATE, {"resourceType": "ipV4", "resource": "10.0.0.1"}), (SWAP, TO_OTHER)]
    )
    def test_is_final(self, api: RestClient, path: str, body: dict[str, str]) -> None:
        api.done(STATE, **REF, **GONE)
        before = standing()
        problem(api.post(path, **REF, **body), 400, "CASM-STATE-DEACTIVATED", "subscriber")
        assert standing() == before


def change_type(code: str, **columns: Any) -> None:
    """Configure a resource type otherwise."""

    def work() -> Touched:
        kind = ResourceType.objects.get(code=code)
        for name, value in columns.items():
            setattr(kind, name, value)
        kind.version += 1
        kind.save()
        return Touched([kind])

    door.record("ChangeResourceType", system_change("tests"), None, work)


def test_a_type_without_a_pattern_takes_any_text(api: RestClient, make: Any) -> None:
    change_type("email", kind="TEXT")
    make(number=None)
    api.done(CREATE, **REF, resourceType="email", resource="what ever ✓")
    assert live() == {"email": "what ever ✓"}


def test_a_value_that_another_pattern_allowed_stays_and_can_be_swapped(api: RestClient, make: Any) -> None:
    make()
    change_type("MSISDN", pattern="43[0-9]{6,12}")
    problem(api.post(SWAP, **REF, **TO_OTHER), 400, "REQUEST-VALIDATION", "resource")
    api.done(SWAP, **REF, resourceType="MSISDN", swapResource=MSISDN, resource="4366012345")
    assert live() == {"MSISDN": "4366012345"}
