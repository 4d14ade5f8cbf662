"""A queue is work: narrowed, ticked, decided one by one with one reason; each row says what came of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import operations as accounts
from accounts.models import Account
from customers import operations
from customers.models import Customer
from ocsportal.entities.identity import Ref
from ocsportal.entities.states import NewState
from ocsportal.people import groups
from ocsportal.people.models import User
from ocsportal.transactions.models import BusinessTransaction
from tests.conftest import make_user
from tests.portal.accounts import account, company, make, plan_cycle
from tests.portal.test_verbs import browser
from tests.portal.waiting import customer, planned, refused, value

pytestmark = pytest.mark.django_db
__all__ = ["company"]
PENDING, SCHEDULED, REFUSED = (reverse("queue", args=[name]) for name in ("pending", "scheduled", "refused"))
FAR = "2031-03-10T14:30"


def names(client: Client, address: str) -> list[str]:
    """Return whose plans a queue shows, in its order."""
    return [
        str(row["entry"].entity)
        for group in client.get(address).context["groups"]
        for row in group["rows"]
        if "entry" in row
    ]


def send(client: Client, address: str, slug: str, *rows: Any, **fields: str) -> Any:
    """Decide on rows, given as they stand or as the values of a form."""
    values = [row if isinstance(row, str) else value(row) for row in rows]
    sent = {"decide": slug, "row": values, "sure": "1", "reason": "agreed", "request_id": "q-1", **fields}
    return client.post(address, sent)


def told(answer: Any) -> list[tuple[bool, str]]:
    """Return what an answer says became of each row that was decided on."""
    rows = [row for group in answer.context["groups"] for row in group["rows"]]
    left = [(False, row["entry"].problem) for row in rows if "entry" in row and row["entry"].problem]
    return [(row["decided"].done, row["decided"].words) for row in rows if "decided" in row] + left


class TestNarrowed:
    @pytest.fixture(autouse=True)
    def waiting(self, change: Any) -> None:
        planned(change, "Overdue", -2, by="Dunning")
        planned(change, "Tomorrow", 1)
        planned(change, "Later", 40, by="Dunning", state_reason="nonPayment")

    def test_by_date(self, back_office: User) -> None:
        agent = browser(back_office)
        assert names(agent, PENDING) == ["Overdue", "Tomorrow", "Later"]
        assert names(agent, f"{PENDING}?due=overdue") == ["Overdue"]
        sunday = timezone.localtime().weekday() == 6
        assert names(agent, f"{PENDING}?due=week") == ([] if sunday else ["Tomorrow"])
        groups_shown = [group["title"].split(",")[0] for group in agent.get(PENDING).context["groups"]]
        assert groups_shown == (["Overdue", "Later"] if sunday else ["Overdue", "This week", "Later"])

    def test_by_who_set_it(self, back_office: User) -> None:
        agent = browser(back_office)
        assert names(agent, f"{PENDING}?by=Dunning") == ["Overdue", "Later"]
        assert names(agent, f"{PENDING}?by={back_office.display_name}") == ["Tomorrow"]
        mine = agent.get(PENDING).context["chips"][2]
        assert [(chip["words"], chip["number"]) for chip in mine] == [("Mine", "1"), ("Dunning", "2")]

    def test_by_level_customer_and_name(self, change: Any, back_office: User) -> None:
        agent = browser(back_office)
        make(change, "acc-1", "Main", customer="later")
        late = change().at + timedelta(days=50)
        state = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late, pending=True)
        accounts.update_account_state(change(), account=Ref(external_id="acc-1"), state=state)
        assert names(agent, f"{PENDING}?level=account") == ["Main"]
        assert names(agent, f"{PENDING}?customer=later") == ["Later", "Main"]
        assert names(agent, f"{PENDING}?customer=Later&level=customer") == ["Later"]
        assert names(agent, f"{PENDING}?find=tomor") == ["Tomorrow"]
        assert names(agent, f"{PENDING}?find=non-payment") == ["Later"]
        assert names(agent, f"{PENDING}?customer=nobody") == []
        assert b"No customer is called" in agent.get(f"{PENDING}?customer=nobody").content

    @pytest.mark.parametrize("query", ["due=x", "after=x", "after=1.a.b.c", "after=99999999999999999.customer.State.1",
                                       "by=%00", "customer=%00", "find=%00", "level=nothing"])  # fmt: skip
    def test_what_means_nothing_harms_nothing(self, query: str, back_office: User) -> None:
        assert browser(back_office).get(f"{PENDING}?{query}").status_code == 200

    def test_page_by_page_it_shows_each_once(self, back_office: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ocsportal.care.queues.pages.ON_A_PAGE", 2)
        agent = browser(back_office)
        first = agent.get(PENDING)
        assert names(agent, PENDING) == ["Overdue", "Tomorrow"]
        assert names(agent, PENDING + first.context["next"]) == ["Later"]
        assert agent.get(PENDING + first.context["next"]).context["next"] == ""


class TestDecided:
    def test_a_get_and_a_first_post_only_ask(self, change: Any, back_office: User) -> None:
        one, two = planned(change, "One"), planned(change, "Two", state="DEACTIVATED", state_reason="portedOut")
        before = BusinessTransaction.objects.count()
        answer = browser(back_office).post(PENDING, {"decide": "confirm", "row": [value(one), value(two)]})
        assert answer.context["heading"] == "Confirm: 2 plans"
        assert answer.context["sums"]["told"] == "1 suspension, 1 deactivation"
        assert answer.context["order"].dangerous
        assert BusinessTransaction.objects.count() == before

    def test_without_a_reason_nothing_is_done(self, change: Any, back_office: User) -> None:
        one = planned(change, "One")
        answer = send(browser(back_office), PENDING, "confirm", one, reason="")
        assert answer.context["form"].errors["reason"]
        assert customer("One").plan_status == "PENDING"

    def test_many_with_one_reason_each_recorded_as_itself(self, change: Any, back_office: User) -> None:
        rows = [planned(change, name, place) for place, name in enumerate(("One", "Two", "Three"), start=10)]
        answer = send(browser(back_office), PENDING, "confirm", *rows[:2])
        assert [done for done, _ in told(answer)] == [True, True]
        assert told(answer)[0][1].startswith("One will be suspended ")
        assert [row.plan_status for row in map(customer, ("One", "Two", "Three"))] == [
            "SCHEDULED", "SCHEDULED", "PENDING"
        ]  # fmt: skip
        newest = BusinessTransaction.objects.order_by("-pk")[:2]
        assert [(one.operation, one.reason, one.channel) for one in newest] == [
            ("ConfirmCustomerState", "agreed", "PORTAL")
        ] * 2
        [focused] = [row["entry"] for group in answer.context["groups"] for row in group["rows"]
                     if "entry" in row and row["entry"].focused]  # fmt: skip
        assert str(focused.entity) == "Three"
        assert answer.context["counts"].total == 1

    def test_one_refusal_stops_no_other(self, change: Any, back_office: User) -> None:
        gone, stays = planned(change, "Gone", 10), planned(change, "Stays", 11)
        old = value(gone)
        operations.update_customer_custom_name(change(), customer=Ref(external_id="gone"), custom_name="Renamed")
        answer = send(browser(back_office), PENDING, "cancel", old, stays)
        assert customer("Gone").plan_status == "PENDING"
        assert customer("Stays").plan_status == "CANCELLED"
        assert told(answer)[0] == (True, "Stays stays active.")
        assert told(answer)[1][1].startswith("Backoffice was faster: name changed, today ")
        [ticked] = re.findall(r'value="customer\.State\.(\d+)\.\d+"[^>]*checked', answer.content.decode())
        assert int(ticked) == gone.pk

    def test_who_was_faster_is_named(self, change: Any, back_office: User) -> None:
        one = planned(change, "One")
        operations.cancel_customer_state(change(), customer=Ref(external_id="one"))
        answer = send(browser(back_office), PENDING, "confirm", one)
        assert told(answer) == [(False, told(answer)[0][1])]
        assert "was faster: plan cancelled, today " in told(answer)[0][1]

    def test_sent_twice_it_is_done_once(self, change: Any, back_office: User) -> None:
        one = planned(change, "One")
        agent = browser(back_office)
        send(agent, PENDING, "confirm", one)
        before = BusinessTransaction.objects.count()
        assert told(send(agent, PENDING, "confirm", one)) == [(True, "One had been decided by you.")]
        assert BusinessTransaction.objects.count() == before

    def test_one_row_alone_by_its_own_button(self, change: Any, back_office: User) -> None:
        one, two = planned(change, "One"), planned(change, "Two")
        sent = {"one": f"cancel {value(one)}", "row": [value(two)]}
        asked = browser(back_office).post(PENDING, sent)
        assert asked.context["heading"] == "Cancel: One"
        assert b'name="row" value="' + value(one).encode() in asked.content
        assert value(two).encode() not in asked.content

    def test_moved(self, change: Any, back_office: User) -> None:
        certain = planned(change, "Certain", pending=False)
        unsure = planned(change, "Unsure")
        agent = browser(back_office)
        assert send(agent, SCHEDULED, "move", certain).context["form"].errors["valid_from"]
        send(agent, SCHEDULED, "move", certain, valid_from=FAR, request_id="q-2")
        send(agent, PENDING, "move", unsure, valid_from=FAR, request_id="q-3")
        for name in ("Certain", "Unsure"):
            moved = customer(name)
            assert moved.plan_valid_from is not None
            assert (moved.plan_status, f"{timezone.localtime(moved.plan_valid_from):%Y-%m-%dT%H:%M}") == (
                "SCHEDULED", FAR
            )  # fmt: skip

    def test_a_planned_bill_cycle_is_moved_as_one_order(self, change: Any, company: Account, back_office: User) -> None:
        plan_cycle(change)
        answer = send(
            browser(back_office), SCHEDULED, "move", value(account("acc-2"), "BillCycle"), valid_from="2032-05-01T00:00"
        )
        assert [done for done, _ in told(answer)] == [True], told(answer)
        moved = account("acc-2")
        assert moved.planned_cycle.code == "monthly15"
        assert f"{timezone.localtime(moved.planned_cycle_from):%Y-%m-%d}" == "2032-05-01"
        newest = [one.operation for one in BusinessTransaction.objects.order_by("-pk")[:3]]
        assert sorted(newest) == ["CancelAccountBillCycleChange", "PlaceOrder", "UpdateAccountBillCycle"]

    def test_nothing_ticked_says_so(self, back_office: User) -> None:
        assert b"Tick what you want" in browser(back_office).post(PENDING, {"decide": "confirm"}).content

    @pytest.mark.parametrize("row", ["x", "customer.State.1", "customer.State.x.1", "nothing.State.1.1", "customer.Other.1.1",
                                     "customer.State.99999999999999999999.1", "customer.State.²5.1"])  # fmt: skip
    def test_rows_that_name_nothing_do_nothing(self, row: str, back_office: User) -> None:
        assert send(browser(back_office), PENDING, "confirm", row).status_code == 200


class TestRefused:
    @pytest.mark.parametrize(
        ("code", "says"),
        [
            ("CASM-STATE-TRANSITION", "is active by now, and suspended can't follow that. Dismiss it"),
            ("CASM-STATE-VALID-FROM", "began after the planned date. Try again to do it as of now"),
            ("CASM-SUBORDINATES-LIVE", "Something below Late is still live. Try again with everything below"),
            ("OTHER", "refused with OTHER"),
        ],
    )
    def test_it_says_why_and_the_way_out(self, change: Any, back_office: User, code: str, says: str) -> None:
        late = refused(change, "Late", code)
        agent = browser(back_office)
        assert says.replace("'", "&#x27;") in agent.get(REFUSED).content.decode()
        page = agent.get(reverse("admin:customers_customer_change", args=[late.pk])).content.decode()
        assert says.replace("'", "&#x27;") in page
        assert "Try again" in page

    def test_dismissed(self, change: Any, back_office: User) -> None:
        late = refused(change, "Late")
        answer = send(browser(back_office), REFUSED, "dismiss", late)
        assert [done for done, _ in told(answer)] == [True]
        after = customer("Late")
        assert (after.plan_status, after.plan_state, after.last_plan_outcome) == ("", "", "REFUSED")
        assert BusinessTransaction.objects.latest("pk").operation == "DismissCustomerState"
        assert answer.context["counts"].total == 0

    def test_tried_again(self, change: Any, back_office: User) -> None:
        late = refused(change, "Late")
        answer = send(browser(back_office), REFUSED, "try-again", late)
        assert told(answer) == [(True, told(answer)[0][1])]
        after = customer("Late")
        assert (after.state, after.state_reason.code, after.plan_status) == ("SUSPENDED", "fraud", "")

    def test_tried_again_with_what_is_below(self, change: Any, back_office: User) -> None:
        late = refused(change, "Late", "CASM-SUBORDINATES-LIVE", state="DEACTIVATED", state_reason="portedOut")
        make(change, "acc-1", "Main", customer="late")
        agent = browser(back_office)
        [(done, words)] = told(send(agent, REFUSED, "try-again", late))
        assert (done, customer("Late").state) == (False, "ACTIVE")
        assert "still 1 accounts below" in words
        [(done, words)] = told(send(agent, REFUSED, "try-again", late, subordinates="on", request_id="q-2"))
        assert done, words
        assert (customer("Late").state, account("acc-1").state) == ("DEACTIVATED", "DEACTIVATED")

    def test_planned_anew(self, change: Any, back_office: User) -> None:
        late = refused(change, "Late")
        agent = browser(back_office)
        [(done, words)] = told(send(agent, REFUSED, "plan-anew", late, valid_from="2020-01-01T00:00"))
        assert (done, customer("Late").plan_status) == (False, "REFUSED")
        assert "Must be in the future" in words
        [(done, words)] = told(send(agent, REFUSED, "plan-anew", late, valid_from=FAR, request_id="q-2"))
        assert done, words
        assert (customer("Late").plan_status, customer("Late").plan_state) == ("SCHEDULED", "SUSPENDED")


class TestWhoMay:
    @pytest.mark.parametrize("group", [groups.CARE, groups.AUDITOR, groups.DATA_PROTECTION])
    def test_who_may_decide_nothing_sees_no_queues_and_decides_nothing(self, change: Any, group: str) -> None:
        one = planned(change, "One")
        other = browser(make_user("other", group))
        assert "Queues" not in [section.title for section in other.get("/").context["portal_menu"]]
        before = BusinessTransaction.objects.count()
        for slug in ("confirm", "cancel", "move"):
            assert told(send(other, PENDING, slug, one, valid_from=FAR))[0][0] is False
        assert b'name="row"' not in other.get(PENDING).content
        assert BusinessTransaction.objects.count() == before
        assert customer("One").plan_status == "PENDING"

    @pytest.mark.parametrize("group", [groups.CONFIGURATION, groups.ADMINISTRATOR])
    def test_who_reads_no_level_gets_nothing(self, change: Any, group: str) -> None:
        one = planned(change, "One")
        other = browser(make_user("other", group))
        assert other.get(PENDING).status_code == 403
        assert other.post(PENDING, {"decide": "confirm", "row": [value(one)], "sure": "1"}).status_code == 403

    def test_whoever_may_sees_the_numbers(self, change: Any, back_office: User) -> None:
        planned(change, "One")
        menu = browser(back_office).get("/").context["portal_menu"]
        [queues] = [section for section in menu if section.title == "Queues"]
        assert next((item.label, item.count) for item in queues.items) == ("Pending decisions", "1")


class TestCost:
    def test_it_costs_the_same_for_many_rows_as_for_a_few(
        self, change: Any, company: Account, back_office: User
    ) -> None:
        agent = browser(back_office)
        late = change().at + timedelta(days=9)

        def plan(external_id: str) -> None:
            new = NewState(state="SUSPENDED", state_reason="fraud", state_valid_from=late, pending=True)
            accounts.update_account_state(
                change(), account=Ref(external_id=external_id), state=new, subordinate_updated=True
            )

        planned(change, "First", below=True)
        plan("acc-1")
        agent.get(PENDING)
        costs = []
        for number in range(2):
            with CaptureQueriesContext(connection) as captured:
                answer = agent.get(PENDING)
            costs.append(len(captured))
            if number == 0:
                for place in range(9):
                    planned(change, f"Other{place}", 10 + place, below=True)
                plan("acc-3")
        assert costs[0] == costs[1] <= 12
        reach = {str(row["entry"].entity): row["entry"].reaches
                 for group in answer.context["groups"] for row in group["rows"]}  # fmt: skip
        assert (reach["Germany"], reach["Night shift"]) == ("2 accounts", "only itself")
        assert Customer.objects.filter(plan_status="PENDING").count() == 10
