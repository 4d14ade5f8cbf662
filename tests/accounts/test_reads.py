"""ReadAccount: one with its parts, lists by each filter, and the history with what changed and how it stood."""

from typing import Any

import pytest

from tests.accounts.conftest import GONE, Accounts
from tests.accounts.world import ref
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db


class TestOne:
    def test_by_either_id(self, api: RestClient, account: dict[str, Any]) -> None:
        for parameters in ({"externalId": "acc-1"}, {"refId": account["refId"]}):
            answer = api.get("/accounts/read", **parameters)
            assert answer.json() == account
            assert answer["ETag"] == f'"{account["refId"]}-1"'

    def test_what_is_not_asked_for_is_not_there(self, account: dict[str, Any]) -> None:
        assert not {"subordinates", "subscribers", "offers", "stateHistory", "billCycleHistory"} & set(account)

    def test_parts(self, make: Accounts, api: RestClient) -> None:
        make.payer("acc-1")
        make.technical("a", "acc-1")
        make.technical("b", "acc-1")
        make.technical("grandchild", "a")
        flags = ("subordinates", "subscribers", "offers", "stateHistory", "billCycleHistory")
        read = api.get("/accounts/read", externalId="acc-1", **dict.fromkeys(flags, "true")).json()
        assert [below["externalId"] for below in read["subordinates"]] == ["a", "b"]
        assert (read["subscribers"], read["offers"]) == ([], [])
        (cycle,) = read["billCycleHistory"]
        assert (cycle["billCycle"]["code"], cycle["validTo"]) == ("monthly1", None)
        assert [state["state"] for state in read["stateHistory"]] == ["ACTIVE"]

    def test_a_customer_shows_its_accounts(self, make: Accounts, api: RestClient) -> None:
        make.payer("a")
        make.technical("b", "a")
        read = api.get("/customers/read", externalId="cust-1", accounts="true").json()
        assert [account["externalId"] for account in read["accounts"]] == ["a", "b"]

    def test_state_history(self, api: RestClient, account: dict[str, Any]) -> None:
        api.done("/accounts/update-state", account=ref("acc-1"), state={"state": "SUSPENDED", "stateReason": "fraud"})
        api.done("/accounts/update-custom-name", account=ref("acc-1"), customName="no step")
        steps = api.get("/accounts/read", externalId="acc-1", stateHistory="true").json()["stateHistory"]
        assert [step["stateReason"]["code"] for step in steps] == ["dfltActive", "fraud"]
        assert steps[0]["stateValidTo"] == steps[1]["stateValidFrom"]
        assert steps[1]["stateValidTo"] is None

    @pytest.mark.parametrize(
        ("parameters", "status", "code", "parameter"),
        [
            ({"externalId": "nobody"}, 404, "ENTITY-NOT-FOUND", "externalId"),
            ({}, 400, "REQUEST-VALIDATION", "refId"),
            ({"externalId": "acc-1", "accounts": "true"}, 400, "REQUEST-VALIDATION", "accounts"),
            ({"externalId": "acc-1", "subordinates": "yes"}, 400, "REQUEST-VALIDATION", "subordinates"),
        ],
    )
    def test_refused(
        self, api: RestClient, account: dict[str, Any], parameters: Any, status: int, code: str, parameter: str
    ) -> None:
        problem(api.get("/accounts/read", **parameters), status, code, parameter)


class TestLists:
    @pytest.fixture
    def several(self, make: Accounts, api: RestClient) -> dict[str, dict[str, Any]]:
        """Accounts of two customers, each of another kind."""
        api.done("/customers/create", externalId="cust-2", customerProfile="b2c")
        return {
            "top": make.payer("top", customName="North Fleet", accountSegment="b2b"),
            "dept": make.technical("dept", "top", customAttributes={"cost": "42"}),
            "idle": make.payer("idle", state={"state": "INACTIVE", "stateReason": "dfltInactive"}),
            "test": make.payer("test", testAccount=True, customer=ref("cust-2")),
        }

    def found(self, api: RestClient, **parameters: str) -> list[str]:
        return [item["externalId"] for item in api.get("/accounts", **parameters).json()["items"]]

    def test_each_filter(self, api: RestClient, several: dict[str, dict[str, Any]]) -> None:
        customer, top = several["top"]["customer"]["refId"], several["top"]["refId"]
        assert self.found(api) == ["top", "dept", "idle", "test"]
        assert self.found(api, state="INACTIVE") == ["idle"]
        assert self.found(api, externalId="dept") == ["dept"]
        assert self.found(api, customNameContains="NORTH") == ["top"]
        assert self.found(api, attribute="cost:42") == ["dept"]
        assert self.found(api, segment="b2b") == ["top"]
        assert self.found(api, type="technical") == ["dept"]
        assert self.found(api, customer=customer) == ["top", "dept", "idle"]
        assert self.found(api, account=top) == ["top"]
        assert self.found(api, parent=top) == ["dept"]
        assert self.found(api, test="true") == ["test"]
        assert self.found(api, test="false", type="payer") == ["top", "idle"]
        assert self.found(api, changedSince="2020-01-01T00:00:00Z") == ["top", "dept", "idle", "test"]
        assert self.found(api, changedSince="2099-01-01T00:00:00Z") == []

    def test_pages_in_either_order(self, api: RestClient, several: dict[str, dict[str, Any]]) -> None:
        names, cursor = [], ""
        while cursor is not None:
            page = api.get("/accounts", limit="3", ordering="-created", **({"cursor": cursor} if cursor else {})).json()
            names += [item["externalId"] for item in page["items"]]
            cursor = page["nextCursor"]
        assert names == ["test", "idle", "dept", "top"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("email", "a@b.example"), ("offer", "x"), ("typo", "x"), ("state", "GONE"), ("test", "1"), ("type", ""),
            ("changedSince", "2026-01-01T00:00:00"), ("ordering", "billCycle"), ("limit", "501"),
        ],
    )  # fmt: skip
    def test_unknown_or_malformed(self, api: RestClient, account: dict[str, Any], name: str, value: str) -> None:
        problem(api.get("/accounts", **{name: value}), 400, "REQUEST-VALIDATION", name)


