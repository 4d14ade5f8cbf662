"""CreateAccount over REST: by profile, by attributes, with a customer that is made along, and everything it refuses."""

import json
from typing import Any

import pytest

from accounts.models import Account, AccountProfile
from customers.models import Customer
from tests.accounts.conftest import ACTIVE, Accounts
from tests.accounts.world import ref, standing, unchanged
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db
PATH = "/accounts/create"
BARE = {"accountType": "payer", "billCycle": "monthly15", "currency": "CZK", "state": ACTIVE}
OF_CUST = {"customer": ref("cust-1")}


class TestDone:
    def test_profile_gives_what_the_request_leaves_out(self, api: RestClient, customer: dict[str, Any]) -> None:
        made = api.done(PATH, accountProfile="postpaid", **OF_CUST)
        assert (len(made["refId"]), made["externalId"], made["customName"]) == (14, None, None)
        assert made["customer"] == {"refId": customer["refId"], "externalId": "cust-1"}
        codes = {name: made[name]["code"] for name in ("accountProfile", "accountType", "billCycle", "currency")}
        assert codes == {
            "accountProfile": "postpaid", "accountType": "payer", "billCycle": "monthly1", "currency": "EUR",
        }  # fmt: skip
        assert (made["state"]["state"], made["state"]["stateReason"]["code"]) == ("ACTIVE", "dfltActive")
        assert made["paymentResponsible"] is True
        nothing = ("parent", "accountSegment", "plannedBillCycle", "taxResidence", "plannedState", "billingDay")
        assert [made[name] for name in nothing] == [None] * 6
        assert (made["taxExemption"], made["testAccount"], made["preferences"]) == (False, False, {})

    def test_by_attributes(self, api: RestClient, customer: dict[str, Any]) -> None:
        made = api.done(PATH, **BARE, **OF_CUST, paymentResponsible=True)
        assert made["accountProfile"] is None
        assert [made[name]["code"] for name in ("accountType", "billCycle", "currency")] == [
            "payer",
            "monthly15",
            "CZK",
        ]

    def test_the_request_overrides_the_profile(self, api: RestClient, customer: dict[str, Any]) -> None:
        made = api.done(
            PATH,
            **OF_CUST,
            accountProfile="postpaid",
            accountSegment="b2b",
            billCycle="individualYearly",
            billingDay=28,
            billingMonth=12,
            billingYear=2024,
            currency="JPY",
            state={"state": "INACTIVE", "stateReason": "dfltInactive", "pending": True},
            testAccount=True,
            taxExemption=True,
            taxResidence="AT",
            customName="Fleet",
            customAttributes={"k": "v"},
            preferences={"language": "de-AT", "invoiceDelivery": "NONE", "notifications": False},
        )
        assert [made[name]["code"] for name in ("accountSegment", "billCycle", "currency")] == [
            "b2b", "individualYearly", "JPY",
        ]  # fmt: skip
        assert [made[name] for name in ("billingDay", "billingMonth", "billingYear")] == [28, 12, 2024]
        assert (made["state"]["state"], made["plannedState"]) == ("INACTIVE", None)
        assert (made["testAccount"], made["taxExemption"], made["taxResidence"]) == (True, True, "AT")
        assert made["preferences"] == {"language": "de-AT", "invoiceDelivery": "NONE", "notifications": False}
        assert (made["customName"], made["customAttributes"]) == ("Fleet", {"k": "v"})

    def test_a_customer_is_made_by_the_profile(self, api: RestClient) -> None:
        answer = api.post(PATH, accountProfile="prepaid", externalId="acc-1")
        items = json.loads(answer.content)
        assert [(item["name"], item["seqno"], item["objectType"].rpartition(".")[2]) for item in items] == [
            ("CreateAccount", 1, "AccountEx"), ("CreateAccount", 2, "CustomerEx"),
        ]  # fmt: skip
        account, customer = (item["object"] for item in items)
        assert account["customer"] == {"refId": customer["refId"], "externalId": None}
        assert customer["customerProfile"]["code"] == "b2c"
        assert answer["ETag"] == f'"{account["refId"]}-1"'
        assert (Customer.objects.count(), Account.objects.count()) == (1, 1)

    def test_with_a_parent_only(self, make: Accounts, api: RestClient) -> None:
        make.payer("top", currency="USD")
        made = api.done(PATH, accountProfile="department", parent=ref("top"))
        assert (made["customer"]["externalId"], made["parent"]["externalId"]) == ("cust-1", "top")
        assert (made["paymentResponsible"], made["currency"]["code"]) == (False, "USD")

    def test_a_first_state_in_the_past_starts_the_first_period(self, api: RestClient, customer: dict[str, Any]) -> None:
        since = "2026-03-29T01:30:00.000+01:00"
        api.done(PATH, externalId="a", accountProfile="postpaid", state={"stateValidFrom": since}, **OF_CUST)
        read = api.get("/accounts/read", externalId="a", billCycleHistory="true").json()
        assert [step["validFrom"] for step in read["billCycleHistory"]] == [since]

    def test_a_changed_profile_changes_no_account(self, api: RestClient, account: dict[str, Any]) -> None:
        AccountProfile.objects.filter(code="postpaid").update(state="INACTIVE")
        assert api.get("/accounts/read", externalId="acc-1").json()["state"]["state"] == "ACTIVE"

    def test_replayed(self, api: RestClient) -> None:
        body = {"requestId": "once", "accountProfile": "prepaid"}
        first = api.post(PATH, **body)
        with unchanged():
            again = api.post(PATH, **body)
            assert (again.content, again["ETag"], again["Idempotent-Replay"]) == (first.content, first["ETag"], "true")
            problem(api.post(PATH, **body, customName="x"), 409, "REQUEST-ID-CONFLICT", "requestId")


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({**OF_CUST, "accountProfile": "nope"}, "CONFIG-NOT-FOUND", "accountProfile"),
    ({**OF_CUST, "accountProfile": "postpaid", "accountType": "nope"}, "CONFIG-NOT-FOUND", "accountType"),
    ({**OF_CUST, "accountProfile": "postpaid", "accountSegment": "nope"}, "CONFIG-NOT-FOUND", "accountSegment"),
    ({**OF_CUST, "accountProfile": "postpaid", "billCycle": "nope"}, "CONFIG-NOT-FOUND", "billCycle"),
    ({**OF_CUST, "accountProfile": "postpaid", "currency": "eur"}, "CONFIG-NOT-FOUND", "currency"),
    ({**OF_CUST, **BARE, "state": {"state": "ACTIVE", "stateReason": "fraud"}}, "CONFIG-NOT-FOUND", "state.stateReason"),
    ({"customer": ref("nobody"), "accountProfile": "postpaid"}, "ENTITY-NOT-FOUND", "customer"),
    ({**OF_CUST, "parent": ref("nobody"), "accountProfile": "postpaid"}, "ENTITY-NOT-FOUND", "parent"),
    ({"accountProfile": "postpaid"}, "REQUEST-VALIDATION", "customer"),
    ({**OF_CUST, "accountProfile": "postpaid", "paymentResponsible": False}, "REQUEST-VALIDATION", "paymentResponsible"),
    ({**OF_CUST, "accountProfile": "department", "paymentResponsible": True}, "REQUEST-VALIDATION", "paymentResponsible"),
    ({**OF_CUST, "accountProfile": "postpaid", "billingDay": 3}, "REQUEST-VALIDATION", "billingDay"),
    ({**OF_CUST, "accountProfile": "postpaid", "billingYear": 2024}, "REQUEST-VALIDATION", "billingYear"),
    *[
        ({**OF_CUST, "accountProfile": "postpaid", "billCycle": "individualYearly", name: value}, "REQUEST-VALIDATION", name)
        for name, value in [
            ("billingDay", 0), ("billingDay", 29), ("billingDay", "3"), ("billingDay", 1.5), ("billingMonth", 0),
            ("billingMonth", 13), ("billingYear", 1969), ("billingYear", 3000), ("billingYear", True),
        ]
    ],
    (
        {**OF_CUST, "accountProfile": "postpaid", "billCycle": "individualMonthly", "billingMonth": 2},
        "REQUEST-VALIDATION", "billingMonth",
    ),
    ({**OF_CUST, "accountProfile": "postpaid", "taxResidence": "x" * 61}, "REQUEST-VALIDATION", "taxResidence"),
    ({**OF_CUST, "accountProfile": "postpaid", "externalId": ""}, "REQUEST-VALIDATION", "externalId"),
    ({**OF_CUST, "accountProfile": "postpaid", "surprise": 1}, "REQUEST-VALIDATION", "surprise"),
    ({**OF_CUST, "accountProfile": "postpaid", "preferences": {"fax": "1"}}, "REQUEST-VALIDATION", "preferences.fax"),
    ({**OF_CUST, "accountProfile": "postpaid", "state": {"state": "SUSPENDED", "stateReason": "fraud"}},
     "CASM-STATE-TRANSITION", "state.state"),
    ({**OF_CUST, "accountProfile": "postpaid", "state": {"stateValidFrom": "2099-01-01T00:00:00Z"}},
     "CASM-STATE-VALID-FROM", "state.stateValidFrom"),
    ({**OF_CUST, "accountProfile": "department"}, "CASM-HIERARCHY", "parent"),
]  # fmt: skip


