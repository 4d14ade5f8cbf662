"""Trees of accounts: one customer, no cycle, ten levels, a payer above, the payer's currency, nothing deactivated above."""

from typing import Any

import pytest

from accounts.models import Account
from tests.accounts.conftest import GONE, Accounts
from tests.accounts.world import ref, unchanged
from tests.client import RestClient, problem

pytestmark = pytest.mark.django_db


def parent_of(name: str) -> str | None:
    above = Account.objects.select_related("parent").get(external_id=name).parent
    return above.external_id if above else None


def refused(answer: Any, words: str) -> None:
    assert words in problem(answer, 400, "CASM-HIERARCHY", "parent")["detail"]


class TestMove:
    def test_under_another_parent_and_to_the_top(self, make: Accounts) -> None:
        for name in ("a", "b"):
            make.payer(name)
        make.technical("below", "a")
        for parent in ("b", "a"):
            answer = make.move("below", parent)
            assert answer.status_code == 200
            (item,) = answer.json()
            assert (item["name"], item["object"]["parent"]["externalId"]) == ("UpdateAccountParent", parent)
            assert parent_of("below") == parent
        make.move("b", "a")
        assert make.move("b", None).json()[0]["object"]["parent"] is None
        assert parent_of("b") is None

    def test_takes_what_is_below_along(self, make: Accounts) -> None:
        make.payer("a")
        make.payer("b")
        make.technical("mid", "a")
        make.technical("leaf", "mid")
        make.move("mid", "b")
        assert (parent_of("mid"), parent_of("leaf")) == ("b", "mid")
        assert Account.history.filter(external_id="leaf").count() == 1

    def test_replayed_and_stale(self, make: Accounts, api: RestClient) -> None:
        for name in ("a", "b"):
            make.payer(name)
        body = {"requestId": "once", "account": ref("b"), "parent": ref("a")}
        tag = api.get("/accounts/read", externalId="b")["ETag"]
        first = api.post("/accounts/update-parent", headers={"If-Match": tag}, **body)
        assert first.status_code == 200
        with unchanged():
            again = api.post("/accounts/update-parent", headers={"If-Match": tag}, **body)
            assert (again.content, again["Idempotent-Replay"]) == (first.content, "true")
            late = api.post("/accounts/update-parent", headers={"If-Match": tag}, account=ref("b"), parent=None)
            problem(late, 412, "PRECONDITION-FAILED")

    def test_needs_a_parent_or_null(self, api: RestClient, account: dict[str, Any]) -> None:
        with unchanged():
            for body in ({}, {"parent": {}}, {"parent": "acc-1"}):
                problem(
                    api.post("/accounts/update-parent", account=ref("acc-1"), **body),
                    400,
                    "REQUEST-VALIDATION",
                    "parent",
                )
            problem(
                api.post("/accounts/update-parent", account=ref("nobody"), parent=None),
                400,
                "ENTITY-NOT-FOUND",
                "account",
            )
            problem(
                api.post("/accounts/update-parent", account=ref("acc-1"), parent=ref("nobody")),
                400, "ENTITY-NOT-FOUND", "parent",
            )  # fmt: skip


class TestRules:
    def test_another_customers_parent(self, make: Accounts, api: RestClient) -> None:
        api.done("/customers/create", externalId="cust-2", customerProfile="b2b")
        make.payer("foreign", customer=ref("cust-2"))
        make.payer("a")
        with unchanged():
            refused(make.move("a", "foreign"), "another customer")
            body = {"accountProfile": "postpaid", "customer": ref("cust-1"), "parent": ref("foreign")}
            refused(api.post("/accounts/create", **body), "another customer")

    @pytest.mark.parametrize("parent", ["level1", "level2", "level3", "level4"])
    def test_itself_child_grandchild_and_further_down(self, make: Accounts, parent: str) -> None:
        make.chain(4)
        with unchanged():
            refused(make.move("level1", parent), "itself or one below")

    def test_ten_levels_and_no_more(self, make: Accounts, api: RestClient) -> None:
        make.chain(10)
        with unchanged():
            body = {"accountProfile": "postpaid", "customer": ref("cust-1"), "parent": ref("level10")}
            refused(api.post("/accounts/create", **body), "11 levels")

    def test_ten_levels_when_a_subtree_moves(self, make: Accounts) -> None:
        make.chain(7)
        make.chain(3, "sub")
        make.payer("sub4", "sub3")
        with unchanged():
            refused(make.move("sub1", "level7"), "11 levels")
        assert make.move("sub1", "level6").status_code == 200
        assert parent_of("sub1") == "level6"

    def test_deactivated_ones_count_as_levels(self, make: Accounts) -> None:
        make.chain(9)
        make.chain(2, "sub")
        make.end("sub2")
        with unchanged():
            refused(make.move("sub1", "level9"), "11 levels")

    def test_a_root_pays(self, make: Accounts) -> None:
        make.payer("top")
        make.technical("below", "top")
        with unchanged():
            refused(make.move("below", None), "needs a payment responsible account")

    def test_a_payer_anywhere_above_will_do(self, make: Accounts) -> None:
        make.payer("top")
        make.technical("a", "top")
        assert make.technical("b", "a")["currency"]["code"] == "EUR"


class TestCurrency:
    @pytest.fixture
    def forest(self, make: Accounts) -> Accounts:
        """One tree in EUR, one in USD."""
        make.payer("eur")
        make.payer("usd", currency="USD")
        make.technical("dept", "eur")
        make.technical("team", "dept")
        return make

    def test_technical_has_its_payers(self, forest: Accounts, api: RestClient) -> None:
        body = {"accountProfile": "department", "customer": ref("cust-1"), "parent": ref("usd")}
        with unchanged():
            refused(api.post("/accounts/create", **body, currency="EUR"), "currency is USD, not EUR")
        assert api.done("/accounts/create", **body, currency="USD")["currency"]["code"] == "USD"

    def test_a_payer_below_may_have_another(self, forest: Accounts) -> None:
        assert forest.payer("own", "eur", currency="GBP")["currency"]["code"] == "GBP"
        # What is below it is kept in its currency: the nearest payer counts.
        assert forest.technical("below", "own")["currency"]["code"] == "GBP"

    def test_a_subtree_can_not_move_to_a_payer_of_another(self, forest: Accounts) -> None:
        with unchanged():
            refused(forest.move("dept", "usd"), "currency is USD, not EUR")
            refused(forest.move("team", "usd"), "currency is USD, not EUR")

    def test_a_payer_moves_with_its_own(self, forest: Accounts) -> None:
        assert forest.move("eur", "usd").status_code == 200
        assert parent_of("eur") == "usd"


class TestDeactivated:
    def test_parent_and_what_is_above_it(self, make: Accounts, api: RestClient) -> None:
        make.payer("a")
        make.payer("gone")
        make.end("gone")
        with unchanged():
            problem(make.move("a", "gone"), 400, "CASM-STATE-DEACTIVATED", "parent")
            problem(make.move("gone", "a"), 400, "CASM-STATE-DEACTIVATED", "account")

    @pytest.mark.parametrize("name", ["cust", "top"])
    def test_with_what_is_above(self, make: Accounts, api: RestClient, name: str) -> None:
        make.payer("top")
        make.payer("a", "top")
        if name == "top":
            make.end("top", subordinateUpdated=True)
        else:
            api.done("/customers/update-state", customer=ref("cust-1"), state=GONE, subordinateUpdated=True)
        with unchanged():
            problem(make.move("a", None), 400, "CASM-STATE-DEACTIVATED", "parent" if name == "top" else "customer")