class TestHistory:
    def test_tells_what_changed(self, make: Accounts, api: RestClient, account: dict[str, Any]) -> None:
        make.payer("top")
        api.done("/accounts/update-parent", account=ref("acc-1"), parent=ref("top"))
        planned = {"billCycle": "individualMonthly", "billingDay": 7, "validFrom": "2099-05-01T00:00:00+02:00"}
        api.done("/accounts/update-bill-cycle", account=ref("acc-1"), **planned)
        api.done("/accounts/update-preferences", account=ref("acc-1"), preferences={"language": "de"})
        page = api.get("/accounts/history", externalId="acc-1").json()
        assert [(item["version"], item["operation"]) for item in page["items"]] == [
            (4, "UpdateAccountPreferences"), (3, "UpdateAccountBillCycle"), (2, "UpdateAccountParent"), (1, "CreateAccount"),
        ]  # fmt: skip
        preferences, cycle, parent, _ = [
            {change["field"]: (change["old"], change["new"]) for change in item["changes"]} for item in page["items"]
        ]
        assert preferences == {"preferences.language": (None, "de")}
        assert cycle["plannedBillCycle.billCycle"] == (None, "individualMonthly")
        assert cycle["plannedBillCycle.billingDay"] == (None, 7)
        assert parent["parent.externalId"] == (None, "top")
        assert page["nextCursor"] is None

    def test_as_it_stood(self, api: RestClient, account: dict[str, Any]) -> None:
        made = api.get("/accounts/history", externalId="acc-1").json()["items"][0]["at"]
        api.done("/accounts/update-state", account=ref("acc-1"), state=GONE)
        asked = {"externalId": "acc-1", "asOf": made}
        read = api.get("/accounts/history", **asked).json()
        assert (read["state"]["state"], read["customName"], read["billCycle"]["code"]) == (
            "ACTIVE",
            "Fleet",
            "monthly1",
        )
        now = api.get("/accounts/history", externalId="acc-1", asOf="2099-01-01T00:00:00Z").json()
        assert now["state"]["state"] == "DEACTIVATED"
        early = api.get("/accounts/history", externalId="acc-1", asOf="2001-01-01T00:00:00Z")
        problem(early, 404, "ENTITY-NOT-FOUND", "asOf")


def test_the_examples_of_an_integrators_contract(api: RestClient) -> None:
    """Bodies as a CRM sends them, keys exact."""
    api.done("/customers/create", requestId="…", externalId="cust-1", customerProfile="b2b")
    body = {"externalId": "acc-1", "accountProfile": "postpaid", "customer": {"externalId": "cust-1"}}
    api.done("/accounts/create", requestId="……", **body)
    planned = api.done(
        "/accounts/update-bill-cycle",
        account={"externalId": "acc-1"},
        billCycle="monthly15",
        billingDay=None,
        billingMonth=None,
        billingYear=None,
        validFrom="2099-05-01T00:00:00+02:00",
    )
    assert planned["billCycle"]["code"] == "monthly1"
    assert planned["plannedBillCycle"] == {
        "billCycle": planned["plannedBillCycle"]["billCycle"],
        "billingDay": None,
        "billingMonth": None,
        "billingYear": None,
        "validFrom": "2099-05-01T00:00:00.000+02:00",
    }
    assert planned["plannedBillCycle"]["billCycle"]["code"] == "monthly15"
    assert [(span["start"], span["end"], span["shortened"]) for span in planned["billingPeriods"][:3]] == [
        ("2099-04-01T00:00:00.000+02:00", "2099-05-01T00:00:00.000+02:00", False),
        ("2099-05-01T00:00:00.000+02:00", "2099-05-15T00:00:00.000+02:00", True),
        ("2099-05-15T00:00:00.000+02:00", "2099-06-15T00:00:00.000+02:00", False),
    ]