class TestRefused:
    @pytest.mark.parametrize(("body", "code", "parameter"), REFUSED)
    def test_leaves_nothing(
        self, api: RestClient, customer: dict[str, Any], body: Any, code: str, parameter: str
    ) -> None:
        with unchanged():
            problem(api.post(PATH, **body), 400, code, parameter)

    def test_everything_that_is_missing_is_listed_together(self, api: RestClient) -> None:
        with unchanged():
            body = problem(api.post(PATH), 400, "REQUEST-VALIDATION")
        assert [error["parameter"] for error in body["errors"]] == [
            "accountType", "billCycle", "currency", "customer", "state.state", "state.stateReason",
        ]  # fmt: skip

    def test_what_a_profile_lacks_is_missing_too(self, api: RestClient, customer: dict[str, Any]) -> None:
        with unchanged():
            body = problem(api.post(PATH, accountProfile="department", accountType="payer"), 400, "REQUEST-VALIDATION")
        assert {error["parameter"] for error in body["errors"]} == {"currency", "customer"}

    def test_external_id_is_taken_for_ever(self, make: Accounts, api: RestClient, account: dict[str, Any]) -> None:
        make.end("acc-1")
        with unchanged():
            answer = api.post(PATH, externalId="acc-1", accountProfile="prepaid")
            problem(answer, 400, "EXTERNAL-ID-NOT-UNIQUE", "externalId")

    def test_a_deactivated_superior_is_named(self, make: Accounts, api: RestClient) -> None:
        make.payer("gone")
        make.end("gone")
        with unchanged():
            answer = api.post(PATH, accountProfile="postpaid", parent=ref("gone"), **OF_CUST)
            problem(answer, 400, "CASM-STATE-DEACTIVATED", "parent")
        api.done(
            "/customers/update-state",
            customer=ref("cust-1"),
            state={"state": "DEACTIVATED", "stateReason": "portedOut"},
        )
        before = standing()
        problem(api.post(PATH, accountProfile="postpaid", **OF_CUST), 400, "CASM-STATE-DEACTIVATED", "customer")
        assert standing() == before

    def test_a_failed_account_leaves_no_customer(self, api: RestClient) -> None:
        with unchanged():
            problem(
                api.post(PATH, accountProfile="prepaid", accountType="technical", paymentResponsible=False),
                400,
                "CASM-HIERARCHY",
                "parent",
            )

    def test_a_creation_matches_nothing(self, api: RestClient, customer: dict[str, Any]) -> None:
        with unchanged():
            answer = api.post(PATH, headers={"If-Match": "*"}, accountProfile="postpaid", **OF_CUST)
            problem(answer, 412, "PRECONDITION-FAILED")
